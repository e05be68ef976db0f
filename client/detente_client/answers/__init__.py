"""The answers of the service, as objects."""
