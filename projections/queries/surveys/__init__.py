"""Many pairs at once: how some actors stand with each other."""
