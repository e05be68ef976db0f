"""Builds of history: the tables as Parquet files under one position of the log, and a manifest of these."""
