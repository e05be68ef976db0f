"""Incidents that may be one, from the tables: of some pairs, or of an article that is not recorded yet."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import accumulate, takewhile
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from domain.articles import Article
from domain.reports import Agreement
from projections.evidence.evidence import Evidence, evidence_of
from projections.pairs import Pair, pair_of
from projections.publishers.counted_as import load_aliases
from projections.queries.articles import ArticleReport, article_key, reports_by_incident
from projections.queries.load_pairs import load_incidents
from projections.queries.question import (
    CLAIM,
    Exclusions,
    Question,
    is_between,
    is_in_incidents,
    makes_incidents,
    stands,
)
from projections.scoring.incidents import Claim, Incident, incidents_of
from projections.scoring.models import DEFAULT_MODEL
from projections.storage.bulk_rows import fetch_all
from projections.storage.tables import agreement_developments, evidence, relations
from projections.suggestions.near_duplicates import (
    ALONE,
    CLOSE,
    NearDuplicates,
    near_duplicates,
)

MOST_INCIDENTS: Final = 5_000  #: that one page looks at, unless one pair alone has more
MOST_PAIRS: Final = 50  #: of an article that is looked at before it is recorded
MOST_ROWS: Final = 2_000  #: of evidence between them, unless one pair alone has more

_NOW: Final = Question(0)  # the day does not matter: all that is known counts


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Incidents that may be one, why, and who reports each of them, by incident."""

    found: NearDuplicates
    reports: Mapping[str, Sequence[ArticleReport]]


class Start(NamedTuple):
    """Where a page of suggestions begins: at a pair, behind some of its own."""

    a: str = ""
    b: str = ""
    behind: int = 0


class SuggestionPage(NamedTuple):
    """A page of suggestions, and where the next one begins, None on the last."""

    suggestions: list[Suggestion]
    following: Start | None


# What is recorded


def suggestions_from(connection: Connection, start: Start, limit: int, only: Pair | None = None) -> SuggestionPage:
    """Return the suggestions from a place on, of all pairs in code order or of one.

    A page looks at a bounded number of incidents, and may have fewer than `limit` suggestions, or none, without
    being the last.
    """
    pairs, following = _pairs_from(connection, start, only)
    incidents = load_incidents(connection, pairs, _NOW)
    agreements = _agreements(connection, is_between(connection, pairs))
    groups = near_duplicates((i for pair in pairs for i in incidents[pair]), agreements)
    of_first = [group for group in groups if group.incidents[0][1:3] == start[:2]]
    groups = groups[min(start.behind, len(of_first)) :]
    if len(groups) > limit:
        following = _place_of(groups, limit, start)
    page = groups[:limit]
    reports = reports_by_incident(connection, (i.id for group in page for i in group.incidents), _NOW)
    return SuggestionPage([Suggestion(group, reports) for group in page], following)


def _pairs_from(connection: Connection, start: Start, only: Pair | None) -> tuple[list[Pair], Start | None]:
    """Return the pairs that a page looks at, and the first that it does not, None where there is none."""
    if only is not None:
        return [only], None
    rows = fetch_all(connection, select(relations.c.a, relations.c.b, relations.c.incidents))
    several = sorted((a, b, size) for a, b, size in rows if size > 1)  # databases order by their locale
    several = several[bisect_left(several, (start.a, start.b)) :]
    sums = accumulate(size for *_, size in several)
    count = max(sum(1 for _ in takewhile(lambda total: total <= MOST_INCIDENTS, sums)), 1)
    following = Start(*several[count][:2]) if count < len(several) else None
    return [(a, b) for a, b, _ in several[:count]], following


def _place_of(groups: Sequence[NearDuplicates], index: int, start: Start) -> Start:
    """Return the place of a group, given where the first of them is."""
    pair = groups[index].incidents[0][1:3]
    before = sum(group.incidents[0][1:3] == pair for group in groups[:index])
    return Start(*pair, before + (start.behind if pair == start[:2] else 0))


def _agreements(connection: Connection, chosen: ColumnElement[bool]) -> dict[str, Set[str]]:
    """Return the ids of the agreements that incidents are about, by some of their evidence."""
    table = agreement_developments
    joined = evidence.join(table, and_(table.c.article == evidence.c.article, table.c.number == evidence.c.number))
    conditions = (makes_incidents(_NOW), stands(table), chosen)
    asked = select(evidence.c.incident, table.c.agreement).select_from(joined)
    found: defaultdict[str, set[str]] = defaultdict(set)
    for incident, agreement in connection.execute(asked.where(evidence.c.kind == "agreement", *conditions)):
        found[incident].add(agreement)
    return dict(found)


# What is not recorded yet


class UnrecordedArticle(NamedTuple):
    """An article that is not recorded as it is: its key if it is recorded at all, and what its events come to."""

    article: Article
    key: int | None
    rows: Sequence[Evidence]


def unrecorded(connection: Connection, article: Article) -> UnrecordedArticle:
    """Return an article that is not recorded as it is."""
    rows = [row for row in evidence_of(article).values() if row.incident is not None]
    return UnrecordedArticle(article, article_key(connection, article.article_id), rows)


def suggestions_for(
    connection: Connection, new: UnrecordedArticle, earlier: Iterable[UnrecordedArticle] = ()
) -> list[Suggestion]:
    """Return the suggestions that an article would bring which is not recorded as it is.

    They are those of its first pairs, in code order. What is not recorded either, but would be by then, is
    `earlier`, and goes with what is known.
    """
    by_pair = _first_pairs(new.rows)
    pairs, new = by_pair.keys(), new._replace(rows=[row for of_pair in by_pair.values() for row in of_pair])
    if not new.rows:
        return []
    days = _days_around(new.rows)
    others = [_between(each, pairs, days) for each in earlier if each.article.id != new.article.id]
    recorded = frozenset(each.key for each in (new, *others) if each.key is not None)
    question = _NOW._replace(left_out=Exclusions(articles=recorded))
    unknown = [row for each in (new, *others) for row in each.rows]
    claims = [*_claims_near(connection, pairs, days, question), *map(_claim, unknown)]
    incidents = incidents_of(claims, DEFAULT_MODEL, load_aliases(connection))
    own = own_reports([new], incidents)
    agreed = {claim.incident for claim in claims if claim.kind == "agreement"}
    is_agreed = is_in_incidents(connection, agreed, DEFAULT_MODEL.incident_rules)
    agreements = _agreements(connection, is_agreed) if agreed else {}
    for each in (*others, new):
        for id_, of_one in _agreements_of(each).items():
            agreements[id_] = of_one | agreements.get(id_, set())
    groups = near_duplicates(incidents.values(), agreements)
    groups = [group for group in groups if any(incident.id in own for incident in group.incidents)]
    reports = reports_by_incident(connection, (i.id for group in groups for i in group.incidents), question)
    told = own_reports([*others, new], incidents)
    return [
        Suggestion(group, {**reports, **{id_: [*reports.get(id_, ()), *told[id_]] for id_ in told}})
        for group in groups
    ]


def _first_pairs(rows: Iterable[Evidence]) -> dict[Pair, list[Evidence]]:
    """Return the rows of the first pairs that have any, in code order, as many as are looked at."""
    by_pair: defaultdict[Pair, list[Evidence]] = defaultdict(list)
    for row in rows:
        by_pair[pair_of(row.source, row.target)].append(row)
    pairs = sorted(by_pair)[:MOST_PAIRS]
    sums = accumulate(len(by_pair[pair]) for pair in pairs)
    count = max(sum(1 for _ in takewhile(lambda total: total <= MOST_ROWS, sums)), 1)
    return {pair: by_pair[pair] for pair in pairs[:count]}


def _between(article: UnrecordedArticle, pairs: Set[Pair], days: tuple[int, int]) -> UnrecordedArticle:
    """Return an article with what it reports between some pairs, from a day to another."""
    first, last = days
    near = (row for row in article.rows if _first(row) <= last and _last(row) >= first)
    return article._replace(rows=[row for row in near if pair_of(row.source, row.target) in pairs])


def _days_around(rows: Sequence[Evidence]) -> tuple[int, int]:
    """Return the first and the last day on which something may be one with what rows of evidence tell of."""
    return min(map(_first, rows)) - CLOSE - ALONE, max(map(_last, rows)) + CLOSE + ALONE


def _first(row: Evidence) -> int:
    return row.day if row.first_day is None else row.first_day


def _last(row: Evidence) -> int:
    return row.day if row.last_day is None else row.last_day


def _claims_near(
    connection: Connection, pairs: Collection[Pair], days: tuple[int, int], question: Question
) -> Iterable[Claim]:
    """Return what is known between some pairs from a day to another."""
    first, last = days
    overlaps = and_(evidence.c.first_day <= last, evidence.c.last_day >= first)
    near = or_(evidence.c.day.between(first, last), overlaps)
    conditions = (makes_incidents(question), near, is_between(connection, pairs))
    return map(Claim._make, fetch_all(connection, select(*CLAIM).where(*conditions)))


def _claim(row: Evidence) -> Claim:
    return Claim(*(getattr(row, name) for name in Claim._fields))


def own_reports(
    articles: Iterable[UnrecordedArticle], incidents: Mapping[str, Incident]
) -> dict[str, list[ArticleReport]]:
    """Return the reports of articles that are not recorded yet, by the incident that each is of."""
    found: defaultdict[str, list[ArticleReport]] = defaultdict(list)
    for article, _, rows in articles:
        for row, incident in with_incidents(rows, incidents):
            if not row.reciprocal or row.source < row.target:
                id_ = row.incident or "" if incident is None else incident.id
                found[id_].append(_report_of(article, row.number))
    return found


def with_incidents(
    rows: Iterable[Evidence], incidents: Mapping[str, Incident]
) -> Iterator[tuple[Evidence, Incident | None]]:
    """Yield rows of evidence, each with that of some incidents which it is of: its place may set it apart."""
    apart = {(each.beside, each.place): each for each in incidents.values() if each.beside is not None}
    for row in rows:
        yield row, apart.get((row.incident or "", row.place)) or incidents.get(row.incident or "")


def _report_of(article: Article, number: int) -> ArticleReport:
    """Return what an article that is not recorded yet reports under a number."""
    header = article.header
    about = (header.url, header.headline, header.publisher, header.published)
    return ArticleReport(article.article_id, *about, number, 0, article.reports[number])


def _agreements_of(new: UnrecordedArticle) -> dict[str, Set[str]]:
    """Return the ids of the agreements that an article's incidents are about."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in new.rows:
        report = new.article.reports[row.number]
        if isinstance(report, Agreement) and report.agreement is not None and row.incident is not None:
            found[row.incident].add(report.agreement)
    return dict(found)
