"""Where articles are imported to: a database, or a server."""
