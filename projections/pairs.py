"""Pairs of actors: two codes, in code order."""

Pair = tuple[str, str]


def pair_of(one: str, other: str) -> Pair:
    """Return two actors' codes in code order, as a pair is stored and shown."""
    return (one, other) if one < other else (other, one)
