"""What goes with a relation: the ceasefires between the two, and their clashes."""
