"""A log that looks like life, of any length: made once, and kept."""
