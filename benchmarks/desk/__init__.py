"""The desk: what its pages take of the server, against the answers that they are made from."""
