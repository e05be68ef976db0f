"""A build of history loaded into tables, in place of folding the log up to its position."""
