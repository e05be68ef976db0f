"""What the risk of a clash should be made of, worked out the slow way from docs/reference/scoring.md."""

from datetime import date
from math import sqrt

from tests.contract.naive import Meaning
from tests.contract.naive_incidents import Incident, Pair

Shares = list[tuple[str | None, Pair, str | None, date, float]]  # via, pair, type, day, share


def hazard(meaning: Meaning, pair: Pair, day: date) -> float | None:
    """Return L; None if there is no incident of the two by a day."""
    if not meaning.own(pair, day):
        return None
    one, other = _elsewhere(meaning, pair, day)
    return 0.0020 + sum(_own_share(each, day) for each in meaning.own(pair, day)) + 0.00065 * sqrt(one * other)


def shares(meaning: Meaning, pair: Pair, day: date) -> Shares:
    """Return each incident with its share of L, where it has one."""
    levels = _elsewhere(meaning, pair, day)
    found: Shares = [
        (None, each.pair, each.type, each.day, _own_share(each, day)) for each in meaning.own(pair, day)
    ]
    for side, actor in enumerate(pair):
        for each in _clashes_with_others(meaning, actor, pair, day):
            (via,) = set(each.pair) - {actor}
            share = 0.00065 / 2 * sqrt(levels[1 - side] / levels[side]) * _faded(each, day, 30)
            found.append((via, each.pair, each.type, each.day, share))
    return [each for each in found if each[-1] > 0] if meaning.own(pair, day) else []


def _own_share(incident: Incident, day: date) -> float:
    if incident.type == "ASSAULT":
        of_one = [(0.118, 7), (0.029, 90), (0.0155, 365)]
        return sum(each / 4.5 * _faded(incident, day, half_life) for each, half_life in of_one)
    return 0.0031 / 0.5 * _faded(incident, day, 90)


def _elsewhere(meaning: Meaning, pair: Pair, day: date) -> tuple[float, ...]:
    return tuple(
        sum(_faded(each, day, 30) for each in _clashes_with_others(meaning, actor, pair, day)) for actor in pair
    )


def _clashes_with_others(meaning: Meaning, actor: str, pair: Pair, day: date) -> list[Incident]:
    clashes = [each for each in meaning.incidents if each.type == "ASSAULT" and each.day <= day]
    return [each for each in clashes if actor in each.pair and each.pair != pair]


def _faded(incident: Incident, day: date, half_life: int) -> float:
    """Return what is left of the weight of conflict, without sign; 0 for the rest."""
    left: float = 2.0 ** (-(day - incident.day).days / half_life)
    return max(-incident.weight(incident.day), 0.0) * left
