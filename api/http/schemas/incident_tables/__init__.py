"""Incidents as tables and features: their columns, without a model for each."""
