"""Agreements on a day, with the developments that articles report."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from itertools import combinations
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    and_,
    bindparam,
    intersect,
    literal,
    select,
)

from projections.evidence.agreements import (
    AgreementEntry,
    ClashIncident,
    Development,
    Status,
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
from projections.storage.bulk_rows import fetch_all, is_one_of, select_rows
from projections.storage.connection import Prepared
from projections.storage.tables import (
    PARTY,
    agreement_developments,
    agreement_parties,
    is_ceasefire,
    reported_events,
)

Developments = dict[str, tuple["ReportedDevelopment", ...]]  #: of agreements, each's in the order of its days


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
    found = {
        entry: reported
        for reported in load_developments(connection, question, chosen).values()
        if (entry := entry_on(question.day, [each.development for each in reported]))
    }
    violable = [entry for entry in found if entry.is_violable]
    clashes = load_clashes_among(connection, {entry: entry.affirmations[-1] for entry in violable}, question)
    since = {entry: clashes_since(entry, clashes.get(entry, ())) for entry in found}
    kept = {entry: entry.affirmations[0] for entry in violable if entry.affirmations[1:] and not since[entry]}
    before = load_clashes_among(connection, kept, question)  # of what was affirmed after it was violated
    return [
        AgreementHistory(with_clashes(entry, since[entry] or before.get(entry, ())), developments, since[entry])
        for entry, developments in found.items()
    ]


def agreements_with(
    connection: Connection, question: Question, parties: Set[str], status: Status | None
) -> list[AgreementHistory]:
    """Return those of `agreements_on` to which all of some actors are party, and that stand in a way."""
    chosen = load_naming(connection, parties) if parties else None
    return [
        found
        for found in agreements_on(connection, question, chosen)
        if parties <= set(found.entry.parties) and status in (None, found.entry.status)
    ]


def load_developments(
    connection: Connection, question: Question, chosen: Sequence[str] | None = None
) -> Developments:
    """Return the developments until the day of a question of all agreements or the `chosen` ones, by their ids."""
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
    in_order = sorted(by_agreement.items())  # which databases order by their locale
    return {agreement: tuple(of_one) for agreement, of_one in in_order}


def load_clashes_among(
    connection: Connection, after: Mapping[AgreementEntry, int], question: Question
) -> dict[AgreementEntry, list[ClashIncident]]:
    """Return the clashes between two parties of each of some agreements after its day, and maybe some before."""
    since: dict[Pair, int] = {}
    for entry, day in after.items():
        for pair in combinations(entry.parties, 2):
            since[pair] = min(day, since.get(pair, day))
    clashes = load_clashes(connection, since, question)
    return {
        entry: [clash for pair in combinations(entry.parties, 2) for clash in clashes.get(pair, ())]
        for entry in after
    }


def agreements_between(connection: Connection, pair: Pair, question: Question) -> list[AgreementHistory]:
    """Return the agreements to which two actors are parties."""
    naming_both = agreements_naming(connection, pair)
    if not naming_both:  # as for most pairs
        return []
    agreed = agreements_on(connection, question, naming_both)
    return [found for found in agreed if set(pair) <= set(found.entry.parties)]


def _naming_all(parties: Iterable[ColumnElement[str]]) -> CompoundSelect[Any]:
    """Return the query for agreements of which some development, standing or not, names each of some actors.

    They are in order, as the index has them: SQLite goes through those of all at once, and looks none of them up.
    """
    column = agreement_parties.c.agreement
    return intersect(*(select(column).where(agreement_parties.c.party == each) for each in parties)).order_by(
        column
    )


_NAMING_BOTH: Final = Prepared(_naming_all((bindparam("a"), bindparam("b"))))


def agreements_naming(connection: Connection, pair: Pair) -> list[str]:
    """Return the agreements of which some development, standing or not, names both of a pair."""
    a, b = pair
    return [agreement for (agreement,) in _NAMING_BOTH.rows(connection, a=a, b=b)]


def load_naming(connection: Connection, parties: Set[str]) -> list[str]:
    """Return the agreements of which some development, standing or not, names each of some actors."""
    return [agreement for (agreement,) in fetch_all(connection, _naming_all(map(literal, sorted(parties))))]


def load_ceasefires_naming(connection: Connection, pairs: Collection[Pair]) -> list[str]:
    """Return the agreements that some development has for a ceasefire, and that name both of one of some pairs."""
    told = agreement_developments.c.agreement
    naming = sorted(_naming_both_of(connection, pairs))
    if not naming:
        return []
    asked = select(told).where(is_ceasefire, is_one_of(connection, [told], [(each,) for each in naming]))
    return sorted({agreement for (agreement,) in fetch_all(connection, asked)})


def _naming_both_of(connection: Connection, pairs: Collection[Pair]) -> set[str]:
    """Return the agreements of which some development, standing or not, names both of one of some pairs."""
    actors = [(actor,) for actor in sorted({actor for pair in pairs for actor in pair})]
    of_actors: defaultdict[str, set[str]] = defaultdict(set)
    for party, agreement in select_rows(connection, agreement_parties, PARTY, PARTY[:1], actors):
        of_actors[party].add(agreement)
    nothing: frozenset[str] = frozenset()
    return {each for a, b in pairs for each in of_actors.get(a, nothing) & of_actors.get(b, nothing)}
