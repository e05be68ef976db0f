"""What the tests run through: counted in each of their processes, put together and told at their end."""
