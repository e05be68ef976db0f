"""The pages on what is made of a log outside of its database."""
