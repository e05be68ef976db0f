"""States of pairs, made anew from the day on since which they may be others."""
