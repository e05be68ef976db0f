"""The key of an incident: what makes reports one happening, and how a part takes the key of its whole. Pure.

Reports of the same source, target, type and scoring day are one incident, the field's one-a-day rule; a reciprocal
pair is in code order. A report that is part of another one takes that one's key where it is of its kind and has
the same pair, and otherwise its day.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from domain.reports import Report, directions, is_of_a_kind, is_same_pair, kind_of
from domain.standards.edtf import parse_edtf
from projections.times import to_day

Direction = tuple[str, str, bool]  # source, target, reciprocal


class IncidentKey(NamedTuple):
    """What makes reports one incident: who to whom, what, on which day. A reciprocal pair is in code order.

    `id` spells it out; where there is no type, by the kind.
    """

    source: str
    target: str
    reciprocal: bool
    type: str | None
    day: int
    id: str


def incident_keys(report: Report, by_ref: Mapping[str, Report], published: date) -> list[IncidentKey]:
    """Return the incident of each pair: the whole's where the report is part of one of its kind with that pair.

    `by_ref` are the article's standing reports by their `ref`, `published` is its day of publication.
    """
    whole = report if report.joins is None else whole_of(report, by_ref)
    day, written = scoring_day(whole.occurred, published)
    if whole is report or not is_of_a_kind(report, whole):
        return _keys(report, directions(report), day, written)
    return keys_joining(report, _keys(whole, directions(whole), day, written), day, written)


def keys_joining(report: Report, of_whole: Sequence[IncidentKey], day: int, written: str) -> list[IncidentKey]:
    """Return the whole's incident for the pairs that it has too, and one on its day for each other pair."""
    return [
        next((key for key in of_whole if is_same_pair(direction, key[:3])), None)
        or _key(direction, report, day, written)
        for direction in directions(report)
    ]


def whole_of(report: Report, by_ref: Mapping[str, Report]) -> Report:
    """Follow what a report joins to the end; what was retracted since ends the way."""
    seen = {id(report)}
    while report.joins is not None and (whole := by_ref.get(report.joins)) and id(whole) not in seen:
        seen.add(id(whole))
        report = whole
    return report


@lru_cache(maxsize=65536)
def scoring_day(occurred: str, published: date) -> tuple[int, str]:
    """Return the day an event counts from, as a number and as it is written."""
    day = parse_edtf(occurred).scoring_day(published)
    return to_day(day), day.isoformat()


def _keys(report: Report, of: Iterable[Direction], day: int, written: str) -> list[IncidentKey]:
    return [_key(direction, report, day, written) for direction in of]


def _key(direction: Direction, report: Report, day: int, written: str) -> IncidentKey:
    source, target, reciprocal = direction
    label = report.type or kind_of(report).upper()
    id_ = f"{source}{'~' if reciprocal else '>'}{target}:{label}:{written}"
    return IncidentKey(source, target, reciprocal, report.type, day, id_)
