"""Incidents of all pairs: looked for by who, what, when, where, by whom told and in which words."""
