"""Running sums of the clash risk: exact, as those of the pressures, and under half-lives of its own."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from domain.standards.plover import ASSAULT
from projections.scoring.clash_risk.risk_model import (
    CLASH_HALF_LIVES,
    CONFLICT_HALF_LIFE,
    ELSEWHERE_HALF_LIFE,
    ClashLevels,
)
from projections.scoring.incidents import Incident
from projections.scoring.running_sums import ExactSum, ExactSums

_CLASH_LIVES: Final = (*CLASH_HALF_LIVES, ELSEWHERE_HALF_LIFE)
_LIVES: Final = (*_CLASH_LIVES, CONFLICT_HALF_LIFE)  # of the sums of a pair, in their order


@dataclass(slots=True)
class ClashSums:
    """A pair's exact sums: of its ASSAULTs under each half-life, then of its other conflict.

    The last half-life of ASSAULTs is the one under which they count elsewhere.
    """

    sums: ExactSums = field(default_factory=lambda: ExactSums.none(len(_LIVES)))

    def add(self, incident: Incident, times: int = 1) -> None:
        """Add an incident, or take it away with `times=-1`. Only conflict counts."""
        if incident.weight >= 0:
            return
        places = range(len(_CLASH_LIVES)) if incident.type == ASSAULT else range(len(_CLASH_LIVES), len(_LIVES))
        for place in places:
            self.sums.changing(place).add_decaying(-incident.weight, incident.day, _LIVES[place], times)

    def levels(self, day: int, clashes_of: tuple[ExactSum, ExactSum]) -> ClashLevels:
        """Return the levels on `day`, which is no earlier than that of the newest incident.

        `clashes_of` are the sums of all ASSAULTs of either actor. What the two had with each other is taken out
        before anything is rounded: else what is left of large sums would be noise.
        """
        *clashes, between, other = self.sums
        elsewhere = [all_.less(between).on(day, ELSEWHERE_HALF_LIFE) for all_ in clashes_of]
        return ClashLevels(
            tuple(total.on(day, life) for total, life in zip(clashes, CLASH_HALF_LIVES, strict=True)),
            other.on(day, CONFLICT_HALF_LIFE),
            (elsewhere[0], elsewhere[1]),
        )

    def __str__(self) -> str:
        return str(self.sums)

    @classmethod
    def parse(cls, text: str) -> "ClashSums":
        """Return the sums that were written as `text`."""
        return cls(ExactSums.parse(text))


@dataclass(slots=True)
class ActorClashes:
    """All ASSAULTs of one actor, with whomever: how many, the day of the last, and their exact sum.

    Taking one away leaves the day: who does so has to set it anew.
    """

    clashes: int
    day: int
    total: ExactSum = field(default_factory=ExactSum)

    def add(self, incident: Incident, times: int = 1) -> None:
        """Add an ASSAULT, or take it away with `times=-1`."""
        self.clashes += times
        self.day = max(self.day, incident.day)
        self.total.add_decaying(-incident.weight, incident.day, ELSEWHERE_HALF_LIFE, times)

    def add_all(self, other: "ActorClashes") -> None:
        """Add other ASSAULTs of the actor."""
        self.clashes += other.clashes
        self.day = max(self.day, other.day)
        self.total.add(other.total.mantissa, other.total.exponent)


def add_clashes(totals: dict[str, ActorClashes], incidents: Iterable[Incident], times: int = 1) -> None:
    """Add those of some incidents that are ASSAULTs to the totals of both actors, or take them away."""
    for incident in incidents:
        if incident.type == ASSAULT:
            for actor in (incident.a, incident.b):
                if actor not in totals:
                    totals[actor] = ActorClashes(0, incident.day)
                totals[actor].add(incident, times)
