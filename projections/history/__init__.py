"""All of history folded outside of a database: batches of Arrow in, batches of the tables' rows out.

No engine is imported here. What can group rows by a key and sort them can run it: processes of one machine, or
Spark.
"""
