"""The risk of a clash: a probability that is made of incidents, each of which has its share."""
