"""What the environment is made of: the locks, the bill of materials, and advisories about the versions in them."""
