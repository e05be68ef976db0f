"""What analysts and administrators decide: rulings, which publishers count as one, and what is redacted."""
