"""What the forms of analysts show: how it is understood, what it would change, what became of it."""
