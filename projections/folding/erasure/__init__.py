"""What a redaction does to the tables: texts leave their rows, and the files that the rows are in."""
