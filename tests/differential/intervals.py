"""How sure a tension is, by the documented bootstrap: draws of our own, so that bounds agree up to chance."""

import random
from collections.abc import Sequence
from functools import cache
from math import log
from typing import Final

from tests.differential.events import Json
from tests.differential.run import Mismatch, differ
from tests.differential.scores import Bearing, Standing

_REPLICATES: Final = 999
_LOW, _HIGH = 99, 899  # the 100th and the 900th
_MOST: Final = 20  # incidents that we draw for
_OLDEST: Final = 20  # half-lives
_BY_CHANCE: Final = 0.25  # of the interval's width
_SMALLEST: Final = 0.25  # points


@cache
def _draws(row: int) -> list[float]:
    """Return draws of the exponential distribution of mean 1, one for each replicate, spread evenly."""
    generator = random.Random(row)  # noqa: S311  # no secrets
    share = 1 / _REPLICATES
    found = [-log((n + generator.random()) * share) for n in range(_REPLICATES)]
    generator.shuffle(found)
    return found


def check_interval(standing: Standing, bearing: Sequence[Bearing], got: Json) -> None:
    """Fail unless the interval of an answer is as the documentation says, up to chance."""
    interval = got["tension_interval"]
    if got["state"] in ("unknown", "aligned"):
        differ(None, interval, "tension_interval")
        return
    recent = [each for each in bearing if each.half_lives <= _OLDEST]
    if len(recent) > _MOST or interval is None:
        if interval is None:
            raise Mismatch("no tension_interval")
        return
    tensions = sorted(_tension(standing, recent, n) for n in range(_REPLICATES))
    low, high = tensions[_LOW], tensions[_HIGH]
    allowed = _SMALLEST + _BY_CHANCE * (high - low)
    if abs(low - interval[0]) > allowed or abs(high - interval[1]) > allowed:
        raise Mismatch(f"tension_interval: about {(low, high)} expected, {interval} found, of {len(recent)}")


def _tension(standing: Standing, bearing: Sequence[Bearing], replicate: int) -> float:
    drawn = [_draws(row)[replicate] for row in range(len(bearing))]
    conflict = sum(-each.weight * e for each, e in zip(bearing, drawn, strict=True) if each.weight < 0)
    cooperating = sum(each.weight * e for each, e in zip(bearing, drawn, strict=True) if each.weight > 0)
    heads = sum(2.0**-each.half_lives * e for each, e in zip(bearing, drawn, strict=True))
    return standing.quotients(conflict, cooperating, heads)[0]
