"""What an actor's clashes come to, with whomever: rows of `actor_clashes`, and what they are now."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Connection, select

from projections.scoring.clash_risk.clash_sums import ActorClashes, add_clashes
from projections.scoring.incidents import Incident
from projections.scoring.running_sums import ExactSum
from projections.storage.bulk_rows import Row, delete_rows, fetch_all, insert_rows, select_rows
from projections.storage.tables import CLASHES_IN_ORDER, actor_clashes, incidents, is_clash

ACTOR_CLASHES: Final = ("actor", "clashes", "day", "total")  #: the columns of a row of `actor_clashes`
_ACTOR: Final = ("actor",)


def load_actor_clashes(connection: Connection, actors: Collection[str]) -> dict[str, ActorClashes]:
    """Return the totals of those of some actors that have any, as they are stored."""
    rows = select_rows(connection, actor_clashes, ACTOR_CLASHES, _ACTOR, [(actor,) for actor in actors])
    return parse_actor_clashes(rows)


def parse_actor_clashes(rows: Iterable[Row]) -> dict[str, ActorClashes]:
    """Return the totals of rows of `actor_clashes`, by actor."""
    return {actor: ActorClashes(clashes, day, ExactSum.parse(total)) for actor, clashes, day, total in rows}


def actor_rows(totals: Mapping[str, ActorClashes]) -> list[Row]:
    """Return the rows of `actor_clashes`."""
    return [(actor, found.clashes, found.day, str(found.total)) for actor, found in totals.items()]


def update_actor_clashes(connection: Connection, gone: Collection[Incident], come: Iterable[Incident]) -> None:
    """Bring the totals up to date of the actors of incidents that are gone, and of such that have come.

    The incidents themselves have to be stored as they are now.
    """
    changes: dict[str, ActorClashes] = {}
    add_clashes(changes, come)
    add_clashes(changes, gone, times=-1)
    totals = load_actor_clashes(connection, changes)
    for actor, change in changes.items():
        totals.setdefault(actor, ActorClashes(0, change.day)).add_all(change)
    for actor in {actor for incident in gone for actor in (incident.a, incident.b)} & changes.keys():
        if totals[actor].clashes:
            totals[actor].day = _last_day(connection, actor)
    delete_rows(connection, actor_clashes, _ACTOR, [(actor,) for actor in changes])
    left = {actor: found for actor, found in totals.items() if found.clashes}
    insert_rows(connection, actor_clashes, ACTOR_CLASHES, actor_rows(left))


def fetch_clashes(
    connection: Connection,
    actors: Collection[str],
    columns: Sequence[Column[Any]],
    *conditions: ColumnElement[bool],
) -> list[Row]:
    """Return columns of the stored clashes of some actors with whomever that meet some conditions."""
    of_clashes = select(*columns).where(is_clash, *conditions)
    of_a = of_clashes.where(incidents.c.a.in_(actors)).order_by(*CLASHES_IN_ORDER)
    of_b = of_clashes.where(incidents.c.b.in_(actors), incidents.c.a.not_in(actors))
    return [*fetch_all(connection, of_a), *fetch_all(connection, of_b)]  # two indexes: of both at once, none


def _last_day(connection: Connection, actor: str) -> int:
    return max(int(day) for (day,) in fetch_clashes(connection, [actor], [incidents.c.day]))
