"""Evidence: what the reported events of an article mean for each ordered pair of actors. A pure fold.

`incident_keys` says which incident a report belongs to, `ruling_effects` what analysts' rulings change about that.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from domain.articles import Article
from domain.reports import Agreement, Alignment, Clash, Report, kind_of
from domain.standards.place_names import comparable_place
from domain.standards.plover import Kind
from domain.standards.publisher_names import comparable_publisher
from projections.evidence.incident_keys import ArticleSlots, IncidentKey
from projections.evidence.ruling_effects import (
    NO_RULING_EFFECTS,
    RulingEffect,
    effects_on_parts,
    keys_under_ruling,
    leaves,
)

EvidenceKey = tuple[int, str, str]  # number, source, target
_WITH_DEVELOPMENT: Final = (Agreement, Alignment)


class Evidence(NamedTuple):
    """One reported event, for one ordered pair of actors.

    `version` is that of the article's domain event which states it; `type` and `day` are those of the incident it
    belongs to. A reciprocal event has a row each way. `place` is the one that the report itself names, as places
    are compared; reports `joined` by one name stay together whatever places they name. It may have
    happened from `first_day` to `last_day`, which are None where its day is known. `day_of_whole` and
    `incident_of_whole` are what they are by the date of the whole alone, None where that is the same.
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
    place: str | None
    joined: str | None
    first_day: int | None
    last_day: int | None
    day_of_whole: int | None
    incident_of_whole: str | None


def evidence_of(
    article: Article, effects: Mapping[int, RulingEffect] = NO_RULING_EFFECTS
) -> dict[EvidenceKey, Evidence]:
    """Return the evidence that the standing reports of an article give, by (number, source, target).

    `effects` are what rulings come to, by the number of the report they are about.
    """
    publisher = comparable_publisher(article.header.publisher)
    ruled = effects_on_parts(article, effects) if effects else effects
    leaving = [number for number, effect in ruled.items() if leaves(effect, article.reports[number])]
    plain = ArticleSlots(article, leaving)
    rows: dict[EvidenceKey, Evidence] = {}
    for number, report in article.reports.items():
        if number in ruled:
            keys = keys_under_ruling(ruled[number], article, number, plain)
        else:
            keys = plain.keys_of(number)
        for key in keys:
            row = _row(number, article.stated[number], report, key, publisher)
            rows[number, key.source, key.target] = row
            if key.reciprocal:
                rows[number, key.target, key.source] = row._replace(source=key.target, target=key.source)
    return rows


def _row(number: int, version: int, report: Report, key: IncidentKey, publisher: str) -> Evidence:
    kind = kind_of(report)
    is_incident = kind is not Kind.ALIGNMENT
    killed, wounded = (report.killed, report.wounded) if isinstance(report, Clash) else (None, None)
    return Evidence(
        number,
        version,
        key.source,
        key.target,
        key.reciprocal,
        kind.value,
        key.type,
        key.day,
        key.id if is_incident else None,
        publisher,
        killed,
        wounded,
        report.development if isinstance(report, _WITH_DEVELOPMENT) else None,
        comparable_place(report.place) if is_incident and report.place else None,
        key.joined if is_incident else None,
        key.first_day,
        key.last_day,
        key.day_of_whole,
        key.id_of_whole if is_incident else None,
    )
