"""Evidence: what the reported events of an article mean for each ordered pair of actors. A pure fold."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from domain.article import Article
from domain.edtf import parse_edtf
from domain.plover import Kind, intensity
from domain.reports import Report, directions, kind_of
from domain.text import fold
from projections.score import to_day

Direction = tuple[str, str, bool]  # source, target, reciprocal
EvidenceKey = tuple[int, str, str]  # number, source, target


class Evidence(NamedTuple):
    """One reported event, for one ordered pair of actors.

    `version` is that of the article's domain event which states it; `type` and `day` are those of the incident it
    belongs to. A reciprocal event has a row each way.
    """

    number: int
    version: int
    source: str
    target: str
    reciprocal: bool
    kind: str
    type: str | None
    day: int
    incident: str | None
    publisher: str
    killed: int | None
    wounded: int | None
    development: str | None


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


def evidence_of(article: Article) -> dict[EvidenceKey, Evidence]:
    """Return the evidence that the standing reports of an article give, by (number, source, target)."""
    published = article.header.published_day
    publisher = _folded(article.header.publisher)
    by_ref = {report.ref: report for report in article.reports.values() if report.ref is not None}
    rows: dict[EvidenceKey, Evidence] = {}
    for number, report in article.reports.items():
        for key in _incident_keys(report, by_ref, published):
            row = _row(number, article.stated[number], report, key, publisher)
            rows[number, key.source, key.target] = row
            if key.reciprocal:
                rows[number, key.target, key.source] = row._replace(source=key.target, target=key.source)
    return rows


def _row(number: int, version: int, report: Report, key: IncidentKey, publisher: str) -> Evidence:
    kind = kind_of(report)
    return Evidence(
        number,
        version,
        key.source,
        key.target,
        key.reciprocal,
        kind.value,
        key.type,
        key.day,
        None if kind is Kind.ALIGNMENT else key.id,
        publisher,
        getattr(report, "killed", None),
        getattr(report, "wounded", None),
        getattr(report, "development", None),
    )


def _incident_keys(report: Report, by_ref: Mapping[str, Report], published: date) -> list[IncidentKey]:
    """Return the incident of each pair: the whole's where the report is part of one of its kind with that pair."""
    whole = report if report.joins is None else _whole(report, by_ref)
    day, written = _scoring_day(whole.occurred, published)
    if whole is report or not _is_of_a_kind(report, whole):
        return [_key(direction, report, day, written) for direction in directions(report)]
    of_whole = tuple(directions(whole))
    keys = []
    for direction in directions(report):
        joined = next((d for d in of_whole if _same_pair(direction, d)), None)
        keys.append(_key(joined or direction, whole if joined else report, day, written))
    return keys


def _key(direction: Direction, report: Report, day: int, written: str) -> IncidentKey:
    source, target, reciprocal = direction
    label = report.type or kind_of(report).upper()
    id_ = f"{source}{'~' if reciprocal else '>'}{target}:{label}:{written}"
    return IncidentKey(source, target, reciprocal, report.type, day, id_)


@lru_cache(maxsize=65536)
def _scoring_day(occurred: str, published: date) -> tuple[int, str]:
    """Return the day an event counts from, as a number and as it is written."""
    day = parse_edtf(occurred).scoring_day(published)
    return to_day(day), day.isoformat()


_folded = lru_cache(maxsize=4096)(fold)


def _is_of_a_kind(part: Report, whole: Report) -> bool:
    """Return whether a part can be one incident with its whole: an assault during talks is no talk."""
    kind = kind_of(part)
    hostile = intensity(part.type) < 0, intensity(whole.type) < 0
    return kind is kind_of(whole) and kind is not Kind.ALIGNMENT and hostile[0] is hostile[1]


def _whole(report: Report, by_ref: Mapping[str, Report]) -> Report:
    """Follow what a report joins to the end; what was retracted since ends the way."""
    seen = {id(report)}
    while report.joins is not None and (whole := by_ref.get(report.joins)) and id(whole) not in seen:
        seen.add(id(whole))
        report = whole
    return report


def _same_pair(one: Direction, other: Direction) -> bool:
    if one[:2] == other[:2]:
        return True
    return (one[2] or other[2]) and set(one[:2]) == set(other[:2])
