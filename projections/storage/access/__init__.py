"""Who may ask: the tables of keys and of sessions, in the log's database and not among the projections."""
