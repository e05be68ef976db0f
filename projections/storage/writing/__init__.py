"""How many rows go to a database at once."""
