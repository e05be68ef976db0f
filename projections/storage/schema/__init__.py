"""Tables of one subject each, which `projections.storage.tables` has with all others."""
