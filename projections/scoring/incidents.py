"""Incidents: reports of one happening, taken together. A pure fold over evidence."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Final, NamedTuple

from domain.standards.plover import HalfLife, half_life_class
from projections.scoring.models import DEFAULT_MODEL, IncidentRules, Model

NO_ALIASES: Final[Mapping[str, str]] = MappingProxyType({})
DISPUTED: Final = 2  #: times the toll that the highest figure has to be more than


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
    place: str | None = None
    joined: str | None = None
    first_day: int | None = None
    last_day: int | None = None


class Incident(NamedTuple):
    """One happening between the actors `a` and `b` (in code order), however many articles report it.

    `direction`: 0 from a to b, 1 from b to a, 2 mutual. `weight` has the sign of g and is not decayed; under
    the default model it is c * m * g. `killed` and `wounded` are the toll, and what ends in `low` and `high` the
    lowest and the highest that publishers have in the end. `place` is the one that most of its reports name, as
    places are compared. It may have happened from `first_day` to `last_day`, None where its day is known. `beside`
    is the id without a place of one that a place sets apart.
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
    killed_low: int | None = None
    killed_high: int | None = None
    wounded_low: int | None = None
    wounded_high: int | None = None
    place: str | None = None
    first_day: int | None = None
    last_day: int | None = None
    beside: str | None = None

    @property
    def is_disputed(self) -> bool:
        """Whether some publisher has more than twice as many killed, or wounded, as the toll."""
        both = ((self.killed, self.killed_high), (self.wounded, self.wounded_high))
        return any(toll is not None and high is not None and high > DISPUTED * toll for toll, high in both)


def incidents_of(
    rows: Iterable[Claim], model: Model, aliases: Mapping[str, str] = NO_ALIASES
) -> dict[str, Incident]:
    """Return the incidents that the rows come to by the model's rules, by id.

    Publishers are counted once each, `aliases` as what they map to.
    """
    grouped: defaultdict[str, list[Claim]] = defaultdict(list)
    placed = set[str]()
    for row in rows:
        if not row.reciprocal or row.source < row.target:  # a reciprocal event has a row each way
            grouped[row.incident].append(row)
            if row.place is not None:
                placed.add(row.incident)
    incident = partial(_incident, _weighing(model), _TOLLS[model.incident_rules], aliases)
    found = {id_: incident(id_, id_, claims) for id_, claims in grouped.items()}
    if model.incident_rules is IncidentRules.BY_PLACE:
        for id_ in placed:
            by_place = _by_place(id_, grouped[id_])
            if len(by_place) > 1:
                found |= {each: incident(id_, each, claims) for each, claims in by_place.items()}
    return found


# Places


def _by_place(incident: str, claims: Sequence[Claim]) -> dict[str, list[Claim]]:
    """Return the claims of what would be one incident but for the places that they name, by the id of each."""
    found: defaultdict[str, list[Claim]] = defaultdict(list)
    ids = ids_by_place(incident, [(claim.place, claim.joined) for claim in claims])
    for id_, claim in zip(ids, claims, strict=True):
        found[id_].append(claim)
    return found


def ids_by_place(incident: str, named: Sequence[tuple[str | None, str | None]]) -> list[str]:
    """Return the id of the incident of each report, by its place and what it is joined by.

    Reports that are joined stay together, at the place that most of them name. What names no place goes with the
    place that most reports name, which has the plain id. Of equals it is the first in the alphabet.
    """
    if len({place for place, _ in named if place is not None}) < 2:
        return [incident] * len(named)
    of_joined: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for place, joined in named:
        if joined is not None and place is not None:
            of_joined[joined][place] += 1
    together = {joined: most_named(places) for joined, places in of_joined.items()}
    places = [place if joined is None else together.get(joined) for place, joined in named]
    main = most_named(Counter(place for place in places if place is not None))
    return [incident if place is None or place == main else id_at(incident, place) for place in places]


def id_at(incident: str, place: str) -> str:
    """Return the id of an incident that a place sets apart from the one with this id."""
    return f"{incident}@{place.replace(' ', '-')}"


def without_place(incident: str) -> str:
    """Return the id of an incident as it is without the place that sets it apart."""
    return incident.partition("@")[0]


def most_named(places: Counter[str]) -> str:
    """Return the place that is named most often, of equals the first in the alphabet."""
    return min(places, key=lambda place: (-places[place], place))


# Tolls


class _Toll(NamedTuple):
    """A number of people: what counts, and the lowest and the highest that a publisher has."""

    counted: int | None
    low: int | None
    high: int | None


_UNTOLD: Final = _Toll(None, None, None)


def _toll(figures: Iterable[int]) -> _Toll:
    """Return the toll that publishers' figures come to: their median, the lower of two middle ones."""
    ordered = sorted(figures)
    return _Toll(ordered[(len(ordered) - 1) // 2], ordered[0], ordered[-1]) if ordered else _UNTOLD


def _highest(figures: Iterable[int]) -> _Toll:
    toll = _toll(figures)
    return toll if toll.counted == toll.high else toll._replace(counted=toll.high)


_TollOf = Callable[[Iterable[int]], _Toll]
_TOLLS: Final[Mapping[IncidentRules, _TollOf]] = {
    IncidentRules.BY_DAY: _highest,
    IncidentRules.BY_PLACE: _toll,
}


# Weights

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


class _Reported(NamedTuple):
    """What the reports of an incident come to: by how many publishers, the tolls, where, and from when to when."""

    publishers: int
    killed: _Toll
    wounded: _Toll
    place: str | None
    first_day: int | None
    last_day: int | None


def _of_one(report: Claim) -> _Reported:
    """Return what one report alone comes to."""
    killed, wounded = report.killed, report.wounded
    tolls = _Toll(killed, killed, killed), _Toll(wounded, wounded, wounded)
    return _Reported(1, *tolls, report.place, report.first_day, report.last_day)


def _of_several(reports: Sequence[Claim], toll_of: _TollOf, aliases: Mapping[str, str]) -> _Reported:
    """Return what several reports come to: of each publisher the highest figures, and the shortest span."""
    most: dict[str, tuple[int, int]] = {}  # killed and wounded, -1 where it does not say
    places: list[str] = []
    spans: list[tuple[int | None, int | None]] = []
    for report in reports:
        publisher, killed, wounded = report.publisher, _given(report.killed), _given(report.wounded)
        publisher = aliases.get(publisher, publisher)
        of_others = most.get(publisher)
        most[publisher] = (
            (killed, wounded) if of_others is None else (max(killed, of_others[0]), max(wounded, of_others[1]))
        )
        if report.place is not None:
            places.append(report.place)
        spans.append((report.first_day, report.last_day))
    of_killed, of_wounded = (toll_of([n for n in column if n >= 0]) for column in zip(*most.values(), strict=True))
    place = most_named(Counter(places)) if places else None
    return _Reported(len(most), of_killed, of_wounded, place, *min(spans, key=_length))


def _given(figure: int | None) -> int:
    return -1 if figure is None else figure


def _length(span: tuple[int | None, int | None]) -> tuple[int, int]:
    """Return what puts spans in order: the shortest first, and then the earliest."""
    first, last = span
    return (0, 0) if first is None or last is None else (last - first, first)


def _incident(
    weigh: _Weigh,
    toll_of: _TollOf,
    aliases: Mapping[str, str],
    plain_id: str,
    id_: str,
    reports: Sequence[Claim],
) -> Incident:
    if len(reports) == 1 and id_ == plain_id:
        return _incident_of_one(weigh, reports[0])
    _, source, target, reciprocal, type_, day, *_ = reports[0]
    reported = _of_one(reports[0]) if len(reports) == 1 else _of_several(reports, toll_of, aliases)
    forth = source < target
    return Incident(
        id_,
        source if forth else target,
        target if forth else source,
        2 if reciprocal else int(not forth),
        type_,
        day,
        half_life_class(type_) is HalfLife.MATERIAL,
        reported.publishers,
        len(reports),
        reported.killed.counted,
        reported.wounded.counted,
        weigh(type_, reported.publishers, reported.killed.counted, reported.wounded.counted),
        reported.killed.low,
        reported.killed.high,
        reported.wounded.low,
        reported.wounded.high,
        reported.place,
        reported.first_day,
        reported.last_day,
        None if id_ == plain_id else plain_id,
    )


def _incident_of_one(weigh: _Weigh, report: Claim) -> Incident:
    """Return the incident that one report is by itself: as nearly all are."""
    id_, source, target, reciprocal, type_, day, _, _, killed, wounded, place, _, first_day, last_day = report
    material = half_life_class(type_) is HalfLife.MATERIAL
    if source < target:
        a, b, direction = source, target, 2 if reciprocal else 0
    else:
        a, b, direction = target, source, 2 if reciprocal else 1
    weight = weigh(type_, 1, killed, wounded)
    own = (id_, a, b, direction, type_, day, material, 1, 1, killed, wounded, weight)
    return Incident(*own, killed, killed, wounded, wounded, place, first_day, last_day, None)
