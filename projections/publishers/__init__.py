"""Which publishers count as one, and what incidents weigh where that has changed."""
