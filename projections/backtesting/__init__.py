"""How good scores are: backtests, their metrics, and the clash risk that is fitted on them."""
