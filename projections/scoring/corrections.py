"""What incidents were corrected to: reported events that were restated, and belong to other incidents since. Pure.

A reported event whose source, target, type or day was corrected leaves one incident and joins another, which may
be one of another pair. That is neither a retraction nor news.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from projections.scoring.incidents import Incident

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


@dataclass(frozen=True, slots=True)
class Corrections:
    """What incidents of one side were corrected to on the other, by their ids, and from what."""

    to: Mapping[str, tuple[IncidentName, ...]] = field(default_factory=dict)
    from_: Mapping[str, tuple[IncidentName, ...]] = field(default_factory=dict)


NO_CORRECTIONS: Final = Corrections()


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
