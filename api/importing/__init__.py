"""`detente import`: coded event data, from the field's own files to articles with the events they report."""
