"""The risk of a clash as a reader can ask for it: of one pair, of many, and what it is made of."""
