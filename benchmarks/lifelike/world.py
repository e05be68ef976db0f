"""Who there is in a region of the log that looks like life, who deals with whom, and who is bound to whom.

The log has ten regions, which have no dealings with each other. What happens in the first is made; the others are
like it, with actors of their own. All is the same in every run, whatever the length of the log.
"""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from typing import Final, NamedTuple

import numpy as np

from domain.standards.plover import AGREEMENT_PURPOSES, DEVELOPMENT_TYPES
from projections.pairs import Pair, pair_of

REGIONS: Final = 10
ACTORS: Final = 150  #: of a region
PAIRS: Final = 8_000  #: of a region that have dealings
DAYS: Final = 20 * 365
ALIGNMENTS: Final = 3000 // REGIONS  #: reports of ties in a region, in a log of any length
MARK: Final = "Q"  #: begins the codes of actors; a region's number follows
_TIES: Final = ALIGNMENTS // 2
_PATRONS: Final = 10
_CLIENTS: Final = range(ACTORS // 2, ACTORS)
_OF_THE_BUSIEST: Final = 0.095  # of all events: 59,000 incidents of 10 million events
_SHIFT: Final = 20  # of the ranks of the other pairs, by which most have few events
_STEEPNESS: Final = 1.3
_DEVELOPMENTS: Final = 5  # of an agreement, on average
_AFTER_THE_FIRST: Final = tuple(name for name in DEVELOPMENT_TYPES if name != "reached")


class Tie(NamedTuple):
    """What is told of a patron and a client on a day."""

    day: int
    patron: str
    client: str
    development: str


class AgreementStep(NamedTuple):
    """A development of an agreement on a day, counted from the first of the log."""

    day: int
    agreement: str
    development: str
    parties: tuple[str, ...]
    title: str
    purpose: str


def code_of(rank: int) -> str:
    """Return the code of the actor of a rank in the first region."""
    return f"{MARK}0{rank:03}"


@cache
def pairs() -> tuple[Pair, ...]:
    """Return the pairs that have dealings, the busiest first: those of busy actors, mostly."""
    chance = np.random.default_rng(1)
    weights = 1 / (np.arange(ACTORS) + 5.0)
    weights /= weights.sum()
    found: dict[tuple[int, int], None] = {}
    while len(found) < PAIRS:
        drawn = np.sort(chance.choice(ACTORS, (PAIRS, 2), p=weights), axis=1)
        found |= dict.fromkeys((int(one), int(other)) for one, other in drawn if one != other)
    some = list(found)[:PAIRS]
    busy = weights[[one for one, _ in some]] * weights[[other for _, other in some]]
    order = np.argsort(-busy * chance.lognormal(0, 1, PAIRS))
    return tuple(pair_of(code_of(some[index][0]), code_of(some[index][1])) for index in order)


@cache
def shares() -> np.ndarray:
    """Return the share of all events that each of the `pairs` has."""
    weights = 1 / (np.arange(PAIRS) + _SHIFT) ** _STEEPNESS
    weights[0] = 0
    weights *= (1 - _OF_THE_BUSIEST) / weights.sum()
    weights[0] = _OF_THE_BUSIEST
    return weights


@cache
def ties() -> tuple[Tie, ...]:
    """Return what is told of ties between some large actors and small ones, in the order of the days."""
    chance = random.Random(2)  # noqa: S311  # the same world in every run
    patrons = [1 / (rank + 3) for rank in range(_PATRONS)]
    bound: dict[tuple[str, str], None] = {}
    while len(bound) < _TIES:
        (patron,) = chance.choices(range(_PATRONS), patrons)
        bound[code_of(patron), code_of(chance.choice(_CLIENTS))] = None
    told = [Tie(chance.randrange(DAYS), *tie, "standing") for tie in bound]
    told += [
        Tie(chance.randrange(tie.day, DAYS), tie.patron, tie.client, chance.choice(("standing", "ended", "begun")))
        for tie in told
    ]
    return tuple(sorted(told))[:ALIGNMENTS]


@cache
def agreement_steps(count: int) -> tuple[AgreementStep, ...]:
    """Return `count` developments of agreements, five of each on average, in the order of the days."""
    chance = random.Random(3)  # noqa: S311
    busy = pairs()[: PAIRS // 4]
    steps: list[AgreementStep] = []
    while len(steps) < count:
        steps += _life(chance, f"accord-{MARK}0-{len(steps)}", busy)
    return tuple(sorted(steps[:count]))


def _life(chance: random.Random, agreement: str, among: Sequence[Pair]) -> list[AgreementStep]:
    """Return the developments of an agreement: it is reached, and what comes of it."""
    parties = set(chance.choice(among))
    while chance.random() < 0.1:
        parties.add(code_of(chance.randrange(ACTORS)))
    purpose = chance.choice(AGREEMENT_PURPOSES)
    facts = (tuple(sorted(parties)), f"{agreement} on {purpose}", purpose)
    days = sorted(chance.randrange(DAYS) for _ in range(chance.randrange(1, 2 * _DEVELOPMENTS)))
    names = ["reached", *(chance.choice(_AFTER_THE_FIRST) for _ in days[1:])]
    return [AgreementStep(day, agreement, name, *facts) for day, name in zip(days, names, strict=True)]


def day_of(number: int, last: date) -> date:
    """Return a day of a log, counted from its first."""
    return last - timedelta(days=DAYS - 1 - number)
