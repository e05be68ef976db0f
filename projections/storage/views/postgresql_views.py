"""The views on PostgreSQL: in a schema whose name never changes, of whichever generation is live.

They are replaced, never dropped, so that the rights to them stay, and what others made of them. That takes the
same columns in the same places: so a view that has columns which we do not know keeps them, as nulls.
"""

from typing import Final

import psycopg
from psycopg import sql
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from projections.storage.views.definitions import definitions_in, digest_of_definitions
from projections.storage.views.publishing import ViewsInUse, ViewsRefused
from projections.storage.views.sql_dialects import POSTGRESQL

SCHEMA: Final = "detente"

#: Those who begin to read by a view wait for us while we wait for those who read already.
_PATIENCE: Final = "2s"
_FOUND: Final = text(
    "SELECT obj_description(oid, 'pg_namespace'), (SELECT count(*) FROM pg_class WHERE relnamespace = n.oid"
    " AND relkind = 'v' AND relname = ANY(:views)) FROM pg_namespace n WHERE nspname = :name"
)
_COLUMNS: Final = text(
    "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = to_regclass(:view)"
    " AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
)
_TYPES: Final = text(
    "SELECT format_type(t, NULL) FROM unnest(:types) WITH ORDINALITY AS given (t, at) ORDER BY at"
)
_NamedTypes = list[tuple[str, str]]  # names and types, in order


def replace_views(connection: Connection, number: int, owner: str) -> None:
    """Let the views be those of a generation, if they are not, with the transaction of a connection.

    `owner` describes the log whose tables they show. Raises `ViewsInUse`, and `ViewsRefused` where the schema is
    somebody else's, or we may not make one. Where it raises, the transaction has to be rolled back to before it.
    """
    definitions = definitions_in(POSTGRESQL)
    ours = f"Views of {owner}"
    expected = f"{ours}, generation {number}, definitions {digest_of_definitions(definitions)}"
    try:
        found = connection.execute(_FOUND, {"name": SCHEMA, "views": list(definitions)}).one_or_none()
        if found is not None and tuple(found) == (expected, len(definitions)):
            return
        if found is None:
            connection.exec_driver_sql(f"CREATE SCHEMA {SCHEMA}")
        elif not (found[0] or "").startswith(f"{ours}, "):
            raise ViewsRefused(
                f"there is a schema {SCHEMA} that this log has not made: drop it if it is nobody's, or rename it"
            )
        before = connection.exec_driver_sql(
            "SELECT current_setting('search_path'), current_setting('lock_timeout')"
        )
        path, patience = before.one()
        _set(connection, "lock_timeout", _PATIENCE)
        _set(connection, "search_path", f"{_schema(number)}, {path}" if number else path)
        for name, query in definitions.items():
            _replace(connection, name, query)
        connection.exec_driver_sql(f"COMMENT ON SCHEMA {SCHEMA} IS {_literal(expected)}")
        _set(connection, "search_path", path)
        _set(connection, "lock_timeout", patience)
    except DBAPIError as error:
        if (told := _as_told(error)) is None:
            raise
        raise told from error


def _replace(connection: Connection, name: str, query: str) -> None:
    view = f"{SCHEMA}.{name}"
    there: _NamedTypes = [(column, type_) for column, type_ in connection.execute(_COLUMNS, {"view": view})]
    if there:
        new = _columns_of(connection, query)
        if new[: len(there)] != there:
            query = f"SELECT {_in_place(there, new)} FROM ({query}) AS made"  # noqa: S608  # of names in the catalogue
    connection.exec_driver_sql(f"CREATE OR REPLACE VIEW {view} AS {_escaped(query)}")


def _in_place(there: _NamedTypes, new: _NamedTypes) -> str:
    """Return what selects the columns that are there already, where and as they are, and those that are new."""
    made, old = dict(new), {name for name, _ in there}
    kept = [
        f"{_quoted(name)}::{type_} AS {_quoted(name)}" if name in made else f"NULL::{type_} AS {_quoted(name)}"
        for name, type_ in there
    ]
    return ", ".join([*kept, *(_quoted(name) for name, _ in new if name not in old)])


def _columns_of(connection: Connection, query: str) -> _NamedTypes:
    """Return the columns that a query has."""
    cursor = connection.exec_driver_sql(f"SELECT * FROM ({_escaped(query)}) AS made LIMIT 0").cursor  # noqa: S608
    assert cursor is not None
    found = [(column[0], column[1]) for column in cursor.description]
    names = connection.execute(_TYPES, {"types": [type_ for _, type_ in found]}).scalars()
    return list(zip([name for name, _ in found], names, strict=True))


def _as_told(error: DBAPIError) -> ViewsInUse | ViewsRefused | None:
    if isinstance(error.orig, psycopg.errors.LockNotAvailable):
        return ViewsInUse("somebody reads by the views for SQL, which stay as they are for now")
    if isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
        lacking = f"{str(error.orig).strip()}: the role of the service makes the schema {SCHEMA} and its views"
        return ViewsRefused(f"{lacking}, and has to own them")
    if isinstance(error.orig, psycopg.errors.WrongObjectType):
        return ViewsRefused(f"{str(error.orig).strip()}: drop or rename what is in the way in the schema {SCHEMA}")
    return None


def _schema(number: int) -> str:
    return f"detente_projections_{number}"


def _set(connection: Connection, name: str, value: str) -> None:
    connection.execute(text("SELECT set_config(:name, :value, true)"), {"name": name, "value": value})


def _escaped(query: str) -> str:
    return query.replace("%", "%%")


def _quoted(name: str) -> str:
    return sql.Identifier(name).as_string()


def _literal(value: str) -> str:
    return _escaped(sql.Literal(value).as_string())
