"""From a folded page to rows: evidence first, then the incidents it touches, then the sums of their pairs."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, Delete, Table, Update, bindparam, delete, func, select, update

from projections.evidence.agreements import Development
from projections.evidence.evidence import Evidence
from projections.folding.article_changes import ArticleChange
from projections.folding.erasure.redacted_rows import redact_rows
from projections.folding.fold_page import ActorChange, Page
from projections.folding.states.stale_pairs import EVER, TieTurn, mark_states_stale
from projections.folding.writing.fact_rows import (
    ACTOR,
    ARTICLE,
    DEVELOPMENT_KEY,
    EVIDENCE_KEY,
    HEADER,
    STATED,
    actor_row,
    article_row,
    former_header_rows,
    stated_rows,
    take_developments,
    take_evidence,
)
from projections.folding.writing.new_articles import NewArticles, write_new_articles
from projections.folding.writing.versions import PERIOD, Versions
from projections.folding.writing.write_parties import write_parties
from projections.pairs import Pair
from projections.publishers.actor_clashes import update_actor_clashes
from projections.publishers.counted_as import load_aliases, write_aliases
from projections.publishers.daily_levels import first_days, write_daily_levels
from projections.publishers.pair_totals import (
    PUBLISHER,
    RELATION,
    PairPublisher,
    PairTotals,
    add_incidents,
    publisher_rows,
)
from projections.publishers.stale_weights import mark_stale
from projections.queries.load_pairs import load_claims
from projections.scoring.incidents import NO_ALIASES, Claim, Incident, incidents_of
from projections.scoring.models import DEFAULT_MODEL
from projections.storage.bulk_rows import (
    Row,
    add_to_rows,
    delete_rows,
    insert_rows,
    select_rows,
)
from projections.storage.columns.note_changes import note_changes
from projections.storage.tables import (
    actors,
    agreement_developments,
    articles,
    evidence,
    former_headers,
    incidents,
    pair_publishers,
    relations,
    reported_events,
)

_PAIR: Final = ("a", "b")
_CLAIMED: Final = itemgetter(*[Evidence._fields.index(name) for name in Claim._fields])
_BEFORE_STATE: Final = 4  # columns of an article that stay as they are


def write_page(connection: Connection, page: Page, new: NewArticles) -> Collection[Pair]:
    """Write what a page changes, its `new` articles apart; return the pairs whose incidents changed.

    Has to run in the transaction that moves the position.
    """
    write_new_articles(connection, new)
    families, unplaced = write_facts(connection, page)
    steps = [step for change in page.articles for step in change.steps]
    ended = [row for step in steps for row in step.ended]
    begun = [row for step in steps for row in step.begun]
    claims_ended, claims_begun = _claims(ended), _claims(begun) + new.claims()
    changed = _write_incidents(connection, claims_ended, claims_begun, unplaced)
    _write_publishers(connection, claims_ended, claims_begun)
    if families:
        changed |= dict.fromkeys(mark_stale(connection, families), EVER)
    turns = [TieTurn(row.source, row.target, row.day) for row in (*ended, *begun) if row.kind == "alignment"]
    mark_states_stale(connection, changed, turns + new.turned())
    return changed


def write_facts(connection: Connection, page: Page) -> tuple[list[frozenset[str]], set[str]]:
    """Write what a page says, and not what that means: articles, reported events, evidence, actors, aliases.

    Return the families of publishers whose aliases changed, and the incidents of reports that lost their places.
    """
    _write_actors(connection, page.actors)
    families = write_aliases(connection, page.aliases)
    changes = _by_key(connection, page.articles)
    _write_articles(connection, changes)
    _write_former_headers(connection, changes)
    _write_stated(connection, changes)
    _write_evidence(connection, changes)
    _write_developments(connection, changes)
    unplaced = {id_ for key, change in changes.items() for id_ in redact_rows(connection, key, change.redactions)}
    return families, unplaced


def _by_key(connection: Connection, changes: Sequence[ArticleChange]) -> dict[int, ArticleChange]:
    """Return the changes by the key of their article: the position at which it was posted."""
    old = [(change.aggregate,) for change in changes if change.posted_at is None]
    keys = dict(map(tuple, select_rows(connection, articles, ("aggregate", "article"), ("aggregate",), old)))
    return {keys[change.aggregate] if change.posted_at is None else change.posted_at: change for change in changes}


def _write_actors(connection: Connection, changes: Sequence[ActorChange]) -> None:
    for change in changes:
        if change.kind is not None:
            insert_rows(connection, actors, ACTOR, [actor_row(change, None)])
        else:
            mine = actors.c.code == change.code
            before = tuple(connection.execute(select(*(actors.c[name] for name in ACTOR)).where(mine)).one())
            values = dict(zip(ACTOR, actor_row(change, before), strict=True))
            connection.execute(update(actors).where(mine).values(values))


def _write_articles(connection: Connection, changes: Mapping[int, ArticleChange]) -> None:
    new: list[Row] = []
    old: list[dict[str, Any]] = []
    for key, change in changes.items():
        row = article_row(key, change)
        if change.posted_at is None:
            old.append({"key": key, **dict(zip(ARTICLE[_BEFORE_STATE:], row[_BEFORE_STATE:], strict=True))})
        else:
            new.append(row)
    insert_rows(connection, articles, ARTICLE, new)
    if old:
        connection.execute(update(articles).where(articles.c.article == bindparam("key")), old)


def _write_former_headers(connection: Connection, changes: Mapping[int, ArticleChange]) -> None:
    revised = {key: change for key, change in changes.items() if any(step.header_ended for step in change.steps)}
    stored = select_rows(
        connection, former_headers, ("article", "known_to"), ("article",), [(k,) for k in revised]
    )
    since = {key: change.recorded for key, change in revised.items()}
    for key, known_to in stored:
        since[key] = max(since[key], known_to)
    rows = [row for key, change in revised.items() for row in former_header_rows(key, change, since[key])]
    insert_rows(connection, former_headers, (*PERIOD, *HEADER), rows)


def _write_stated(connection: Connection, changes: Mapping[int, ArticleChange]) -> None:
    rows = [row for key, change in changes.items() for row in stated_rows(key, change)]
    insert_rows(connection, reported_events, STATED, rows)


def _write_evidence(connection: Connection, changes: Mapping[int, ArticleChange]) -> None:
    stored = _StoredVersions(connection, evidence, Evidence._fields, EVIDENCE_KEY)
    versions = Versions(Evidence._fields, EVIDENCE_KEY, stored)
    for key, change in changes.items():
        take_evidence(versions, key, change)
    insert_rows(connection, evidence, (*PERIOD, *Evidence._fields), versions.rows())


def _write_developments(connection: Connection, changes: Mapping[int, ArticleChange]) -> None:
    stored = _StoredVersions(connection, agreement_developments, Development._fields, DEVELOPMENT_KEY)
    versions = Versions(Development._fields, DEVELOPMENT_KEY, stored)
    for key, change in changes.items():
        take_developments(versions, key, change)
    insert_rows(connection, agreement_developments, (*PERIOD, *Development._fields), versions.rows())
    write_parties(connection, [step for change in changes.values() for step in change.steps])


class _StoredVersions:
    """The rows that are in a table already."""

    def __init__(
        self, connection: Connection, table: Table, columns: tuple[str, ...], key: tuple[str, ...]
    ) -> None:
        self._connection = connection
        self._table = table
        self._columns = columns
        self._key = ("article", *key)

    def revive(self, key: Row, row: Row, recorded: int) -> bool:
        """Let a row stand on that ended in this instant; return whether there was one."""
        names = (*self._key, *self._columns)
        revival = _revival(self._table, names)
        return self._connection.execute(revival, _given(names, (*key, *row), recorded)).rowcount > 0

    def end(self, key: Row, recorded: int) -> None:
        """Let a row stand no more; one that begins in this instant goes."""
        for each in _endings(self._table, self._key):
            self._connection.execute(each, _given(self._key, key, recorded))


# Each is put together once: to do so for each row takes longer, and leaves behind what the collector has to find.


@cache
def _revival(table: Table, names: tuple[str, ...]) -> Update:
    alike = [table.c[name].is_not_distinct_from(bindparam(f"its_{name}")) for name in dict.fromkeys(names)]
    return update(table).where(table.c.known_to == bindparam("instant"), *alike).values(known_to=None)


@cache
def _endings(table: Table, key: tuple[str, ...]) -> tuple[Delete, Update]:
    mine = [table.c.known_to.is_(None), *(table.c[name] == bindparam(f"its_{name}") for name in key)]
    instant: BindParameter[int] = bindparam("instant")
    return (
        delete(table).where(*mine, table.c.known_from == instant),
        update(table).where(*mine).values(known_to=instant),
    )


def _given(names: Sequence[str], values: Row, instant: int) -> dict[str, Any]:
    return {"instant": instant} | {f"its_{name}": value for name, value in zip(names, values, strict=True)}


def _write_incidents(
    connection: Connection, ended: Sequence[Claim], begun: Sequence[Claim], unplaced: Collection[str]
) -> dict[Pair, int]:
    """Make the incidents anew of claims that ended or began, and bring their pairs' sums up to date.

    So are those that are `unplaced`: places were taken out of what reports them. Return these pairs, each with the
    first day of an incident that changed.
    """
    touched = {claim.incident for claim in ended}.union(unplaced)
    old = _stored(connection, touched.union([claim.incident for claim in begun]))
    known = touched.union(old)
    claims = (claim for claim in begun if claim.incident not in known)  # all there is of what begins here
    rows = select_rows(
        connection, evidence, (*Claim._fields, "known_to"), ("incident",), [(id_,) for id_ in known]
    )
    standing = (Claim._make(row[:-1]) for row in rows if row[-1] is None)
    aliases = load_aliases(connection) if begun or known else NO_ALIASES
    new = incidents_of((*claims, *standing), DEFAULT_MODEL, aliases)
    gone = [incident for id_, incident in old.items() if new.get(id_) != incident]
    come = [incident for id_, incident in new.items() if old.get(id_) != incident]
    delete_rows(connection, incidents, ("id",), [(incident.id,) for incident in gone])
    insert_rows(connection, incidents, Incident._fields, sorted(come))  # as they are in indexes, which takes less
    update_actor_clashes(connection, gone, come)
    note_changes(connection, gone, come)
    since = first_days((*gone, *come))
    write_daily_levels(connection, since, come)
    _write_sums(connection, gone, come)
    return since


def _stored(connection: Connection, ids: Iterable[str]) -> dict[str, Incident]:
    """Return the incidents of some ids, and those that places set apart from them."""
    found = select_rows(connection, incidents, Incident._fields, ("id",), [(id_,) for id_ in ids])
    stored = {row[0]: _incident(row) for row in found}
    beside = select_rows(connection, incidents, Incident._fields, ("beside",), [(id_,) for id_ in stored])
    return stored | {row[0]: _incident(row) for row in beside}


def _claims(rows: Iterable[Evidence]) -> list[Claim]:
    """Return what rows of evidence claim of incidents."""
    return [Claim._make(_CLAIMED(row)) for row in rows if row.incident is not None]


def _incident(row: Row) -> Incident:
    """Return a stored incident as the fold makes it: SQLite knows no booleans."""
    incident = Incident._make(row)
    return incident._replace(material=bool(incident.material))


def _write_sums(connection: Connection, gone: list[Incident], come: list[Incident]) -> None:
    pairs = {(incident.a, incident.b) for incident in (*gone, *come)}
    rows = select_rows(connection, relations, RELATION, _PAIR, pairs)
    totals = {(row[0], row[1]): PairTotals.parse(row) for row in rows}
    old = set(totals)
    add_incidents(totals, gone, times=-1)
    add_incidents(totals, come)
    for pair in {(incident.a, incident.b) for incident in gone}:
        if (total := totals[pair]).incidents:
            total.first_day, total.day = _first_and_last_day(connection, pair)
    delete_rows(connection, relations, _PAIR, old)
    stored = [total.row(pair) for pair, total in totals.items() if total.incidents]
    insert_rows(connection, relations, RELATION, stored)


def _first_and_last_day(connection: Connection, pair: Pair) -> tuple[int, int]:
    mine = (incidents.c.a == pair[0]) & (incidents.c.b == pair[1])
    first = select(func.min(incidents.c.day)).where(mine).scalar_subquery()
    last = select(func.max(incidents.c.day)).where(mine).scalar_subquery()
    row = connection.execute(select(first, last)).one()
    return row[0], row[1]


def _write_publishers(connection: Connection, ended: Iterable[Claim], begun: Iterable[Claim]) -> None:
    gone = {row[:3]: row[3:] for row in publisher_rows(ended)}
    come = {row[:3]: row[3:] for row in publisher_rows(begun)}
    changed: list[Row] = []
    for key in sorted(gone.keys() | come.keys()):
        less, first = gone.get(key, (0, None))
        more, first = come.get(key, (0, first))
        changed.append((*key, more - less, first))
    add_to_rows(connection, pair_publishers, PUBLISHER, changed, amount="evidence", least="first_day")
    if gone:
        _find_first_days(connection, {key: first for key, (_, first) in gone.items()})


def _find_first_days(connection: Connection, ended: Mapping[PairPublisher, int]) -> None:
    """Make the rows anew of publishers whose first evidence may be what has ended; `ended` has its first day.

    Those of whom no evidence is left are gone: looked up by their keys, as the table grows with the log.
    """
    key = PUBLISHER[:3]
    stored = select_rows(connection, pair_publishers, PUBLISHER, key, ended)
    gone = {(a, b, publisher) for a, b, publisher, evidence, _ in stored if not evidence}
    first = {(a, b, publisher) for a, b, publisher, _, day in stored if day >= ended[a, b, publisher]}
    wanted = first - gone
    made = publisher_rows(load_claims(connection, {(a, b) for a, b, _ in wanted})) if wanted else ()
    delete_rows(connection, pair_publishers, key, gone | wanted)
    insert_rows(connection, pair_publishers, PUBLISHER, [row for row in made if row[:3] in wanted])
