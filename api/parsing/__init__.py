"""From what clients and files send to commands of the domain."""
