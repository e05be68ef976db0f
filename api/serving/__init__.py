"""Several processes that serve as one: started, handed connections, started again, ended together."""
