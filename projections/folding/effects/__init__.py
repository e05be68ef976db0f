"""What something would change in relations, were it recorded: folded in memory, and written nowhere."""
