"""Where facts are kept: the application, its recorders, and how domain events are stored."""
