"""Facts about the keeping of the log itself, which mean nothing for relations: what was imported."""
