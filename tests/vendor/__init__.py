"""Renews what the tree has of others: files for browsers, shapes of countries, letters, and where places are."""
