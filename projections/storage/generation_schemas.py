"""Whose a generation's schema on PostgreSQL is. The schemas are the database's, so it may hold one log alone.

A schema is ours where its comment says so, which it is given when it is made. Earlier versions gave none: such a
schema is ours if our catalogue has used its number. All else is left alone.
"""

import logging
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, select, text

from projections.storage.tables import generations, progress
from projections.storage.views.postgresql_views import SCHEMA

_log = logging.getLogger(__name__)

_ONE_LOG: Final = "one database holds one log"


class ForeignTables(Exception):
    """The database holds projections that are not known to be of this log: using it might lose them."""


def schema_name(number: int) -> str:
    """Return the name of a generation's schema."""
    return f"detente_projections_{number}"


def describe_owner(connection: Connection) -> str:
    """Return the comment of this log's schemas. The connection is to the catalogue, as all of this module."""
    return f"Projections of the log of Détente in the schema {connection.execute(_OWN_SCHEMA).scalar_one()}"


def find_own_numbers(connection: Connection) -> set[int]:
    """Return the generations of which there is a schema of ours."""
    return _split(connection)[0]


def refuse_foreign_tables(connection: Connection) -> None:
    """Raise `ForeignTables` if the database holds another log's catalogue, or generations that are not ours."""
    if (other := connection.execute(_OTHER_CATALOGUE, {"name": generations.name}).scalar()) is not None:
        raise ForeignTables(
            f"the schema {other} holds the projections of another log, and {_ONE_LOG}: move one of them to another"
            " database, by a backup that is restored there, and drop its schemas here"
        )
    if others := _split(connection)[1]:
        names = ", ".join(schema_name(number) for number in sorted(others))
        raise ForeignTables(
            f"the database has {names}, which this log has not made, and {_ONE_LOG}: name another database, or"
            " drop them if they are nobody's"
        )


def has_progress(connection: Connection, number: int) -> bool:
    """Return whether there are tables of a generation."""
    name = f"{schema_name(number)}.{progress.name}" if number else progress.name
    found = connection.execute(text("SELECT to_regclass(:name) IS NOT NULL"), {"name": name})
    return bool(found.scalar_one())


def drop_unread(connection: Connection, number: int, former: Sequence[str]) -> None:
    """Drop the tables of a generation, with a lock that everybody waits for who begins to read them.

    Those that our views show stay: the views, and what others made of these, would go with them. `former` are the
    tables of generation 0.
    """
    prefix = f"{schema_name(number)}." if number else ""
    if connection.execute(_SHOWN, {"schema": schema_name(number)}).scalar_one():
        _log.warning("generation %s of the tables stays for now: the views show it", number)
        return
    if has_progress(connection, number):
        connection.exec_driver_sql(f"LOCK TABLE {prefix}{progress.name} IN ACCESS EXCLUSIVE MODE")
    if number:
        connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {schema_name(number)} CASCADE")
    else:
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {', '.join(former)}")


def _split(connection: Connection) -> tuple[set[int], set[int]]:
    """Return the generations of which there is a schema: ours, and the others."""
    has_catalogue = connection.execute(_HAS_CATALOGUE, {"name": generations.name}).scalar_one()
    newest = connection.execute(select(generations.c.newest)).scalar() if has_catalogue else None
    owner, ours, others = describe_owner(connection), set[int](), set[int]()
    for name, comment in connection.execute(_SCHEMAS):
        number = int(name.rpartition("_")[2])
        is_ours = number <= (newest or 0) if comment is None else comment == owner
        (ours if is_ours else others).add(number)
    return ours, others


_OWN_SCHEMA: Final = text(
    f"SELECT coalesce((SELECT relnamespace::regnamespace::text FROM pg_class"  # noqa: S608  # a constant
    f" WHERE oid = to_regclass('{generations.name}')), quote_ident(current_schema()))"
)
_HAS_CATALOGUE: Final = text("SELECT to_regclass(:name) IS NOT NULL")
_OTHER_CATALOGUE: Final = text(
    "SELECT relnamespace::regnamespace::text FROM pg_class WHERE relname = :name AND relkind IN ('r', 'p')"
    " AND oid IS DISTINCT FROM to_regclass(:name) ORDER BY 1 LIMIT 1"
)
_SCHEMAS: Final = text(
    "SELECT nspname, obj_description(oid, 'pg_namespace') FROM pg_namespace"
    " WHERE nspname ~ '^detente_projections_[1-9][0-9]*$'"
)
_SHOWN: Final = text(
    "SELECT EXISTS (SELECT 1 FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid"  # noqa: S608  # a constant
    " JOIN pg_class v ON v.oid = r.ev_class"
    " JOIN pg_class t ON t.oid = d.refobjid AND d.refclassid = 'pg_class'::regclass"
    f" WHERE v.relnamespace = to_regnamespace('{SCHEMA}') AND t.relnamespace = to_regnamespace(:schema))"
)
