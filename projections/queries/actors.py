"""The actors as they are registered, and what was reported under which names."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import Connection, and_, exists, select

from domain.actors import ActorKind
from domain.reports import Report, directions
from domain.standards.text import comparable
from projections.pairs import Pair, pair_of
from projections.storage.tables import actors, evidence, reported_events

_REGIONS: Final = select(actors.c.code).where(actors.c.kind == ActorKind.REGION.value)


class ActorEntry(NamedTuple):
    """An actor as registered."""

    code: str
    kind: str
    name: str
    aliases: tuple[str, ...]


class RecordedUse(NamedTuple):
    """Reported events that stand and were recorded under some names: how many, by (name, code), of what."""

    events: int
    by_name: Counter[tuple[str, str]]
    articles: int
    pairs: int


def all_actors(connection: Connection) -> list[ActorEntry]:
    """Return all actors by code."""
    columns = [actors.c[name] for name in ActorEntry._fields]
    rows = connection.execute(select(*columns))
    found = (ActorEntry(row.code, row.kind, row.name, tuple(msgspec.json.decode(row.aliases))) for row in rows)
    return sorted(found)  # databases order by their locale


def actors_matching(
    connection: Connection, kind: str | None, text: str | None, after: str, *, regions: bool = False
) -> list[ActorEntry]:
    """Return the actors behind a code, by code: of a kind, with some text in a name or the code."""
    hidden = None if regions or kind == ActorKind.REGION else ActorKind.REGION
    shown = (a for a in all_actors(connection) if a.code > after and a.kind != hidden and kind in (None, a.kind))
    return [actor for actor in shown if text is None or _has(actor, comparable(text))]


def _has(actor: ActorEntry, text: str) -> bool:
    return any(text in comparable(name) for name in (actor.code, actor.name, *actor.aliases))


def region_codes(connection: Connection) -> frozenset[str]:
    """Return the codes of the actors that are regions, which lists leave out unless asked for."""
    return frozenset(connection.scalars(_REGIONS))


def recorded_use(connection: Connection, is_meant: Callable[[str], bool]) -> RecordedUse:
    """Return what stands of what was reported under names that are meant. Looks at all that is reported so."""
    events = 0
    by_name: Counter[tuple[str, str]] = Counter()
    articles: set[int] = set()
    pairs: set[Pair] = set()
    for article, content in _reports_with_names(connection):
        if named := [entry for entry in _NAMED.decode(content).named if is_meant(entry[0])]:
            events += 1
            by_name.update(named)
            articles.add(article)
            pairs.update(pair_of(source, target) for source, target, _ in directions(_REPORT.decode(content)))
    return RecordedUse(events, by_name, len(articles), len(pairs))


class _WrittenNames(msgspec.Struct):
    """The part of a report that says which names were written, and whose codes they became."""

    named: tuple[tuple[str, str], ...] = ()


_NAMED = msgspec.json.Decoder(_WrittenNames)
_REPORT: msgspec.json.Decoder[Report] = msgspec.json.Decoder(Report)


def _reports_with_names(connection: Connection) -> Iterator[tuple[int, str]]:
    """Yield (article, report as JSON) of the reported events that stand and name an actor not by its code."""
    stands = exists().where(
        and_(
            evidence.c.article == reported_events.c.article,
            evidence.c.number == reported_events.c.number,
            evidence.c.version == reported_events.c.version,
            evidence.c.known_to.is_(None),
        )
    )
    asked = select(reported_events.c.article, reported_events.c.content).where(
        reported_events.c.content.contains('"named":', autoescape=True), stands
    )
    for row in connection.execute(asked.execution_options(yield_per=1000)):
        yield row.article, row.content
