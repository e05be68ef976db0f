"""Servers that speak PostgreSQL's protocol and lock nothing are refused before anything is made on them."""

from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from api.running.service import Service, has_keys
from api.running.settings import Settings
from domain.log.application import Detente
from domain.log.database_url import log_environment
from domain.log.servers.server_kind import UnfitServer, refuse_by_version
from tests.conftest import NewDatabase
from tests.e2e.command import detente

COCKROACH = "CockroachDB CCL v24.1.1 (x86_64-pc-linux-gnu, built 2024/05/30 17:35:11, go1.22.2)"
YUGABYTE = "PostgreSQL 11.2-YB-2.20.1.0-b0 on x86_64-pc-linux-gnu, compiled by clang version 15.0.3, 64-bit"


@pytest.fixture
def url(new_postgres_database: NewDatabase) -> str:
    return new_postgres_database()


class Seeming:
    """A database that seems to be another server's: functions of ours are found before PostgreSQL's own."""

    def __init__(self, url: str) -> None:
        self.url = f"{url}&options=-csearch_path%3Dseeming,pg_catalog,public"
        self._own = url
        self.run("CREATE SCHEMA seeming")

    def says(self, version: str) -> None:
        self.run(f"CREATE FUNCTION seeming.version() RETURNS text LANGUAGE sql AS $$ SELECT '{version}' $$")

    def does(self, function: str, body: str) -> None:
        self.run(f"CREATE FUNCTION seeming.{function} LANGUAGE plpgsql AS $$ BEGIN {body}; END $$")

    def run(self, statement: str) -> None:
        with psycopg.connect(self._own, autocommit=True) as connection:
            connection.execute(statement.encode())

    def tables(self) -> list[str]:
        with psycopg.connect(self._own, autocommit=True) as connection:
            query = (
                "SELECT schemaname, tablename FROM pg_tables"
                " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
            )
            return [f"{schema}.{table}" for schema, table in connection.execute(query).fetchall()]


@pytest.fixture
def seeming(url: str) -> Iterator[Seeming]:
    made = Seeming(url)
    yield made
    assert made.tables() == []  # nothing is made on a server that is refused


@pytest.mark.parametrize(("version", "name"), [(COCKROACH, "CockroachDB"), (YUGABYTE, "YugabyteDB")])
def test_those_that_are_known_are_refused_by_name(seeming: Seeming, version: str, name: str) -> None:
    seeming.says(version)
    with pytest.raises(UnfitServer, match=f"{name} .* PostgreSQL itself, or on SQLite"):
        Service.open(Settings(database_url=seeming.url))
    with pytest.raises(UnfitServer, match=name):
        Detente(log_environment(seeming.url))
    with pytest.raises(UnfitServer, match=name):
        has_keys(Settings(database_url=seeming.url))


def test_locks_that_keep_nobody_out_are_found_whatever_the_server_is_called(seeming: Seeming) -> None:
    seeming.does("pg_try_advisory_lock(bigint) RETURNS boolean", "RETURN true")
    with pytest.raises(UnfitServer, match="lets everybody have them"):
        Service.open(Settings(database_url=seeming.url))


def test_locks_that_there_are_not_are_said_so(seeming: Seeming) -> None:
    never = "RAISE EXCEPTION 'advisory locks are not yet implemented' USING ERRCODE = '0A000'"
    seeming.does("pg_try_advisory_lock(bigint) RETURNS boolean", never)
    with pytest.raises(UnfitServer, match=r"has no advisory locks .*not yet implemented"):
        Service.open(Settings(database_url=seeming.url))


def test_a_command_ends_with_what_is_wrong(seeming: Seeming) -> None:
    seeming.says(COCKROACH)
    for command in (("status",), ("key", "list"), ("serve", "--port", "0"), ("work",)):
        ended = detente(seeming.url, *command)
        assert ended.returncode not in (0, None), command
        assert "CockroachDB takes advisory locks and lets everybody have them" in ended.stderr, command
        assert "Traceback" not in ended.stderr, command


@pytest.mark.parametrize(
    "version",
    [
        COCKROACH,
        YUGABYTE,
        "PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2, Redshift 1.0.61678",
        "PostgreSQL 13.14.0-RisingWave-2.0.0 (0d15632ac8d18fbd323982b53bc2d508dc7e148a)",
        "PostgreSQL 9.5.0 on x86_64-unknown-linux-gnu (Materialize v0.100.0)",
        "CrateDB 5.6.2 (built 5c4cb3f/2024-04-11T15:02:27Z, Linux 6.1.0 amd64, OpenJDK 64-Bit Server VM 21.0.2)",
        "",
    ],
)
def test_no_other_server_passes_for_postgresql(version: str) -> None:
    with pytest.raises(UnfitServer):
        refuse_by_version(version)


@pytest.mark.parametrize(
    "version",
    [
        "PostgreSQL 16.3 (Debian 16.3-1.pgdg120+1) on x86_64-pc-linux-gnu, compiled by gcc, 64-bit",
        "PostgreSQL 17beta1 on aarch64-apple-darwin23.5.0, compiled by Apple clang version 15.0.0, 64-bit",
        "PostgreSQL 15.4 (EnterpriseDB Advanced Server 15.4.0) on x86_64-pc-linux-gnu, compiled by gcc, 64-bit",
        "PostgreSQL 16.1, compiled by Visual C++ build 1937, 64-bit",
    ],
)
def test_postgresql_is_what_it_says(version: str) -> None:
    refuse_by_version(version)


def test_a_lock_that_was_tried_is_let_go(url: str) -> None:
    with closing(Service.open(Settings(database_url=url))), psycopg.connect(url) as connection:
        query = (
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND database = (SELECT oid"
        )
        assert connection.execute(f"{query} FROM pg_database WHERE datname = current_database())").fetchone() == (
            0,
        )
