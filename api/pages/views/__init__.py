"""What pages show, put together from the projections: no HTML here."""
