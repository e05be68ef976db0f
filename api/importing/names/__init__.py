"""Actors by name, as data sets of conflict name them: forces of states, groups, civilians."""
