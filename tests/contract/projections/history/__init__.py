"""What history is made of."""
