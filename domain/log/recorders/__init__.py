"""How each database records the log: in one order, and at instants that grow in that order."""
