"""Many articles in one request: what is in its body, and what becomes of each of them."""
