"""The HTTP routes: parse, call, represent."""
