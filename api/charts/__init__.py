"""Pictures: their definitions as Vega-Lite, and the process of its own that renders them. No data is read here."""
