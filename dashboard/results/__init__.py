"""What pages ask for, and who computes it."""
