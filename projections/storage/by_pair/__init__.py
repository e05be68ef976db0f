"""What is kept of pairs by day: the rows from a day on, and the last ones before it."""
