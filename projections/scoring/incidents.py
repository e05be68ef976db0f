"""Incidents: reports of one happening, taken together. A pure fold over evidence."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from domain.standards.plover import HalfLife, half_life_class
from projections.scoring.models import DEFAULT_MODEL, Model

NO_ALIASES: Final[Mapping[str, str]] = MappingProxyType({})


class Claim(NamedTuple):
    """The part of a row of evidence that counts towards its incident."""

    incident: str
    source: str
    target: str
    reciprocal: bool
    type: str | None
    day: int
    kind: str
    publisher: str
    killed: int | None
    wounded: int | None


class Incident(NamedTuple):
    """One happening between the actors `a` and `b` (in code order), however many articles report it.

    `direction`: 0 from a to b, 1 from b to a, 2 mutual. `weight` has the sign of g and is not decayed; under
    the default model it is c * m * g.
    """

    id: str
    a: str
    b: str
    direction: int
    type: str | None
    day: int
    material: bool
    publishers: int
    reports: int
    killed: int | None
    wounded: int | None
    weight: float


def incidents_of(
    rows: Iterable[Claim], model: Model, aliases: Mapping[str, str] = NO_ALIASES
) -> dict[str, Incident]:
    """Return the incidents that the rows come to, by id.

    Casualties are the most that any report gives; publishers are counted once each, `aliases` as what they map to.
    """
    grouped: dict[str, list[Claim]] = {}
    for row in rows:
        if not row.reciprocal or row.source < row.target:  # a reciprocal event has a row each way
            grouped.setdefault(row.incident, []).append(row)
    weigh = _weighing(model)
    return {incident: _incident(incident, reports, weigh, aliases) for incident, reports in grouped.items()}


_Weigh = Callable[[str | None, int, int | None, int | None], float]


def reweighed(incidents: Iterable[Incident], model: Model, weighed_by: Model = DEFAULT_MODEL) -> list[Incident]:
    """Return incidents that were weighed by one model as they weigh under another."""
    if model.weighs_like(weighed_by):
        return list(incidents)
    weigh = _weighing(model)
    return [i._replace(weight=weigh(i.type, i.publishers, i.killed, i.wounded)) for i in incidents]


def _weighing(model: Model) -> _Weigh:
    """Return the function that weighs an incident, with a cache: most incidents are alike."""
    return lru_cache(maxsize=None)(model.weight)


def _incident(incident: str, reports: list[Claim], weigh: _Weigh, aliases: Mapping[str, str]) -> Incident:
    _, source, target, reciprocal, type_, day, _, _, killed, wounded = reports[0]
    publishers = 1
    if len(reports) > 1:
        publishers = len({aliases.get(report.publisher, report.publisher) for report in reports})
        killed = max((r.killed for r in reports if r.killed is not None), default=None)
        wounded = max((r.wounded for r in reports if r.wounded is not None), default=None)
    forth = source < target
    return Incident(
        incident,
        source if forth else target,
        target if forth else source,
        2 if reciprocal else int(not forth),
        type_,
        day,
        half_life_class(type_) is HalfLife.MATERIAL,
        publishers,
        len(reports),
        killed,
        wounded,
        weigh(type_, publishers, killed, wounded),
    )
