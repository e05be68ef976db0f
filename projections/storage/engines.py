"""Engines of SQLAlchemy on the two databases."""

from typing import Any

from sqlalchemy import URL, Engine, create_engine

from domain.log.database_url import connect, sqlite_file


def postgresql_engine(database_url: str, **pool: Any) -> Engine:
    """Return an engine whose connections are made as all others are, so that a URL's options reach them."""
    return create_engine(
        "postgresql+psycopg://", creator=lambda: connect(database_url), pool_pre_ping=True, **pool
    )


def open_engine(database_url: str) -> Engine:
    """Return an engine on the log's own database, for a table that is read now and then."""
    if (file := sqlite_file(database_url)) is not None:
        return create_engine(URL.create("sqlite", database=str(file)), connect_args={"timeout": 60})
    return postgresql_engine(database_url, pool_size=1, max_overflow=4)
