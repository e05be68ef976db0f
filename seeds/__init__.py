"""What a fresh start loads: the actors of diplomacy and the Idlib article of February 2020."""
