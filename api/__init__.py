"""The outside: HTTP routes, settings, representations and the command line."""
