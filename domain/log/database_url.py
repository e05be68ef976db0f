"""Database URLs: `sqlite:///FILE`, or a PostgreSQL URI, whose options reach every connection alike.

libpq's own parser takes a URI apart. Whoever connects to PostgreSQL, the log, the projections, the keys, a lock, a
listener or a backup, does so by `connect`, or with the same `connection_options`.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import psycopg
from psycopg.conninfo import conninfo_to_dict

DATABASE_URL: Final = "DETENTE_LOG_URL"  #: where the library's environment holds a PostgreSQL URI
_SQLITE: Final = "sqlite:///"
_POSTGRESQL: Final = ("postgresql://", "postgres://")
_PARTS: Final = ("dbname", "host", "port", "user", "password")
_POOL_TIMEOUT: Final = 5  # seconds to wait for a connection to the log
_ENCODINGS: Final = ("utf8", "utf-8")
_CANNOT_WRITE: Final = ("read-only", "standby", "prefer-standby")
_MOST_SECONDS: Final = 2**31 - 1
#: What libpq (34.1.2) takes for some options. It would say so only once it connects.
_VALUES: Final = {
    "channel_binding": ("disable", "prefer", "require"),
    "gssencmode": ("disable", "prefer", "require"),
    "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "target_session_attrs": ("any", "read-write", "primary", *_CANNOT_WRITE),
}


def sqlite_file(database_url: str) -> Path | None:
    """Return the file of an SQLite database, None for another database.

    All behind `sqlite:///` is the path, `%20` included, as it was for whoever opened the file. Raises `ValueError`
    where it is no path of a file, or where a reader of URLs would take part of it for something else.
    """
    if not database_url.startswith("sqlite:"):
        return None
    path = database_url.removeprefix(_SQLITE)
    if special := next((character for character in "?#" if character in path), None):
        raise ValueError(f"the URL of an SQLite database has no options, and no {special} in its path")
    file = Path(path)
    is_memory = ":memory:" in path or "mode=memory" in path
    if path == database_url or is_memory or path.startswith("file:") or file.name in ("", "..") or path[-1] == "/":
        raise ValueError("the SQLite database is a file: sqlite:///var/detente.db")
    return file


def connection_options(database_url: str) -> dict[str, str]:
    """Return the options of a PostgreSQL URI by libpq's names.

    Raises `ValueError`, naming the option, if libpq does not know one, or one of our connections cannot honour it.
    """
    try:
        given = conninfo_to_dict(database_url)
    except psycopg.ProgrammingError as error:
        raise ValueError(_describe(str(error))) from None
    if twice := [name for name, times in Counter(_names_given(database_url)).items() if times > 1]:
        raise ValueError(f"the option {twice[0]!r} of the database URL is given twice: give it once")
    options = {name: str(value) for name, value in given.items()}
    _refuse_what_cannot_be_honoured(options)
    return options


def connect(database_url: str, **overrides: Any) -> psycopg.Connection[Any]:
    """Return a connection to a PostgreSQL database. `overrides` are options, and `psycopg.connect`'s arguments."""
    return psycopg.connect(**{**connection_options(database_url), **overrides})


def log_environment(database_url: str, *, makes_tables: bool = True) -> dict[str, str]:
    """Return the `eventsourcing` library's environment for a database URL: `sqlite:///FILE` or `postgresql://...`.

    Unless it `makes_tables`, they have to be there, as on a standby, which is never written to.
    Raises `ValueError` for any other URL, and as `sqlite_file` and `connection_options` do.
    """
    if (file := sqlite_file(database_url)) is not None:
        return sqlite_environment(file)
    if not database_url.startswith(_POSTGRESQL):
        raise ValueError("the database URL begins with sqlite:/// or postgresql://")
    options = connection_options(database_url)
    timeout = int(options.get("connect_timeout", _POOL_TIMEOUT))
    return {
        "PERSISTENCE_MODULE": "domain.log.recorders.postgres:LogFactory",
        DATABASE_URL: database_url,
        "CREATE_TABLE": "yes" if makes_tables else "no",
        # The library asks for these five; our factory connects with all options.
        **{f"POSTGRES_{part.upper()}": options.get(part, "") for part in _PARTS},
        "POSTGRES_POOL_SIZE": "2",
        "POSTGRES_MAX_OVERFLOW": "16",
        "POSTGRES_CONN_MAX_AGE": "3600",
        "POSTGRES_PRE_PING": "y",
        "POSTGRES_CONNECT_TIMEOUT": str(max(timeout, _POOL_TIMEOUT)),
        "POSTGRES_LOCK_TIMEOUT": "30",
    }


def sqlite_environment(file: Path) -> dict[str, str]:
    """Return the `eventsourcing` library's environment for a log in a file."""
    return {
        "PERSISTENCE_MODULE": "domain.log.recorders.sqlite:SQLiteLogFactory",
        "SQLITE_DBNAME": str(file),
        "SQLITE_LOCK_TIMEOUT": "60",
        "SQLITE_POOL_TIMEOUT": "60",
    }


def _names_given(uri: str) -> Iterator[str]:
    """Yield the options that a URI gives, by libpq's names, which takes the last of several without a word."""
    authority, _, path = uri.partition("://")[2].partition("?")[0].partition("/")
    login, _, hosts = authority.rpartition("@")
    user, _, password = login.partition(":")
    host, port = re.sub(r"\[[^]]*\]", "host", hosts).partition(":")[::2]
    parts = {"user": user, "password": password, "host": host, "port": port, "dbname": path}
    yield from (name for name, value in parts.items() if value)
    for option in filter(None, uri.partition("?")[2].split("&")):
        name = unquote(option.partition("=")[0])
        yield "sslmode" if name == "ssl" else name  # as JDBC has it


def _describe(error: str) -> str:
    """Return what libpq says of a URI, without what may be part of a password."""
    if unknown := re.search(r'invalid URI query parameter: "(.*)"', error):
        return f"the option {unknown[1]!r} of the database URL is none that libpq knows"
    what = error.partition(":")[0].strip()
    return f"the database URL cannot be parsed: {what}; what is special in a URL has to be percent-encoded"


def _refuse_what_cannot_be_honoured(options: dict[str, str]) -> None:
    if options.get("client_encoding", "utf8").lower() not in _ENCODINGS:
        raise ValueError("the option 'client_encoding' of the database URL cannot be honoured: the log is UTF-8")
    for name, values in _VALUES.items():
        if options.get(name, values[0]) not in values:
            raise ValueError(f"the option {name!r} of the database URL is one of {', '.join(values)}")
    if "replication" in options:
        raise ValueError("the option 'replication' of the database URL cannot be honoured: nothing is replicated")
    if options.get("target_session_attrs") in _CANNOT_WRITE:
        raise ValueError(
            "the option 'target_session_attrs' of the database URL cannot be honoured: every connection has to be"
            " to a server that may be written to (read-write, primary)"
        )
    seconds = options.get("connect_timeout", "1")
    if not re.fullmatch(r"0*[1-9]\d*", seconds, re.ASCII) or int(seconds[:20]) > _MOST_SECONDS:
        raise ValueError(
            "the option 'connect_timeout' of the database URL cannot be honoured: give whole seconds, 1 or more"
        )
