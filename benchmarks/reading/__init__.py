"""How many reads are answered in a second, and by what they are asked."""
