"""`make audit`: what is installed, compared with advisories about known faults, of a file or a service."""
