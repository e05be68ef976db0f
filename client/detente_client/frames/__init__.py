"""Frames of pandas, polars and Arrow, with real types: days as days, words as categories, no JSON in a cell."""
