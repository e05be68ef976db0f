"""What our figures stand beside, where the library alone does not do it."""
