"""What an overview of all pairs shows beside how they stand: a year of weeks, who moved, what was corrected."""
