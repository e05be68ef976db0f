"""History built from an archive of the log, by engines that group and sort what the projections' folds take."""
