"""Facts: articles, actors and rulings, their commands and domain events. No HTTP, no clock of its own.

All here is pure but for `domain.log`, where facts are kept: it alone knows a database, and runs SQL.
"""
