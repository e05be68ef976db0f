"""The pages of a pair: how two actors stand, the evidence behind it, and why it changed."""
