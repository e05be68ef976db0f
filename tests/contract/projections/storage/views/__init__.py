"""The views for SQL, on every kind of store."""
