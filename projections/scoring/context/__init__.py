"""What goes with the state of a pair: where it is heading, and how that compares with its own past. Pure maths."""
