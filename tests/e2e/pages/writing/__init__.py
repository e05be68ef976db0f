"""Signing in, posting and correcting on the pages."""
