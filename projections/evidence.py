"""Evidence: what the reported events of an article mean for each ordered pair of actors. A pure fold."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from domain.article import Article
from domain.edtf import parse_edtf
from domain.plover import Kind, intensity
from domain.reports import Report, directions, kind_of
from domain.text import fold
from projections.score import to_day

Direction = tuple[str, str, bool]  # source, target, reciprocal


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

    `label` is the type, or where there is none the kind, in capitals.
    """

    source: str
    target: str
    reciprocal: bool
    type: str | None
    day: date
    label: str

    def __str__(self) -> str:
        arrow = "~" if self.reciprocal else ">"
        return f"{self.source}{arrow}{self.target}:{self.label}:{self.day}"


def evidence_of(article: Article) -> dict[tuple[int, str, str], Evidence]:
    """Return the evidence that the standing reports of an article give, by (number, source, target)."""
    published = article.header.published_day
    publisher = fold(article.header.publisher)
    by_ref = {report.ref: report for report in article.reports.values() if report.ref is not None}
    rows: dict[tuple[int, str, str], Evidence] = {}
    for number, report in article.reports.items():
        for key in _incident_keys(report, by_ref, published):
            for row in _rows(number, article.stated[number], report, key, publisher):
                rows[number, row.source, row.target] = row
    return rows


def _rows(number: int, version: int, report: Report, key: IncidentKey, publisher: str) -> Iterator[Evidence]:
    kind = kind_of(report)
    ways = [(key.source, key.target), (key.target, key.source)] if key.reciprocal else [(key.source, key.target)]
    for source, target in ways:
        yield Evidence(
            number=number,
            version=version,
            source=source,
            target=target,
            reciprocal=key.reciprocal,
            kind=kind.value,
            type=key.type,
            day=to_day(key.day),
            incident=None if kind is Kind.ALIGNMENT else str(key),
            publisher=publisher,
            killed=getattr(report, "killed", None),
            wounded=getattr(report, "wounded", None),
            development=getattr(report, "development", None),
        )


def _incident_keys(report: Report, by_ref: Mapping[str, Report], published: date) -> Iterator[IncidentKey]:
    """Yield the incident of each pair: the whole's where the report is part of one of its kind with that pair."""
    whole = _whole(report, by_ref)
    day = parse_edtf(whole.occurred).scoring_day(published)
    of_whole = tuple(directions(whole)) if whole is not report and _is_of_a_kind(report, whole) else ()
    for direction in directions(report):
        joined = next((d for d in of_whole if _same_pair(direction, d)), None)
        if joined is None:
            yield IncidentKey(*direction, report.type, day, _label(report))
        else:
            yield IncidentKey(*joined, whole.type, day, _label(whole))


def _is_of_a_kind(part: Report, whole: Report) -> bool:
    """Return whether a part can be one incident with its whole: an assault during talks is no talk."""
    kind = kind_of(part)
    hostile = intensity(part.type) < 0, intensity(whole.type) < 0
    return kind is kind_of(whole) and kind is not Kind.ALIGNMENT and hostile[0] is hostile[1]


def _label(report: Report) -> str:
    return report.type or kind_of(report).upper()


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
