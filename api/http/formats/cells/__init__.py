"""The cells of tables for people."""
