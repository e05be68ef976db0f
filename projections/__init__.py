"""Meaning: folds and scoring maths over the log, the tables they fill, and the projector between."""
