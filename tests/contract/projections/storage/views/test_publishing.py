"""The views outlast rebuilds: their names, the rights to them, and what others made of them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from api.operations.health import read_health
from api.running.service import Service
from api.running.settings import Settings
from projections.storage.store import Store
from projections.storage.views import publishing
from projections.storage.views.definitions import VIEWS
from tests.clock import Clock
from tests.conftest import NewDatabase
from tests.docs.pages import ROOT
from tests.language import clash, post
from tests.postgres import Databases

# ruff: noqa: S608  # the statements are made of constants

HOW_TO = ROOT / "docs" / "how-to" / "read-by-sql.md"
INCIDENTS = "SELECT count(*) FROM {}incident"


@pytest.fixture
def on_postgresql(databases: Databases, with_tables: str) -> Iterator[Service]:
    """Return a service on PostgreSQL with one incident."""
    url = databases.make(like=with_tables)
    with closing(_filled(url)) as service:
        yield service
    databases.drop(url)


def _filled(url: str) -> Service:
    service = Service.open(Settings(database_url=url), Clock())
    service.log.post_article(post("a-1", clash()))
    service.projector.catch_up()
    return service


def _connected(service: Service) -> psycopg.Connection[tuple[int]]:
    return psycopg.connect(service.settings.database_url, autocommit=True)


def _incidents(connection: psycopg.Connection[tuple[int]], view: str = "detente.incident") -> int:
    row = connection.execute(f"SELECT count(*) FROM {view}".encode()).fetchone()
    assert row is not None
    return row[0]


def _generations(service: Service) -> set[int]:
    return service.store._home.numbers()


def _post_one_more(service: Service) -> None:
    service.log.post_article(post("a-2", clash("RUS", "SYR")))
    service.projector.catch_up()


# PostgreSQL


def test_a_role_that_may_read_nothing_else_reads_all_views_after_a_rebuild_as_before(
    on_postgresql: Service,
) -> None:
    steps = _sql_block("role").replace("CREATE ROLE analyst LOGIN PASSWORD 'secret'", "CREATE ROLE analyst")
    with _connected(on_postgresql) as connection:
        database = connection.execute("SELECT current_database()").fetchone()
        assert database is not None
        connection.execute(steps.replace("DATABASE detente", f"DATABASE {database[0]}").encode())
        try:
            for _ in range(2):
                connection.execute("SET ROLE analyst")
                for view in VIEWS:
                    connection.execute(f"SELECT * FROM detente.{view} LIMIT 1".encode())
                assert _incidents(connection) == 1
                number = max(_generations(on_postgresql))
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(f"SELECT * FROM detente_projections_{number}.incidents".encode())
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute("SELECT * FROM detente_events")
                connection.execute("RESET ROLE")
                on_postgresql.projector.rebuild()
        finally:
            connection.execute("RESET ROLE; DROP OWNED BY analyst; DROP ROLE analyst")


@pytest.mark.parametrize("name", ["pair-year", "months", "day", "clashes"])
def test_the_questions_of_the_page_are_answered(on_postgresql: Service, name: str) -> None:
    with _connected(on_postgresql) as connection:
        assert connection.execute(_sql_block(name).encode()).fetchall()


def _sql_block(name: str) -> str:
    return HOW_TO.read_text("utf-8").partition(f"```sql {name}\n")[2].partition("```")[0]


def test_what_others_made_of_a_view_goes_on_and_reads_the_new_tables(on_postgresql: Service) -> None:
    with _connected(on_postgresql) as connection:
        connection.execute("CREATE VIEW public.mine AS SELECT a, b, tension FROM detente.relation_now")
        on_postgresql.projector.rebuild()
        _post_one_more(on_postgresql)
        assert _generations(on_postgresql) == {2}
        assert _incidents(connection, "public.mine") == _incidents(connection) == 2


def test_columns_that_we_do_not_know_or_that_changed_keep_their_places(on_postgresql: Service) -> None:
    """As after a downgrade: a later version had a column more, and another type."""
    with _connected(on_postgresql) as connection:
        connection.execute("DROP VIEW detente.actor")
        connection.execute(
            "CREATE VIEW detente.actor AS SELECT 'TUR'::text AS code, 1.5::numeric AS weight, 'x'::varchar AS kind"
        )
        connection.execute("CREATE VIEW public.weights AS SELECT code, weight FROM detente.actor")
        on_postgresql.projector.rebuild()
        found = connection.execute("SELECT * FROM detente.actor")
        assert found.description is not None
        assert [(column.name, column.type_display) for column in found.description] == [
            ("code", "text"),
            ("weight", "numeric"),
            ("kind", "varchar"),
            ("name", "varchar"),
            ("aliases", "text"),
            ("recorded", "timestamptz"),
        ]
        assert found.fetchall() == connection.execute("SELECT * FROM public.weights").fetchall() == []


def test_a_view_that_somebody_dropped_is_made_again_at_the_next_start(on_postgresql: Service) -> None:
    with _connected(on_postgresql) as connection:
        connection.execute("DROP VIEW detente.incident")
        Store.open(on_postgresql.settings.database_url).close()
        assert _incidents(connection) == 1


def test_a_schema_of_somebody_else_is_left_alone_and_the_service_says_so(
    new_postgres_database: NewDatabase,
) -> None:
    url = new_postgres_database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA detente; CREATE TABLE detente.incident (mine integer)")
        with closing(_filled(url)) as service:
            assert "detente that this log has not made" in (read_health(service).views or "")
            service.projector.rebuild()
            assert service.store.position() > 0
        assert _incidents(connection) == 0


def test_without_the_right_to_make_a_schema_the_service_runs_and_says_so(on_postgresql: Service) -> None:
    url = on_postgresql.settings.database_url
    with _connected(on_postgresql) as connection:
        connection.execute("DROP SCHEMA detente CASCADE; CREATE ROLE poor LOGIN; GRANT poor TO CURRENT_USER")
        try:
            connection.execute(
                "GRANT ALL ON ALL TABLES IN SCHEMA public, detente_projections_1 TO poor;"
                "GRANT ALL ON SCHEMA public, detente_projections_1 TO poor"
            )
            with closing(Store.open(f"{url}&options=-crole%3Dpoor")) as store:
                assert "permission denied" in (store.views_problem or "")
                assert store.position() > 0
        finally:
            connection.execute("DROP OWNED BY poor; DROP ROLE poor")


def test_a_long_query_delays_a_swap_and_does_not_prevent_it(
    on_postgresql: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its tables are kept for it; the views are moved, and the tables gone, once it has ended."""
    monkeypatch.setattr(publishing, "_PAUSE", 0)
    monkeypatch.setattr("projections.storage.views.postgresql_views._PATIENCE", "50ms")
    with _connected(on_postgresql) as reader, _connected(on_postgresql) as connection:
        with reader.transaction():
            assert _incidents(reader) == 1
            on_postgresql.projector.rebuild()
            _post_one_more(on_postgresql)
            assert "somebody reads" in (read_health(on_postgresql).views or "")
            assert _generations(on_postgresql) == {1, 2}
            assert _incidents(reader) == 1
        assert _incidents(connection) == 1  # as it was when the views could not be moved
        on_postgresql.projector.catch_up()
        assert _incidents(connection) == 2
        assert read_health(on_postgresql).views is None
        on_postgresql.projector.rebuild()
        assert _generations(on_postgresql) == {3}


# SQLite


def test_the_name_that_stays_leads_to_the_live_tables_for_any_sqlite(tmp_path: Path) -> None:
    with closing(_filled(f"sqlite:///{tmp_path}/one.db")) as service:
        for turn in (1, 2):
            with closing(sqlite3.connect(f"file:{tmp_path}/one.views.db?mode=ro", uri=True)) as connection:
                assert connection.execute(INCIDENTS.format("")).fetchone() == (turn,)
            if turn == 1:
                service.projector.rebuild()
                _post_one_more(service)
        assert (tmp_path / "one.views.db").resolve() == Path(service.store.place)


def test_who_has_the_file_open_goes_on_with_the_old_one(tmp_path: Path) -> None:
    with (
        closing(_filled(f"sqlite:///{tmp_path}/one.db")) as service,
        closing(sqlite3.connect(f"file:{tmp_path}/one.views.db?mode=ro", uri=True)) as connection,
    ):
        assert connection.execute(INCIDENTS.format("")).fetchone() == (1,)
        service.projector.rebuild()
        _post_one_more(service)
        assert connection.execute(INCIDENTS.format("")).fetchone() == (1,)


def test_views_of_an_older_definition_are_made_anew_at_the_next_start(tmp_path: Path) -> None:
    _filled(f"sqlite:///{tmp_path}/one.db").close()
    with closing(sqlite3.connect(tmp_path / "one.views.db")) as connection:
        connection.execute("DROP VIEW incident")
        connection.execute("CREATE VIEW incident AS SELECT 1 AS one")
    Store.open(f"sqlite:///{tmp_path}/one.db").close()
    with closing(sqlite3.connect(tmp_path / "one.views.db")) as connection:
        assert connection.execute("SELECT id FROM incident").fetchall() == [("SYR>TUR:ASSAULT:2020-02-03",)]


def test_a_file_of_somebody_else_is_left_alone_and_the_service_says_so(tmp_path: Path) -> None:
    (tmp_path / "one.views.db").write_text("mine")
    with closing(_filled(f"sqlite:///{tmp_path}/one.db")) as service:
        assert "which this log has not made" in (read_health(service).views or "")
    assert (tmp_path / "one.views.db").read_text() == "mine"


def test_a_copy_to_give_away_has_the_views(tmp_path: Path) -> None:
    with closing(_filled(f"sqlite:///{tmp_path}/one.db")):
        with closing(sqlite3.connect(f"file:{tmp_path}/one.views.db?mode=ro", uri=True)) as connection:
            connection.execute(f"VACUUM INTO '{tmp_path}/copy.db'")
        with closing(sqlite3.connect(f"file:{tmp_path}/copy.db?mode=ro", uri=True)) as copy:
            assert copy.execute(INCIDENTS.format("")).fetchone() == (1,)
