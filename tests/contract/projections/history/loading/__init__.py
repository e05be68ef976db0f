"""Builds of history, loaded."""
