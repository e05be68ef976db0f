"""Every connection to PostgreSQL is made with all that the URL says: the log's, the projections', the keys'."""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Event

import psycopg
import pytest
from eventsourcing.persistence import PersistenceError
from psycopg import sql
from psycopg_pool import PoolTimeout
from sqlalchemy.exc import SQLAlchemyError

from api.access.key_store import KeyStore
from api.operations.backup import write_backup
from api.running.service import Service
from api.running.settings import Settings
from domain.log.advisory_locks import AdvisoryLock, making_tables
from domain.log.application import Detente
from domain.log.backups.backup_rows import refuse_rows_in_use
from domain.log.database_url import log_environment
from domain.log.listener import listen
from domain.log.recorders.postgres import LogFactory
from projections.storage.generation_schemas import ForeignTables
from projections.storage.locks import Holder, PostgresqlLock
from projections.storage.store import Store
from tests.conftest import NewDatabase
from tests.forwarder import over_tcp
from tests.language import clash, post


@pytest.fixture
def url(new_postgres_database: NewDatabase) -> str:
    return new_postgres_database()


@pytest.fixture
def tcp_url(url: str) -> Iterator[str]:
    """Return the URL of a database whose server cannot encrypt, and which has all tables."""
    with closing(Service.open(Settings(database_url=url))), over_tcp(url) as reached:
        yield reached


def make_tables(url: str) -> None:
    with making_tables(url, AdvisoryLock.ALL_TABLES):
        pass


def fill_log_pool(url: str) -> None:
    with LogFactory(log_environment(url)).datastore.pool as pool:
        pool.wait(timeout=1)


CONNECTIONS: dict[str, Callable[[str], object]] = {
    "tables": make_tables,
    "log": lambda url: Detente(log_environment(url)),
    "log's pool": fill_log_pool,
    "projections": Store.open,
    "keys": KeyStore.open,
    "lock": lambda url: PostgresqlLock(url, AdvisoryLock.PROJECTOR).acquire(),
    "holder": lambda url: PostgresqlLock(url, AdvisoryLock.REBUILD).holder(),
    "restore": lambda url: refuse_rows_in_use(url, force=True),
    "service": lambda url: Service.open(Settings(database_url=url)),
}


@pytest.mark.parametrize("connection", CONNECTIONS)
def test_what_has_to_be_encrypted_is_never_sent_in_the_clear(tcp_url: str, connection: str) -> None:
    with pytest.raises((psycopg.Error, PersistenceError, SQLAlchemyError, PoolTimeout)):
        CONNECTIONS[connection](f"{tcp_url}&sslmode=require")


def test_it_is_the_encryption_that_is_missing(tcp_url: str) -> None:
    with closing(Service.open(Settings(database_url=f"{tcp_url}&sslmode=prefer"))) as service:
        assert service.log.position() == 0


def test_a_backup_is_not_read_in_the_clear_either(tcp_url: str, tmp_path: Path) -> None:
    with pytest.raises((psycopg.Error, PersistenceError)):
        write_backup(f"{tcp_url}&sslmode=require", tmp_path / "backup.db", lambda *_: None)


def test_nor_is_listened_in_the_clear(tcp_url: str, caplog: pytest.LogCaptureFixture) -> None:
    class OneTry(Event):
        def wait(self, timeout: float | None = None) -> bool:
            self.set()
            return super().wait(timeout)

    heard: list[bool] = []
    with caplog.at_level(logging.WARNING):
        listen(f"{tcp_url}&sslmode=require", "detente_events", lambda: heard.append(True), OneTry(), 1)
    assert not heard
    assert "SSL" in caplog.text


def test_every_connection_of_a_service_has_the_name_that_the_url_gives(url: str) -> None:
    with closing(Service.open(Settings(database_url=f"{url}&application_name=desk"))) as service:
        service.start_projector()
        service.log.post_article(post("a-1", clash()))
        service.wake.set()
        while service.store.position() < service.log.position():
            service.wake.set()
        service.keys.all()
        with psycopg.connect(url, autocommit=True) as watching:
            query = (
                "SELECT application_name, query FROM pg_stat_activity WHERE datname = current_database()"
                " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
            found = watching.execute(query).fetchall()
            while not any("LISTEN" in said for _, said in found):
                found = watching.execute(query).fetchall()
        process, host = Holder.this_process()
        assert {name for name, _ in found} <= {"desk", f"desk projector {process}@{host}"[:63]}
        assert f"desk projector {process}@{host}"[:63] in {name for name, _ in found}
        assert service.projector.active() == Holder(process, host)


def test_a_search_path_holds_for_the_log_the_projections_and_the_keys(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA desk")
    with closing(Service.open(Settings(database_url=f"{url}&options=-csearch_path%3Ddesk"))) as service:
        service.log.post_article(post("a-1", clash()))
        service.projector.catch_up()
    with psycopg.connect(url, autocommit=True) as connection:
        query = "SELECT schemaname, tablename FROM pg_tables WHERE tablename = ANY(%s)"
        found = connection.execute(query, [["detente_events", "api_keys", "projection_generations"]]).fetchall()
    assert {schema for schema, _ in found} == {"desk"}
    assert len(found) == 3


def test_a_log_in_public_is_not_left_behind_by_a_search_path(url: str) -> None:
    with closing(Detente(log_environment(url))) as log:
        log.post_article(post("a-1", clash()))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA desk")
    with pytest.raises(PersistenceError, match="leaves public out"):
        Detente(log_environment(f"{url}&options=-csearch_path%3Ddesk"))
    with closing(Detente(log_environment(f"{url}&options=-csearch_path%3Ddesk,public"))) as log:
        assert log.position() == 2


@pytest.fixture
def two_paths(url: str) -> tuple[str, str]:
    """Return two URLs of one database, each with a schema of its own in the search path."""
    with psycopg.connect(url, autocommit=True) as connection:
        for schema in ("desk", "ministry"):
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
    return (
        f"{url}&options=-csearch_path%3Ddesk",
        f"{url}&options=-csearch_path%3Dministry",
    )


def stands(service: Service) -> tuple[int, int]:
    with service.store.inspecting() as (_, state):
        return state.live, state.position


@pytest.mark.parametrize("opened", ["service", "log", "projections"])
def test_a_second_log_is_refused_and_leaves_the_first_as_it_is(two_paths: tuple[str, str], opened: str) -> None:
    first, second = two_paths
    with closing(Service.open(Settings(database_url=first))) as service:
        service.log.post_article(post("a-1", clash()))
        service.projector.catch_up()
        with pytest.raises((PersistenceError, ForeignTables), match="one database holds one log"):
            CONNECTIONS[opened](second)
        assert stands(service) == (1, 2)
    with closing(Service.open(Settings(database_url=first))) as again:
        again.store.clear()
        assert stands(again) == (2, 0)


def test_a_schema_that_another_log_made_is_never_dropped(two_paths: tuple[str, str], url: str) -> None:
    first, second = two_paths
    with closing(Service.open(Settings(database_url=second))) as service:
        service.log.post_article(post("a-1", clash()))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE detente_projections_1.here AS SELECT 1")
        for table in ("projection_generations", "detente_events"):  # so that its schema alone is left
            connection.execute(f"DROP TABLE ministry.{table}")
        with pytest.raises(ForeignTables, match="detente_projections_1, which this log has not made"):
            Store.open(first)
        connection.execute("COMMENT ON SCHEMA detente_projections_1 IS NULL")  # as earlier versions left it
        with pytest.raises(ForeignTables, match="drop them if they are nobody's"):
            Store.open(first)
        assert connection.execute("SELECT * FROM detente_projections_1.here").fetchall() == [(1,)]


def test_a_generation_that_appeared_meanwhile_stops_a_rebuild(url: str) -> None:
    with closing(Store.open(url)) as store, psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA detente_projections_7")
        with pytest.raises(ForeignTables, match="detente_projections_7"):
            store.clear()
        connection.execute("DROP SCHEMA detente_projections_7")
        store.clear()
        assert store._find_live() == 3


def test_generations_of_earlier_versions_are_ours_by_their_number(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        Store.open(url).close()
        connection.execute("COMMENT ON SCHEMA detente_projections_1 IS NULL")
        with closing(Store.open(url)) as store:
            store.clear()
        found = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname ~ '^detente_'").fetchall()
        assert found == [("detente_projections_2",)]


def test_what_the_first_start_left_when_it_was_killed_is_ours(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        Store.open(url).close()
        connection.execute("DROP TABLE projection_generations")
        with closing(Store.open(url)) as store:
            assert store.position() == 0


def test_a_lock_takes_the_urls_options_and_its_own(url: str) -> None:
    lock = PostgresqlLock(f"{url}&options=-cwork_mem%3D8MB", AdvisoryLock.PROJECTOR)
    assert lock.acquire()
    assert lock._connection is not None
    assert lock._connection.execute("SHOW work_mem").fetchone() == ("8MB",)
    assert lock.holder() == Holder.this_process()
    lock.release()


@pytest.mark.parametrize(
    ("lock", "statement"),
    [
        (AdvisoryLock.PROJECTOR, "SELECT pg_advisory_lock(1684370533, 1)"),
        (AdvisoryLock.REBUILD, "SELECT pg_advisory_lock(1684370533, 2)"),
    ],
)
def test_a_process_of_the_previous_version_is_excluded(url: str, lock: AdvisoryLock, statement: str) -> None:
    ours = PostgresqlLock(url, lock)
    with psycopg.connect(url, autocommit=True) as former:
        former.execute(statement)
        assert not ours.acquire()
    while not ours.acquire():  # the server takes its time to end a connection
        continue
    ours.release()
    assert [one.value for one in AdvisoryLock if isinstance(one.value, int)] == [
        1684370533, 0x6465_7465_0002, 0x6465_7465_0001,
    ]  # fmt: skip
