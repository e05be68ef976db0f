"""From a folded page to rows: evidence first, then the incidents it touches, then the sums of their pairs."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, bindparam, delete, func, select, text, tuple_, update

from domain.actor import ActorNameAdded, ActorRegistered
from projections.frame import Pair, pair_of
from projections.incidents import Claim, Incident, incidents_of
from projections.loading import CLAIM, INCIDENT
from projections.model import DEFAULT_MODEL
from projections.page import ArticleChange, Page, Step, to_micros
from projections.running_sums import RunningSums
from projections.tables import (
    LEVELS,
    actors,
    agreement_developments,
    articles,
    evidence,
    incidents,
    pair_publishers,
    relations,
    reported_events,
)

_CHUNK = 400  # values in one IN list


def write_page(connection: Connection, page: Page) -> None:
    """Write what a page changes. Has to run in the transaction that moves the position."""
    _write_actors(connection, page.actors)
    changes = _by_key(connection, page.articles.values())
    _write_articles(connection, changes)
    _write_stated(connection, changes)
    _write_evidence(connection, changes)
    _write_developments(connection, changes)
    steps = [step for change in changes.values() for step in change.steps]
    touched = [row for step in steps for row in (*step.ended, *step.begun)]
    changed = _write_incidents(connection, {row.incident for row in touched if row.incident is not None})
    _write_publishers(connection, steps)
    _mark_stale(connection, changed, {(row.source, row.target) for row in touched if row.kind == "alignment"})


def _by_key(connection: Connection, changes: Iterable[ArticleChange]) -> dict[int, ArticleChange]:
    """Return the changes by the key of their article: the position at which it was posted."""
    by_aggregate = {change.article.id.hex: change for change in changes}
    old = [aggregate for aggregate, change in by_aggregate.items() if change.posted_at is None]
    keys = dict(_select_in(connection, (articles.c.aggregate, articles.c.article), articles.c.aggregate, old))
    return {
        keys[aggregate] if change.posted_at is None else change.posted_at: change
        for aggregate, change in by_aggregate.items()
    }


def _write_actors(connection: Connection, events: Sequence[ActorRegistered | ActorNameAdded]) -> None:
    for event in events:
        if isinstance(event, ActorRegistered):
            row = {
                "code": event.code,
                "kind": event.kind.value,
                "name": event.name,
                "aliases": _json(event.aliases),
                "recorded": to_micros(event.timestamp),
            }
            _insert(connection, actors, [row])
        else:
            mine = actors.c.code == event.code
            aliases = msgspec.json.decode(connection.execute(select(actors.c.aliases).where(mine)).scalar_one())
            connection.execute(update(actors).where(mine).values(aliases=_json([*aliases, event.name])))


def _write_articles(connection: Connection, changes: Mapping[int, ArticleChange]) -> None:
    new, old = [], []
    for key, change in changes.items():
        article = change.article
        row = {
            **{name: getattr(article.header, name) for name in article.header.__struct_fields__},
            "retracted": article.retracted,
            "version": article.version,
            "changed": to_micros(article.modified_on),
        }
        if change.posted_at is None:
            old.append({"key": key, **row})
        else:
            row |= {"article_id": article.article_id, "recorded": to_micros(article.created_on)}
            new.append({"article": key, "aggregate": article.id.hex, **row})
    _insert(connection, articles, new)
    if old:
        connection.execute(update(articles).where(articles.c.article == bindparam("key")), old)


def _write_stated(connection: Connection, changes: Mapping[int, ArticleChange]) -> None:
    rows = [
        {
            "article": key,
            "number": stated.number,
            "version": stated.version,
            "position": stated.position,
            "recorded": stated.recorded,
            "content": _json(stated.report),
        }
        for key, change in changes.items()
        for stated in change.stated
    ]
    _insert(connection, reported_events, rows)


def _write_evidence(connection: Connection, changes: Mapping[int, ArticleChange]) -> None:
    versions = _Versions(evidence, ("number", "source", "target"))
    for key, change in changes.items():
        for step in change.steps:
            for row in step.ended:
                versions.end(connection, key, row._asdict(), step.recorded)
            for row in step.begun:
                versions.begin(key, row._asdict(), step.recorded)
    versions.flush(connection)


def _write_developments(connection: Connection, changes: Mapping[int, ArticleChange]) -> None:
    versions = _Versions(agreement_developments, ("number",))
    for key, change in changes.items():
        for step in change.steps:
            for row in step.developments_ended:
                versions.end(connection, key, row._asdict(), step.recorded)
            for row in step.developments_begun:
                versions.begin(key, {**row._asdict(), "parties": _json(row.parties)}, step.recorded)
    versions.flush(connection)


class _Versions:
    """Rows that are superseded, never overwritten. What begins and ends in one instant never stood at all."""

    def __init__(self, table: Table, key: tuple[str, ...]) -> None:
        self._table = table
        self._key = key
        self._standing: dict[tuple[Any, ...], dict[str, Any]] = {}
        self._superseded: list[dict[str, Any]] = []

    def begin(self, article: int, values: dict[str, Any], recorded: int) -> None:
        row = {"article": article, "known_from": recorded, "known_to": None, **values}
        self._standing[self._key_of(article, values)] = row

    def end(self, connection: Connection, article: int, values: dict[str, Any], recorded: int) -> None:
        key = self._key_of(article, values)
        row = self._standing.pop(key, None)
        if row is None:
            self._end_stored(connection, key, recorded)
        else:
            self._superseded.append({**row, "known_to": recorded})

    def flush(self, connection: Connection) -> None:
        _insert(connection, self._table, [*self._superseded, *self._standing.values()])

    def _key_of(self, article: int, values: dict[str, Any]) -> tuple[Any, ...]:
        return (article, *[values[name] for name in self._key])

    def _end_stored(self, connection: Connection, key: tuple[Any, ...], recorded: int) -> None:
        columns = self._table.c
        mine = columns.known_to.is_(None)
        for name, value in zip(("article", *self._key), key, strict=True):
            mine &= columns[name] == value
        connection.execute(delete(self._table).where(mine & (columns.known_from == recorded)))
        connection.execute(update(self._table).where(mine).values(known_to=recorded))


def _write_incidents(connection: Connection, ids: set[str]) -> set[Pair]:
    """Make these incidents anew from the evidence that stands, and bring their pairs' sums up to date."""
    old = {row.id: Incident(*row) for row in _select_in(connection, INCIDENT, incidents.c.id, ids)}
    standing = evidence.c.known_to.is_(None)
    rows = _select_in(connection, CLAIM, evidence.c.incident, ids, standing)
    new = incidents_of((Claim(*row) for row in rows), DEFAULT_MODEL)
    gone = [incident for id_, incident in old.items() if new.get(id_) != incident]
    come = [incident for id_, incident in new.items() if old.get(id_) != incident]
    if gone:
        connection.execute(
            delete(incidents).where(incidents.c.id == bindparam("key")), [{"key": i.id} for i in gone]
        )
    _insert(connection, incidents, [incident._asdict() for incident in come])
    pairs = {(incident.a, incident.b) for incident in (*gone, *come)}
    _write_sums(connection, pairs, gone, come)
    return pairs


def _write_sums(connection: Connection, pairs: set[Pair], gone: list[Incident], come: list[Incident]) -> None:
    columns = [relations.c[name] for name in ("a", "b", "incidents", "first_day", "day", "sums")]
    rows = {
        (row.a, row.b): row for row in _select_in(connection, columns, tuple_(relations.c.a, relations.c.b), pairs)
    }
    sums = {pair: RunningSums.parse(rows[pair].sums) if pair in rows else RunningSums() for pair in pairs}
    counts = Counter({pair: row.incidents for pair, row in rows.items()})
    days: dict[Pair, list[int]] = {pair: [row.first_day, row.day] for pair, row in rows.items()}
    for times, changed in ((-1, gone), (1, come)):
        for incident in changed:
            pair = (incident.a, incident.b)
            counts[pair] += times
            sums[pair].add(
                incident.weight,
                incident.day,
                material=incident.material,
                direction=incident.direction,
                model=DEFAULT_MODEL,
                times=times,
            )
            days.setdefault(pair, []).append(incident.day)
    for pair in {(incident.a, incident.b) for incident in gone if counts[incident.a, incident.b]}:
        days[pair] = _first_and_last_day(connection, pair)
    stored = [_relation(pair, counts[pair], days[pair], sums[pair]) for pair in pairs if counts[pair]]
    keys = [{"key_a": a, "key_b": b} for a, b in pairs if (a, b) in rows]
    if keys:
        mine = (relations.c.a == bindparam("key_a")) & (relations.c.b == bindparam("key_b"))
        connection.execute(delete(relations).where(mine), keys)
    _insert(connection, relations, stored)


def _first_and_last_day(connection: Connection, pair: Pair) -> list[int]:
    mine = (incidents.c.a == pair[0]) & (incidents.c.b == pair[1])
    first = select(func.min(incidents.c.day)).where(mine).scalar_subquery()
    last = select(func.max(incidents.c.day)).where(mine).scalar_subquery()
    return list(connection.execute(select(first, last)).one())


def _relation(pair: Pair, count: int, days: list[int], sums: RunningSums) -> dict[str, Any]:
    day = max(days)
    return {
        "a": pair[0],
        "b": pair[1],
        "incidents": count,
        "first_day": min(days),
        "day": day,
        "sums": str(sums),
        **dict(zip(LEVELS, sums.levels(day, DEFAULT_MODEL), strict=True)),
    }


def _write_publishers(connection: Connection, steps: Iterable[Step]) -> None:
    counts: Counter[tuple[str, str, str]] = Counter()
    for step in steps:
        for times, rows in ((-1, step.ended), (1, step.begun)):
            for row in rows:
                if row.incident is not None:
                    counts[(*pair_of(row.source, row.target), row.publisher)] += times
    changed: list[dict[str, Any]] = [
        {"a": a, "b": b, "publisher": publisher, "evidence": count}
        for (a, b, publisher), count in counts.items()
        if count
    ]
    if changed:
        connection.execute(_COUNT_PUBLISHER, changed)
    if any(row["evidence"] < 0 for row in changed):
        connection.execute(delete(pair_publishers).where(pair_publishers.c.evidence == 0))


_COUNT_PUBLISHER = text(
    "INSERT INTO pair_publishers (a, b, publisher, evidence) VALUES (:a, :b, :publisher, :evidence)"
    " ON CONFLICT (a, b, publisher) DO UPDATE SET evidence = pair_publishers.evidence + excluded.evidence"
)
_MARK_STALE = text("INSERT INTO stale_states (a, b) VALUES (:a, :b) ON CONFLICT (a, b) DO NOTHING")


def _mark_stale(connection: Connection, changed: set[Pair], alignments: set[Pair]) -> None:
    """Mark the pairs whose runs of states may be others now: their own incidents changed, or a client's."""
    ties = select(evidence.c.source, evidence.c.target).where(evidence.c.kind == "alignment").distinct()
    opponents: dict[str, set[str]] = defaultdict(set)
    for a, b in changed:
        opponents[a].add(b)
        opponents[b].add(a)
    stale = set(changed)
    for patron, client in connection.execute(ties):
        stale |= {pair_of(patron, other) for other in opponents[client] - {patron}}
    for patron, client in alignments:
        involved = (relations.c.a == client) | (relations.c.b == client)
        for a, b in connection.execute(select(relations.c.a, relations.c.b).where(involved)):
            other = b if client == a else a
            if other != patron:
                stale.add(pair_of(patron, other))
    if stale:
        connection.execute(_MARK_STALE, [{"a": a, "b": b} for a, b in stale])


def _select_in(
    connection: Connection, columns: Sequence[Any], key: Any, values: Iterable[Any], *conditions: Any
) -> Iterator[Any]:
    ordered = sorted(values)
    for start in range(0, len(ordered), _CHUNK):
        chunk = ordered[start : start + _CHUNK]
        yield from connection.execute(select(*columns).where(key.in_(chunk), *conditions))


def _insert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that all have the same columns, by the driver itself: a page holds thousands."""
    if rows:
        columns = list(rows[0])
        mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
        names = ", ".join(connection.dialect.identifier_preparer.quote(column) for column in columns)
        statement = f"INSERT INTO {table.name} ({names}) VALUES ({', '.join([mark] * len(columns))})"  # noqa: S608
        connection.exec_driver_sql(statement, [tuple(row.values()) for row in rows])


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
