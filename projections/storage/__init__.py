"""Where projections are kept: tables, generations, locks and bulk rows."""
