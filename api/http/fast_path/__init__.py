"""The fast path of reads: from the middleware to a route, without what can be worked out once for all requests."""
