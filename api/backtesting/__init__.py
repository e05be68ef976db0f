"""Backtests and the fit of the clash risk: from the log to figures, text and pictures."""
