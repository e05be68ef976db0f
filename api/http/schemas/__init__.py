"""What the service answers: one model per thing, and how each is made from the projections' answers."""
