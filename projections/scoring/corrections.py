"""What incidents were corrected to: reported events that were restated, and belong to other incidents since. Pure.

A reported event whose source, target, type or day was corrected leaves one incident and joins another, which may
be one of another pair. That is neither a retraction nor news.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final, NamedTuple

from projections.scoring.incidents import Incident, id_at, without_place

_ReportKey = tuple[int, int]  # an article's key, and the number of an event in it


class IncidentName(NamedTuple):
    """What tells an incident from others: who to whom, what, on which day."""

    id: str
    source: str
    target: str
    reciprocal: bool
    type: str | None
    day: int


def name_of(incident: Incident) -> IncidentName:
    """Return what tells an incident from others."""
    source, target = (incident.b, incident.a) if incident.direction == 1 else (incident.a, incident.b)
    return IncidentName(incident.id, source, target, incident.direction == 2, incident.type, incident.day)


class HeldReport(NamedTuple):
    """A reported event in an incident, by the version of its article that stated it."""

    article: int
    number: int
    version: int
    incident: IncidentName


Held = Sequence[HeldReport]


@dataclass(frozen=True, slots=True)
class Corrections:
    """What incidents of one side were corrected to on the other, by their ids, and from what.

    `former` are the ids that they had before, by their ids after, where these are others.
    """

    to: Mapping[str, tuple[IncidentName, ...]] = field(default_factory=dict)
    from_: Mapping[str, tuple[IncidentName, ...]] = field(default_factory=dict)
    former: Mapping[str, str] = field(default_factory=dict)


NO_CORRECTIONS: Final = Corrections()


def split_by_place(before: Iterable[Incident], after: Iterable[Incident]) -> set[str]:
    """Return the plain ids of incidents that places set apart on either side, or from one side to the other."""
    places: defaultdict[str, set[str]] = defaultdict(set)
    for each in (*before, *after):
        if each.place is not None:
            places[without_place(each.id)].add(each.place)
    return {plain for plain, named in places.items() if len(named) > 1}


def renamed_ids(
    before: Iterable[Incident], after: Iterable[Incident], held_before: Held, held_after: Held
) -> dict[str, str]:
    """Return the ids that incidents known before have after, by their ids before, where these are others.

    The plain id is that of the place which most reports name, and this may be another one after. An incident is
    the same one as that with which it has the most reports in common, or else its place, or else its id, if not
    both name a place. One that is the same as none has an id that none has after.
    """
    were, are = ({each.id: each for each in side} for side in (before, after))
    found: dict[str, str] = {}
    for old, new in (*_with_reports_in_common(held_before, held_after), *_alike_by_place(were, are)):
        if old in were and new in are and old not in found and new not in found.values():
            found[old] = new
    for old in sorted(were.keys() - found.keys()):
        taken = are.keys() | set(found.values())
        found[old] = next(id_ for id_ in _ids_of_gone(were[old]) if id_ not in taken)
    return {old: new for old, new in found.items() if old != new}


def _ids_of_gone(incident: Incident) -> Iterator[str]:
    """Yield ids for an incident that is known no more, the first one that no other has being its id."""
    plain, place = without_place(incident.id), incident.place or ""
    yield incident.id
    yield id_at(plain, place)
    yield from (id_at(plain, f"{place} {number}") for number in count(2))


def _with_reports_in_common(before: Held, after: Held) -> list[tuple[str, str]]:
    """Return the ids before and after of incidents with a report in common, those with the most first."""
    later: defaultdict[_ReportKey, set[str]] = defaultdict(set)
    for article, number, _, incident in after:
        later[article, number].add(incident.id)
    common = Counter(
        (incident.id, id_)
        for article, number, _, incident in before
        for id_ in later[article, number]
        if without_place(id_) == without_place(incident.id)
    )
    return sorted(common, key=lambda both: (-common[both], both[0] != both[1], both))


def _alike_by_place(were: Mapping[str, Incident], are: Mapping[str, Incident]) -> Iterator[tuple[str, str]]:
    by_place = {(without_place(each.id), each.place): each.id for each in are.values()}
    for each in were.values():
        if (id_ := by_place.get((without_place(each.id), each.place))) is not None:
            yield each.id, id_
    yield from ((id_, id_) for id_ in were if id_ in are and None in (were[id_].place, are[id_].place))


def corrections_between(before: Iterable[HeldReport], after: Iterable[HeldReport]) -> Corrections:
    """Return what was corrected from one side to the other; each has all incidents of the reports that are in it.

    An incident that a report left was corrected to those that it joined, or, where it joined none, to those that
    it is in; so of one that it joined.
    """
    to: defaultdict[str, list[IncidentName]] = defaultdict(list)
    from_: defaultdict[str, list[IncidentName]] = defaultdict(list)
    earlier, later = _by_report(before), _by_report(after)
    for report, (version, were) in earlier.items():
        restated, are = later.get(report, (version, were))
        if restated == version:
            continue
        left, joined = sorted(were - are), sorted(are - were)
        for one in left:
            to[one.id] += _alike(one, joined or sorted(are))
        for one in joined:
            from_[one.id] += _alike(one, left or sorted(were))
    return Corrections(_each_once(to), _each_once(from_))


def _by_report(held: Iterable[HeldReport]) -> dict[_ReportKey, tuple[int, set[IncidentName]]]:
    found: dict[_ReportKey, tuple[int, set[IncidentName]]] = {}
    for article, number, version, incident in held:
        found.setdefault((article, number), (version, set()))[1].add(incident)
    return found


def _alike(one: IncidentName, others: list[IncidentName]) -> list[IncidentName]:
    """Return those with the same source or target, where there are any: its counterparts in an event of many."""
    return [other for other in others if one.source == other.source or one.target == other.target] or others


def _each_once(found: Mapping[str, list[IncidentName]]) -> dict[str, tuple[IncidentName, ...]]:
    return {id_: tuple(dict.fromkeys(names)) for id_, names in found.items()}
