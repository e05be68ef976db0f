"""How fast answers become frames."""
