"""States of pairs: which are stale and from which day on, where they go on from, and their runs."""
