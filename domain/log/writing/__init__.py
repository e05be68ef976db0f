"""Commands beside those on articles, actors and rulings: redactions, and which publishers count as which."""
