"""Every text of the pages: a file for each language, under keys that say where it stands."""
