"""Evidence: what the reported events of an article mean for each ordered pair of actors. A pure fold.

`incident_keys` says which incident a report belongs to, `ruling_effects` what analysts' rulings change about that.
"""

from collections.abc import Mapping
from typing import NamedTuple

from domain.articles import Article
from domain.reports import Report, kind_of
from domain.standards.plover import Kind
from domain.standards.publisher_names import comparable_publisher
from projections.evidence.incident_keys import IncidentKey, incident_keys
from projections.evidence.ruling_effects import (
    NO_RULING_EFFECTS,
    RulingEffect,
    effects_on_parts,
    keys_under_ruling,
)

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


def evidence_of(
    article: Article, effects: Mapping[int, RulingEffect] = NO_RULING_EFFECTS
) -> dict[EvidenceKey, Evidence]:
    """Return the evidence that the standing reports of an article give, by (number, source, target).

    `effects` are what rulings come to, by the number of the report they are about.
    """
    published = article.header.published_day
    publisher = comparable_publisher(article.header.publisher)
    by_ref = {report.ref: report for report in article.reports.values() if report.ref is not None}
    ruled = effects_on_parts(article, effects) if effects else effects
    rows: dict[EvidenceKey, Evidence] = {}
    for number, report in article.reports.items():
        if number in ruled:
            keys = keys_under_ruling(ruled[number], report, by_ref, published)
        else:
            keys = incident_keys(report, by_ref, published)
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
