"""Builds of history, as readers of the tables have them."""
