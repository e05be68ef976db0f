"""Which incidents may be one: offered to analysts, and never merged but by their rulings."""
