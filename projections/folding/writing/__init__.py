"""What rows of a page are written, beside the evidence and its incidents."""
