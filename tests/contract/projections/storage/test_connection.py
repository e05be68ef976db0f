"""Statements as the drivers take them: the rows, and the errors, that SQLAlchemy's own give."""

import psycopg
import pytest
from sqlalchemy import bindparam, select
from sqlalchemy.exc import DBAPIError

from api.importing.seeds import load_seeds
from api.running.service import Service
from api.running.settings import Settings
from projections.storage.connection import Prepared, rows_of
from projections.storage.tables import actors
from tests.conftest import NewDatabase

_NAMED = select(actors.c.code, actors.c.name).where(actors.c.kind == bindparam("kind")).order_by(actors.c.code)


def test_a_prepared_statement_gives_the_same_rows(service: Service) -> None:
    load_seeds(service)
    service.projector.catch_up()
    prepared = Prepared(_NAMED)
    with service.store.reading() as connection:
        for kind in ("state", "region", "nothing"):
            assert prepared.rows(connection, kind=kind) == list(
                map(tuple, connection.execute(_NAMED, {"kind": kind}))
            )
        assert len(prepared.rows(connection, kind="state")) > 1


def test_a_driver_s_error_is_shown_as_others_are_and_shows_no_values(service: Service) -> None:
    mark = "?" if service.store.engine.dialect.name == "sqlite" else "%s"
    with pytest.raises(DBAPIError, match="nowhere") as raised, service.store.reading() as connection:
        rows_of(connection, f"SELECT {mark} FROM nowhere", ["a secret"])  # noqa: S608  # a mark for a value
    assert isinstance(raised.value.__cause__, type(raised.value.orig))
    assert "a secret" not in str(raised.value)
    assert service.store.position() == 0


def test_a_connection_that_the_database_ended_is_not_used_again(new_postgres_database: NewDatabase) -> None:
    service = Service.open(Settings(database_url=new_postgres_database()))

    def ended() -> None:
        with service.store.reading() as connection:
            (ours,) = rows_of(connection, "SELECT pg_backend_pid()")
            with psycopg.connect(service.settings.database_url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", ours)
            rows_of(connection, "SELECT 1")

    with pytest.raises(DBAPIError) as raised:
        ended()
    assert isinstance(raised.value.orig, psycopg.OperationalError)
    with service.store.reading() as connection:
        assert rows_of(connection, "SELECT 1") == [(1,)]
    service.close()
