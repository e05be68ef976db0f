"""All incidents as columns: in memory, in the tables, and how they follow what is folded."""
