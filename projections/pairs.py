"""Pairs of actors: two codes, in code order."""

Pair = tuple[str, str]


def pair_of(one: str, other: str) -> Pair:
    """Return two actors' codes in code order, as a pair is stored and shown."""
    return (one, other) if one < other else (other, one)


def other_of(pair: Pair, actor: str) -> str:
    """Return the actor of a pair that is not the given one, which is one of the two."""
    return pair[1] if pair[0] == actor else pair[0]
