"""What analysts' rulings change about incidents: the key that a report under a ruling takes. Pure.

A report under a ruling takes its incident from the ruling's anchor, which may be a report of another article, and
its parts go with it.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final, NamedTuple

from domain.articles import Article
from domain.reports import Report, is_of_a_kind
from projections.evidence.incident_keys import IncidentKey, incident_keys, keys_joining, scoring_day, whole_of


class RulingEffect(NamedTuple):
    """What a ruling comes to: the anchor and the incidents it belongs to by itself, one for each of its pairs.

    `suffix` follows the ids of incidents that are separate from all others; it is empty where they are not.
    """

    anchor: Report
    keys: tuple[IncidentKey, ...]
    day: int
    written: str
    suffix: str


NO_RULING_EFFECTS: Final[Mapping[int, RulingEffect]] = MappingProxyType({})


def ruling_effect(article: Article, number: int, suffix: str) -> RulingEffect:
    """Return what a ruling comes to whose anchor is a standing report of an article."""
    report, published = article.reports[number], article.header.published_day
    by_ref = {other.ref: other for other in article.reports.values() if other.ref is not None}
    day, written = scoring_day(whole_of(report, by_ref).occurred, published)
    return RulingEffect(report, tuple(incident_keys(report, by_ref, published)), day, written, suffix)


def effects_on_parts(article: Article, effects: Mapping[int, RulingEffect]) -> Mapping[int, RulingEffect]:
    """Return the effects on reports and on their parts of the same kind: the nearest on the way to the whole."""
    numbers = {report.ref: number for number, report in article.reports.items() if report.ref is not None}
    found: dict[int, RulingEffect] = {}
    for start in article.reports:
        seen: set[int] = set()
        number: int | None = start
        while number is not None and number not in effects and number not in seen:
            seen.add(number)
            joins = article.reports[number].joins
            number = None if joins is None else numbers.get(joins)
        if (
            number is not None
            and number in effects
            and is_of_a_kind(article.reports[start], article.reports[number])
        ):
            found[start] = effects[number]
    return found


def keys_under_ruling(
    effect: RulingEffect, report: Report, by_ref: Mapping[str, Report], published: date
) -> list[IncidentKey]:
    """Return the incident of each pair of a report that a ruling names, or that goes with one it names."""
    if is_of_a_kind(report, effect.anchor):
        keys = keys_joining(report, effect.keys, effect.day, effect.written)
    else:
        keys = incident_keys(report, by_ref, published)
    return [key._replace(id=key.id + effect.suffix) for key in keys]
