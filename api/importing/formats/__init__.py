"""The formats of coded event data: which one a file is in, and what reads its rows."""
