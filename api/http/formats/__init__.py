"""The formats of answers: which one is asked for, and how each is written, from one definition of a table."""
