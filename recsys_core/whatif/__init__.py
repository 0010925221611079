"""What would change if users were moved from one arm to another."""
