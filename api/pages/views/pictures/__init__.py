"""What pictures show, and their captions: from the projections to the definitions of `api/charts/`."""
