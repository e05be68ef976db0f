"""The server behind a PostgreSQL URL: whether it is what it seems, and whether it is a standby."""
