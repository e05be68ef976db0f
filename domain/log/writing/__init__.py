"""Commands beside those on articles, actors and rulings: redactions, deliveries, aliases of publishers."""
