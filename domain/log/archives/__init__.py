"""Archives of the log: Parquet files of stored events by ranges of positions, and a manifest that names them."""
