"""Where places are: from the names that reports give to points on a map."""
