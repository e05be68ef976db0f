"""The client on the command line: `detente-query`."""
