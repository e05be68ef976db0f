"""The pages of many pairs at once, and the pictures of these and of single pairs."""
