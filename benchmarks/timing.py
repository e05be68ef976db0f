"""How long something takes."""

import time
from collections.abc import Callable

_TURNS = 5


def seconds(act: Callable[[], object]) -> float:
    """Return how long it takes once."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def in_turns(ours: Callable[[], object], peer: Callable[[], object], turns: int = _TURNS) -> tuple[float, float]:
    """Return the best seconds of ours and of the peer's, done in turns after a first time of each.

    The best of several, because whatever else the machine does can only add to it; in turns, because it does it to
    both.
    """
    ours()
    peer()
    pairs = [(seconds(ours), seconds(peer)) for _ in range(turns)]
    return min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)
