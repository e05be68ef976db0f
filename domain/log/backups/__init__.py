"""Backups of the log: their form, and how each database is backed up and restored."""
