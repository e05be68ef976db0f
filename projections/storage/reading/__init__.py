"""What readers of the tables are given: connections that are kept for them, and where the tables stand."""
