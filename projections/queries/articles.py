"""Articles as they stand, and what they report: of an incident, and of a tie."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Select,
    Table,
    and_,
    case,
    func,
    literal_column,
    select,
)

from domain.articles import article_uuid, former_article_uuid
from domain.redactions import redaction_of
from domain.reports import Report
from domain.standards.publisher_names import comparable_publisher
from projections.pairs import Pair, pair_of
from projections.publishers.counted_as import load_counted_names, name_counted_as
from projections.queries.question import (
    Question,
    evidence_day,
    incident_column,
    is_counted,
    is_in_incidents,
    was_header,
)
from projections.scoring.incidents import ids_by_place, without_place
from projections.scoring.models import IncidentRules
from projections.storage.bulk_rows import Row, by_characters, fetch_all, is_one_of
from projections.storage.tables import (
    articles,
    evidence,
    former_headers,
    has_ref,
    is_alignment,
    publisher_aliases,
    redactions,
    reported_events,
)

#: Added to a day, for which SQLite would else take the index of all that was told of two.
_NOTHING: Final = literal_column("0", Integer)


class RedactedText(NamedTuple):
    """A text that was redacted: of which field, and when, in microseconds, by whom and why."""

    field: str
    recorded: int
    recorded_by: str
    reason: str


class ArticleEntry(NamedTuple):
    """An article as it stands. Instants in microseconds.

    `counts_as` is the publisher that its publisher counts as, None if that is itself.
    """

    article_id: str
    url: str | None
    headline: str | None
    publisher: str
    published: str
    language: str | None
    retracted: bool
    version: int
    recorded: int
    changed: int
    redacted: tuple[RedactedText, ...] = ()
    counts_as: str | None = None


class ArticleReport(NamedTuple):
    """One article's report of an incident, or of a tie: which of its events, in its words, since when known.

    `redacted` are the texts that its header lost, `report_redacted` those that the report lost. `counts_as` is the
    publisher that its publisher counts as, None if that is itself.
    """

    article_id: str
    url: str | None
    headline: str | None
    publisher: str
    published: str
    number: int
    known_from: int
    report: Report
    redacted: tuple[RedactedText, ...] = ()
    report_redacted: tuple[RedactedText, ...] = ()
    counts_as: str | None = None


class NotedRedaction(NamedTuple):
    """A redaction as the tables have it: of the reports of some numbers in an article, or of all of it."""

    numbers: tuple[int, ...] | None
    fields: tuple[str, ...]
    recorded: int
    recorded_by: str
    reason: str


class RedactedTexts:
    """Which texts some articles lost, and how."""

    def __init__(self, connection: Connection, keys: Iterable[int]) -> None:
        self._of: defaultdict[int, list[NotedRedaction]] = defaultdict(list)
        if wanted := [(key,) for key in sorted(set(keys))]:
            chosen = is_one_of(connection, (redactions.c.article,), wanted)
            for row in connection.execute(select(redactions).where(chosen).order_by(redactions.c.position)):
                numbers = msgspec.json.decode(row.numbers or "null", type=tuple[int, ...] | None)
                fields = msgspec.json.decode(row.fields, type=tuple[str, ...])
                self._of[row.article].append(
                    NotedRedaction(numbers, fields, row.recorded, row.recorded_by, row.reason)
                )

    def of_header(self, key: int, fields: str | None) -> tuple[RedactedText, ...]:
        """Return those of some fields, as JSON, of an article's header."""
        return self._texts(key, None, msgspec.json.decode(fields, type=list[str]) if fields else ())

    def of_report(self, key: int, number: int, report: Report) -> tuple[RedactedText, ...]:
        """Return those of a report."""
        return self._texts(key, number, report.redacted)

    def _texts(self, key: int, number: int | None, fields: Iterable[str]) -> tuple[RedactedText, ...]:
        found = ((field, redaction_of(self._of[key], number, field)) for field in fields)
        return tuple(RedactedText(field, it.recorded, it.recorded_by, it.reason) for field, it in found if it)


_SHOWN: Final = ("url", "headline", "publisher", "published", "redacted")


def with_articles(table: FromClause, question: Question) -> tuple[FromClause, tuple[ColumnElement[Any], ...]]:
    """Return a table joined to its articles, and what is shown of these: `_SHOWN`, behind the id.

    The header is the one that the article had at the record time of a question, or the last one published by then.
    """
    joined = table.join(articles, table.c.article == articles.c.article)
    shown = [articles.c[name] for name in _SHOWN]
    if question.known_at is None and question.published_by is None:
        return joined, (articles.c.article_id, *shown)
    then = former_headers.c
    was_known = and_(then.article == articles.c.article, was_header(question))
    was = then.article.is_not(None)
    of_then = (case((was, then[each.name]), else_=each).label(each.name) for each in shown)
    return joined.outerjoin(former_headers, was_known), (articles.c.article_id, *of_then)


def reports_by_incident(
    connection: Connection, ids: Iterable[str], question: Question
) -> dict[str, list[ArticleReport]]:
    """Return who reported each of some incidents, by incident, in the order in which it became known.

    What is one incident is by the rules of the question's model.
    """
    found: defaultdict[str, list[ArticleReport]] = defaultdict(list)
    wanted = set(ids)
    if not wanted:
        return found
    rules = question.model.incident_rules
    once = (evidence.c.reciprocal.is_(False)) | (evidence.c.source < evidence.c.target)
    chosen = is_in_incidents(connection, {without_place(id_) for id_ in wanted}, rules)
    grouped: defaultdict[str, list[tuple[Any, ArticleReport]]] = defaultdict(list)
    for row, report in _reports(connection, question, chosen, once):
        grouped[row.incident].append((row, report))
    for incident, of_one in grouped.items():
        of_each = [incident] * len(of_one)
        if rules is IncidentRules.BY_PLACE:
            of_each = ids_by_place(incident, [(row.place, row.joined) for row, _ in of_one])
        for id_, (_, report) in zip(of_each, of_one, strict=True):
            if id_ in wanted:
                found[id_].append(report)
    return found


def reports_by_tie(
    connection: Connection, ties: Iterable[tuple[str, str]], question: Question
) -> dict[tuple[str, str], list[ArticleReport]]:
    """Return who reported, until the day of a question, that a patron backs a client, or no longer does.

    The reports are by (patron, client).
    """
    found: defaultdict[tuple[str, str], list[ArticleReport]] = defaultdict(list)
    if wanted := sorted(set(ties)):
        chosen = (is_alignment, is_one_of(connection, (evidence.c.source, evidence.c.target), wanted))
        until = question.has_happened(evidence_day(question) + _NOTHING)
        for row, report in _reports(connection, question, *chosen, until):
            found[row.source, row.target].append(report)
    return found


def _reports(
    connection: Connection, question: Question, *conditions: ColumnElement[bool]
) -> Iterator[tuple[Any, ArticleReport]]:
    """Yield the reports behind some of the evidence that counts for a question, each with its row."""
    of_articles, shown = with_articles(evidence, question)
    reports = of_articles.join(
        reported_events,
        and_(
            evidence.c.article == reported_events.c.article,
            evidence.c.number == reported_events.c.number,
            evidence.c.version == reported_events.c.version,
        ),
    )
    number, known_from = evidence.c.number, evidence.c.known_from
    incident = incident_column(question.model.incident_rules)
    named = (evidence.c.place, evidence.c.joined)
    behind = (incident, *named, evidence.c.source, evidence.c.target, evidence.c.article)
    counts_as = name_counted_as(evidence.c.publisher, question.known_at).label("counts_as")
    columns = (*shown, number, known_from, reported_events.c.content, counts_as, *behind)
    asked = select(*columns).select_from(reports).where(*conditions, is_counted(question))
    rows = connection.execute(asked.order_by(reported_events.c.position, evidence.c.number)).all()
    decode = msgspec.json.Decoder(Report).decode
    found = [(row, decode(row.content)) for row in rows]
    texts = RedactedTexts(connection, (row.article for row, report in found if row.redacted or report.redacted))
    for row, report in found:
        yield (
            row,
            ArticleReport._make(
                (
                    *row[: len(shown) - 1],
                    *(row.number, row.known_from, report),
                    texts.of_header(row.article, row.redacted),
                    texts.of_report(row.article, row.number, report),
                    row.counts_as,
                )
            ),
        )


def publishers_by_comparable_name(connection: Connection) -> dict[str, str]:
    """Return the publishers that articles have or ever had, by the names under which they are compared.

    Of several ways to write one, it is the one recorded first, so that it stays the same. Publishers that only an
    alias names are as they are compared.
    """
    spellings: defaultdict[str, set[str]] = defaultdict(set)
    for (name,) in fetch_all(connection, _SPELLINGS):
        spellings[comparable_publisher(name)].add(name)
    several = [(name,) for of_one in spellings.values() if len(of_one) > 1 for name in of_one]
    since = {row[0]: row[1] for row in fetch_all(connection, _since(connection, several))} if several else {}
    found = {
        publisher: min(of_one, key=lambda name: (since.get(name, 0), name))
        for publisher, of_one in sorted(spellings.items())
    }
    for (name,) in fetch_all(connection, _DECLARED):
        found.setdefault(name, name)
    return found


def _spellings(table: Table) -> Select[Any]:
    """Return the query for the publishers that a table has, each looked up behind the one before by the index."""
    column = table.c.publisher
    names = select(func.min(column).label("name")).cte(f"names_of_{table.name}", recursive=True)
    behind = select(func.min(column)).where(column > names.c.name).scalar_subquery()
    names = names.union_all(select(behind).where(names.c.name.is_not(None)))
    return select(names.c.name).where(names.c.name.is_not(None))


def _since(connection: Connection, names: Sequence[Row]) -> Select[Any]:
    """Return the query for some spellings of publishers, each with the instant since when it is known."""
    of_article = former_headers.c.article == articles.c.article
    revised = select(func.max(former_headers.c.known_to)).where(of_article).scalar_subquery()
    present = select(articles.c.publisher, func.coalesce(revised, articles.c.recorded).label("since")).where(
        is_one_of(connection, [articles.c.publisher], names)
    )
    former = select(former_headers.c.publisher, former_headers.c.known_from).where(
        is_one_of(connection, [former_headers.c.publisher], names)
    )
    told = present.union_all(former).subquery()
    return select(told.c.publisher, func.min(told.c.since)).group_by(told.c.publisher)


_SPELLINGS: Final = _spellings(articles).union(_spellings(former_headers))
_DECLARED: Final = select(publisher_aliases.c.publisher).union(select(publisher_aliases.c.alias_of))


def article_key(connection: Connection, article_id: str) -> int | None:
    """Return the key of the article with an id, None if there is none."""
    aggregates = [uuid.hex for uuid in (article_uuid(article_id), former_article_uuid(article_id)) if uuid]
    this = (articles.c.aggregate.in_(aggregates), articles.c.article_id == article_id)
    asked = select(articles.c.article).where(*this)
    return connection.execute(asked).scalar()


def pairs_of_article(connection: Connection, article: int) -> list[Pair]:
    """Return the pairs of actors on which the article of a key reports, or once did."""
    asked = select(evidence.c.source, evidence.c.target).distinct().where(evidence.c.article == article)
    return sorted({pair_of(source, target) for source, target in connection.execute(asked)})


def articles_like(connection: Connection, article_id: str, limit: int = 5) -> list[str]:
    """Return a few ids of articles that begin as an id does."""
    ids = by_characters(connection, articles.c.article_id)
    begins = article_id[:_BEGINNING]
    asked = select(articles.c.article_id).where(ids >= begins, ids < begins + _LAST).order_by(ids).limit(limit)
    return list(connection.execute(asked).scalars())


_BEGINNING: Final = 6  # characters
_LAST: Final = "\U0010ffff"  # no character comes behind it


def latest_articles(connection: Connection, before: int | None, limit: int) -> list[tuple[int, ArticleEntry]]:
    """Return up to `limit` (position, entry) of the articles posted before a position, the latest first."""
    *of_article, _ = ArticleEntry._fields  # `redacted` is the last but one
    columns = [articles.c[name] for name in of_article]
    asked = select(articles.c.article, *columns).order_by(articles.c.article.desc()).limit(limit)
    if before is not None:
        asked = asked.where(articles.c.article < before)
    rows = connection.execute(asked).all()
    texts = RedactedTexts(connection, (row.article for row in rows if row.redacted))
    names = load_counted_names(connection)
    found = []
    for row in rows:
        counts_as = names.get(comparable_publisher(row.publisher)) if names else None
        entry = ArticleEntry._make((*row[1:-1], texts.of_header(row.article, row.redacted), counts_as))
        found.append((row.article, entry))
    return found


def articles_with_refs(connection: Connection, refs: Iterable[str]) -> dict[str, list[str]]:
    """Return the ids of the articles in which data sets have events of some ids, by these."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    of_articles = reported_events.join(articles, reported_events.c.article == articles.c.article)
    wanted = is_one_of(connection, (reported_events.c.ref,), [(ref,) for ref in refs])
    asked = select(reported_events.c.ref, articles.c.article_id).select_from(of_articles).where(has_ref, wanted)
    for ref, article_id in connection.execute(asked.order_by(reported_events.c.position)):
        found[ref].append(article_id)
    return found


def split_articles(connection: Connection) -> list[str]:
    """Return the ids of articles that end as those of pieces of documents do: in a colon and twelve letters."""
    asked = select(articles.c.article_id).where(articles.c.article_id.like("%:____________"))
    return list(connection.execute(asked.order_by(articles.c.article)).scalars())
