"""Stretches of the log, each folded by itself."""
