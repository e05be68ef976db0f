"""Routes that look at many pairs at once."""
