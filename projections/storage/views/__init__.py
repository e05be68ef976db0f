"""The views for tools that speak SQL: what they say, and how they are shown under names that never change."""
