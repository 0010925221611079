"""What the product survives: damaged and hostile input, and processes that are killed."""
