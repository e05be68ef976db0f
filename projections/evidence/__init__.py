"""From reported events to evidence: who did what to whom, in which incident, under which rulings."""
