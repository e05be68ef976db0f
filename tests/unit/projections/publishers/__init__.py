"""Publishers that count as others."""
