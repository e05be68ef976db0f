"""Publishers: which of them count as which, as it was declared, and all of it together."""
