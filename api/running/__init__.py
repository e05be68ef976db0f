"""A running service: its parts, settings, log lines and processes."""
