"""Evidence: what the reported events of an article mean for each ordered pair of actors. A pure fold.

What analysts rule lies over it: a report under a ruling takes its incident from the ruling's anchor, which may be
a report of another article, and its parts go with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from domain.articles import Article
from domain.edtf import parse_edtf
from domain.plover import Kind
from domain.reports import Report, directions, is_of_a_kind, is_same_pair, kind_of
from domain.text import fold
from projections.times import to_day

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


class RulingEffect(NamedTuple):
    """What a ruling comes to: the anchor and the incidents it belongs to by itself, one for each of its pairs.

    `suffix` follows the ids of incidents that are kept apart from all others; it is empty where they are not.
    """

    anchor: Report
    keys: tuple[IncidentKey, ...]
    day: int
    written: str
    suffix: str


NO_RULING_EFFECTS: Final[Mapping[int, RulingEffect]] = MappingProxyType({})


def evidence_of(
    article: Article, verdicts: Mapping[int, RulingEffect] = NO_RULING_EFFECTS
) -> dict[EvidenceKey, Evidence]:
    """Return the evidence that the standing reports of an article give, by (number, source, target).

    `verdicts` are what rulings come to, by the number of the report they are about.
    """
    published = article.header.published_day
    publisher = _folded(article.header.publisher)
    by_ref = {report.ref: report for report in article.reports.values() if report.ref is not None}
    ruled = _with_parts(article, verdicts) if verdicts else verdicts
    rows: dict[EvidenceKey, Evidence] = {}
    for number, report in article.reports.items():
        if number in ruled:
            keys = _keys_under(ruled[number], report, by_ref, published, named=number in verdicts)
        else:
            keys = _incident_keys(report, by_ref, published)
        for key in keys:
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


def ruling_effect(article: Article, number: int, suffix: str) -> RulingEffect:
    """Return what a ruling comes to whose anchor is a standing report of an article."""
    report, published = article.reports[number], article.header.published_day
    by_ref = {other.ref: other for other in article.reports.values() if other.ref is not None}
    day, written = _scoring_day(_whole(report, by_ref).occurred, published)
    return RulingEffect(report, tuple(_incident_keys(report, by_ref, published)), day, written, suffix)


def _with_parts(article: Article, verdicts: Mapping[int, RulingEffect]) -> Mapping[int, RulingEffect]:
    """Return the verdicts on reports and on their parts: the nearest on the way from part to whole."""
    numbers = {report.ref: number for number, report in article.reports.items() if report.ref is not None}
    found: dict[int, RulingEffect] = {}
    for start in article.reports:
        seen: set[int] = set()
        number: int | None = start
        while number is not None and number not in verdicts and number not in seen:
            seen.add(number)
            joins = article.reports[number].joins
            number = None if joins is None else numbers.get(joins)
        if number is not None and number in verdicts:
            found[start] = verdicts[number]
    return found


def _keys_under(
    verdict: RulingEffect, report: Report, by_ref: Mapping[str, Report], published: date, *, named: bool
) -> list[IncidentKey]:
    """Return the incident of each pair of a report that a ruling names, or that is part of one it names."""
    if is_of_a_kind(report, verdict.anchor):
        keys = _keys_joining(report, verdict.keys, verdict.day, verdict.written)
    else:
        keys = _incident_keys(report, by_ref, published)
        if not named:
            return keys
    return [key._replace(id=key.id + verdict.suffix) for key in keys]


def _keys_joining(report: Report, of_whole: Sequence[IncidentKey], day: int, written: str) -> list[IncidentKey]:
    """Return the whole's incident for the pairs that it has too, and one on its day for each other pair."""
    return [
        next((key for key in of_whole if is_same_pair(direction, key[:3])), None)
        or _key(direction, report, day, written)
        for direction in directions(report)
    ]


def _incident_keys(report: Report, by_ref: Mapping[str, Report], published: date) -> list[IncidentKey]:
    """Return the incident of each pair: the whole's where the report is part of one of its kind with that pair."""
    whole = report if report.joins is None else _whole(report, by_ref)
    day, written = _scoring_day(whole.occurred, published)
    if whole is report or not is_of_a_kind(report, whole):
        return _keys(report, directions(report), day, written)
    return _keys_joining(report, _keys(whole, directions(whole), day, written), day, written)


def _keys(report: Report, of: Iterable[Direction], day: int, written: str) -> list[IncidentKey]:
    return [_key(direction, report, day, written) for direction in of]


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


def _whole(report: Report, by_ref: Mapping[str, Report]) -> Report:
    """Follow what a report joins to the end; what was retracted since ends the way."""
    seen = {id(report)}
    while report.joins is not None and (whole := by_ref.get(report.joins)) and id(whole) not in seen:
        seen.add(id(whole))
        report = whole
    return report
