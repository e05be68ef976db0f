"""The page on the columns of tables, and the tables themselves."""
