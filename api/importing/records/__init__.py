"""From what a file holds to its records: lines of CSV that belong together, objects of a JSON document."""
