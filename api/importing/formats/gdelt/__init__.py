"""GDELT's event tables in the forms in which they are given out, and its other tables, which hold no events."""
