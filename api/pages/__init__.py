"""The desk: pages for a browser, each at the address that its data has."""
