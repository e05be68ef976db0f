"""Commands on what was recorded before, and not only on what comes after: redactions."""
