"""From the log to the tables: the projector, pages, and the rebuild."""
