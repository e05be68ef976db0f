"""Agreements on a day, with the developments that articles report."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import Connection, Select, and_, bindparam, intersect, select

from projections.evidence.agreements import (
    AgreementEntry,
    ClashIncident,
    Development,
    clashes_since,
    entry_on,
    with_clashes,
)
from projections.pairs import Pair
from projections.publishers.counted_as import load_aliases
from projections.queries.articles import RedactedText, RedactedTexts, with_articles
from projections.queries.context.clashes import load_clashes
from projections.queries.question import Question, has_happened, is_known
from projections.scoring.incidents import NO_ALIASES
from projections.storage.bulk_rows import is_one_of
from projections.storage.connection import Prepared
from projections.storage.tables import agreement_developments, reported_events


class ReportedDevelopment(NamedTuple):
    """A development of an agreement, with the article that reports it."""

    development: Development
    article_id: str
    url: str | None
    headline: str | None
    publisher: str
    published: str
    redacted: tuple[RedactedText, ...]


class AgreementHistory(NamedTuple):
    """An agreement on a day, with its developments until then and the clashes that violate it, oldest first."""

    entry: AgreementEntry
    developments: tuple[ReportedDevelopment, ...]
    clashes: tuple[ClashIncident, ...] = ()


def agreements_on(
    connection: Connection, question: Question, chosen: Sequence[str] | None = None
) -> list[AgreementHistory]:
    """Return the agreements that had begun by the day of a question, by id: all, or the `chosen` ones."""
    columns = agreement_developments.c
    of_articles, shown = with_articles(agreement_developments, question)
    reports = of_articles.join(
        reported_events,
        and_(
            columns.article == reported_events.c.article,
            columns.number == reported_events.c.number,
            columns.version == reported_events.c.version,
        ),
    )
    fields = [columns[name] for name in Development._fields]
    conditions = [
        is_known(agreement_developments, question),
        has_happened(agreement_developments, question),
    ]
    if chosen is not None:
        conditions.append(is_one_of(connection, [columns.agreement], [(each,) for each in chosen]))
    asked = select(*fields, *shown, columns.article).select_from(reports).where(*conditions)
    rows = connection.execute(asked.order_by(columns.day, reported_events.c.position)).all()
    texts = RedactedTexts(connection, (row.article for row in rows if row.redacted))
    aliases = load_aliases(connection, question.known_at) if question.left_out.publishers else NO_ALIASES
    by_agreement: defaultdict[str, list[ReportedDevelopment]] = defaultdict(list)
    for row in rows:
        *of_article, redacted, article = row[len(fields) :]
        development = Development._make(row[: len(fields)])
        development = development._replace(parties=tuple(msgspec.json.decode(row.parties)))
        reported = ReportedDevelopment._make((development, *of_article, texts.of_header(article, redacted)))
        if not question.left_out.excludes(article, reported.publisher, aliases):
            by_agreement[development.agreement].append(reported)
    found = [
        AgreementHistory(entry, tuple(of_one))
        for _, of_one in sorted(by_agreement.items())  # which databases order by their locale
        if (entry := entry_on(question.day, [reported.development for reported in of_one]))
    ]
    return _with_clashes(connection, found, question)


def _with_clashes(
    connection: Connection, found: list[AgreementHistory], question: Question
) -> list[AgreementHistory]:
    """Return agreements as the clashes between their parties leave them."""
    violable = [each.entry for each in found if each.entry.is_violable]
    if not violable:
        return found
    pairs = {pair for entry in violable for pair in combinations(entry.parties, 2)}
    affirmed = min(entry.affirmed for entry in violable if entry.affirmed is not None)
    clashes = load_clashes(connection, pairs, question, affirmed)
    return [
        AgreementHistory(with_clashes(entry, since), developments, since)
        for entry, developments, _ in found
        for since in [clashes_since(entry, clashes)]
    ]


def agreements_between(connection: Connection, pair: Pair, question: Question) -> list[AgreementHistory]:
    """Return the agreements to which two actors are parties."""
    quoted = {f"party_{number}": f'%"{actor}"%' for number, actor in enumerate(pair)}
    naming_both = [agreement for (agreement,) in _NAMING_BOTH.rows(connection, **quoted)]
    if not naming_both:  # as for most pairs
        return []
    agreed = agreements_on(connection, question, naming_both)
    return [found for found in agreed if set(pair) <= set(found.entry.parties)]


def _naming(number: int) -> Select[tuple[str]]:
    """Return the query for the agreements of which a development has some text in its parties, as JSON."""
    parties = agreement_developments.c.parties
    return select(agreement_developments.c.agreement).where(parties.like(bindparam(f"party_{number}")))


_NAMING_BOTH: Final = Prepared(intersect(_naming(0), _naming(1)))
