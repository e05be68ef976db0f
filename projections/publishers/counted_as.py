"""Which publishers count as which, in the tables: now, or as it was known at an instant."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from projections.publishers.alias_periods import AliasChange, AliasPeriod, families_after
from projections.storage.bulk_rows import delete_rows, insert_new_rows, insert_rows
from projections.storage.connection import Prepared
from projections.storage.tables import publisher_aliases, publisher_names


def load_aliases(connection: Connection, known_at: int | None = None) -> dict[str, str]:
    """Return the publisher that each alias counts as, both as they are compared, now or at an instant."""
    asked = select(publisher_aliases.c.publisher, publisher_aliases.c.counts_as).where(_stood(known_at))
    return dict(map(tuple, connection.execute(asked)))


def has_aliases(connection: Connection) -> bool:
    """Return whether any publisher counts as another now."""
    return bool(_ANY.row(connection)[0])


def write_aliases(connection: Connection, changes: Sequence[AliasChange]) -> list[frozenset[str]]:
    """Write what was declared of publishers; return the families in which that changed something."""
    if not changes:
        return []
    rows = connection.execute(select(*(publisher_aliases.c[name] for name in AliasPeriod._fields)))
    families = families_after([AliasPeriod._make(row) for row in rows], changes)
    members = [(publisher,) for family in families.publishers for publisher in sorted(family)]
    delete_rows(connection, publisher_aliases, ("publisher",), members)
    insert_rows(connection, publisher_aliases, AliasPeriod._fields, families.periods)
    _write_names(connection, changes)
    return families.publishers


def _write_names(connection: Connection, changes: Sequence[AliasChange]) -> None:
    first: dict[str, str] = {}
    for change in changes:
        first = {**change.written, **first}
    insert_new_rows(connection, publisher_names, _NAME, sorted(first.items()), _NAME[:1])


_NAME: Final = ("publisher", "name")


def counted_publisher(publisher: ColumnElement[Any], known_at: int | None = None) -> ColumnElement[Any]:
    """Return the publisher that one in a column counts as, now or at an instant, as an expression."""
    return func.coalesce(_counts_as(publisher_aliases.c.publisher == publisher, known_at), publisher)


def load_counted_names(connection: Connection) -> dict[str, str]:
    """Return how the publisher is written that each alias counts as now, by the alias as it is compared."""
    aliases, names = publisher_aliases, publisher_names
    joined = aliases.join(names, names.c.publisher == aliases.c.counts_as)
    asked = select(aliases.c.publisher, names.c.name).select_from(joined).where(_is_other(), _stood(None))
    return dict(map(tuple, connection.execute(asked)))


def name_counted_as(publisher: ColumnElement[Any], known_at: int | None = None) -> ColumnElement[Any]:
    """Return how the publisher is written that one in a column counts as, now or at an instant: null if itself."""
    aliases, names = publisher_aliases, publisher_names
    joined = aliases.join(names, names.c.publisher == aliases.c.counts_as)
    asked = select(names.c.name).select_from(joined)
    asked = asked.where(aliases.c.publisher == publisher, _is_other(), _stood(known_at))
    return asked.correlate_except(aliases, names).scalar_subquery()


def is_not_of(
    publisher: ColumnElement[Any], left_out: list[str], known_at: int | None = None
) -> ColumnElement[bool]:
    """Return the condition that a publisher in a column counts as none of some, whatever these count as."""
    counted = counted_publisher(publisher, known_at)
    theirs = select(publisher_aliases.c.counts_as).where(
        publisher_aliases.c.publisher.in_(left_out), _stood(known_at)
    )
    return and_(counted.not_in(left_out), counted.not_in(theirs.correlate(None)))


def _counts_as(which: ColumnElement[bool], known_at: int | None) -> Any:
    asked = select(publisher_aliases.c.counts_as).where(which, _stood(known_at))
    return asked.correlate_except(publisher_aliases).scalar_subquery()


def _is_other() -> ColumnElement[bool]:
    return publisher_aliases.c.counts_as != publisher_aliases.c.publisher


def _stood(known_at: int | None) -> ColumnElement[bool]:
    table = publisher_aliases.c
    if known_at is None:
        return table.known_to.is_(None)
    return and_(table.known_from <= known_at, or_(table.known_to.is_(None), table.known_to > known_at))


#: Whether any publisher counts as another now.
ANY_ALIAS: Final = exists(select(publisher_aliases.c.publisher).where(_stood(None)))
_ANY: Final = Prepared(select(ANY_ALIAS))
