"""Database URLs: `sqlite:///FILE` or `postgresql://...`, and what the `eventsourcing` library makes of them."""

from urllib.parse import parse_qs, unquote, urlsplit

from domain.log.recorders import PlainPostgresRecorder


def log_environment(database_url: str) -> dict[str, str]:
    """Return the library's environment for a database URL: `sqlite:///FILE` or `postgresql://...`.

    Raises `ValueError` for any other URL.
    """
    if database_url.startswith("sqlite:///"):
        return {
            "PERSISTENCE_MODULE": "eventsourcing.sqlite",
            "SQLITE_DBNAME": database_url.removeprefix("sqlite:///"),
            "SQLITE_LOCK_TIMEOUT": "60",
            "SQLITE_POOL_TIMEOUT": "60",
        }
    url = urlsplit(database_url)
    if url.scheme not in ("postgresql", "postgres"):
        raise ValueError("the database URL begins with sqlite:/// or postgresql://")
    query = {name: values[-1] for name, values in parse_qs(url.query).items()}
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "APPLICATION_RECORDER_TOPIC": f"{PlainPostgresRecorder.__module__}:{PlainPostgresRecorder.__qualname__}",
        "POSTGRES_DBNAME": unquote(url.path.removeprefix("/")) or "postgres",
        "POSTGRES_HOST": url.hostname or query.get("host", "localhost"),
        "POSTGRES_PORT": str(url.port or query.get("port", 5432)),
        "POSTGRES_USER": unquote(url.username or query.get("user", "postgres")),
        "POSTGRES_PASSWORD": unquote(url.password or query.get("password", "")),
        "POSTGRES_POOL_SIZE": "2",
        "POSTGRES_MAX_OVERFLOW": "16",
        "POSTGRES_CONN_MAX_AGE": "3600",
        "POSTGRES_PRE_PING": "y",
        "POSTGRES_CONNECT_TIMEOUT": "5",
        "POSTGRES_LOCK_TIMEOUT": "30",
    }
