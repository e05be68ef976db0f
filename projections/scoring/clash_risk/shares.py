"""What the hazard of a clash is made of: the share of each incident.

The term of the ASSAULTs elsewhere, c sqrt(Xa Xb), is homogeneous of degree 1 in their weights: so by Euler's rule
it is the sum of each weight times its partial derivative, c / 2 sqrt(Xb / Xa) on the side of a.
"""

from collections.abc import Iterable, Iterator, Sequence
from math import sqrt
from typing import NamedTuple

from domain.standards.plover import ASSAULT
from projections.pairs import Pair
from projections.scoring.clash_risk.risk_model import (
    CLASH_HALF_LIVES,
    CONFLICT_HALF_LIFE,
    ELSEWHERE_HALF_LIFE,
    ClashLevels,
    RiskModel,
)
from projections.scoring.incidents import Incident


class RiskShare(NamedTuple):
    """An incident's share of the hazard. `via` is whom one of the pair clashed with; None for the pair's own."""

    incident: Incident
    share: float
    via: str | None


def shares_of(
    pair: Pair,
    own: Iterable[Incident],
    elsewhere: Iterable[Incident],
    levels: ClashLevels,
    day: int,
    model: RiskModel,
) -> list[RiskShare]:
    """Return the incidents that raise a pair's hazard on a day. Their shares and the constant add up to it.

    `elsewhere` are ASSAULTs of either actor with others, `levels` those of the pair. What adds nothing is left
    out.
    """
    shares = [*_own_shares(own, day, model), *_shares_elsewhere(pair, elsewhere, levels, day, model)]
    return [found for found in shares if found.share > 0.0]


def _own_shares(own: Iterable[Incident], day: int, model: RiskModel) -> Iterator[RiskShare]:
    *of_clashes, of_others, _ = model.coefficients
    for incident in own:
        if incident.weight < 0 and incident.day <= day:
            age = day - incident.day
            if incident.type == ASSAULT:
                lives = zip(of_clashes, CLASH_HALF_LIVES, strict=True)
                factor = sum(coefficient * 2.0 ** (-age / life) for coefficient, life in lives)
            else:
                factor = of_others * 2.0 ** (-age / CONFLICT_HALF_LIFE)
            yield RiskShare(incident, -incident.weight * factor, None)


def _shares_elsewhere(
    pair: Pair, elsewhere: Iterable[Incident], levels: ClashLevels, day: int, model: RiskModel
) -> Iterator[RiskShare]:
    half = model.coefficients[-1] / 2.0
    roots: Sequence[float] = [sqrt(level) for level in levels.elsewhere]
    if not all(roots):
        return
    for incident in elsewhere:
        if incident.day <= day:
            side = int(pair[0] not in (incident.a, incident.b))
            weight = -incident.weight * 2.0 ** (-(day - incident.day) / ELSEWHERE_HALF_LIFE)
            via = incident.b if incident.a == pair[side] else incident.a
            yield RiskShare(incident, half * roots[1 - side] * (weight / roots[side]), via)
