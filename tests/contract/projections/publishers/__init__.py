"""Which publishers count as one, on every kind of store."""
