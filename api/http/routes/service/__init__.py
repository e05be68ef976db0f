"""What the service says of itself: its health, its metrics, the models that it scores by."""
