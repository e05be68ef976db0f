"""What data sets deliver, again and again, against what is recorded."""
