"""What the tables hold of one pair, read as columns."""
