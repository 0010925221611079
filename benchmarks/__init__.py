"""What the product costs, against named peers: `make bench`."""
