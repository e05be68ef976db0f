"""Who asks, and whether they may: keys, callers, this machine, failed attempts."""
