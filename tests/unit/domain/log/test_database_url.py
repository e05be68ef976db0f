"""A PostgreSQL URL is taken apart by libpq, and what cannot be honoured is refused before anything is opened."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import ValidationError

from api.operations.backup import write_backup
from api.running.service import Service
from api.running.settings import Settings
from domain.actors import ActorKind, RegisterActor
from domain.log.database_url import connection_options, log_environment, sqlite_file
from projections.storage.engines import open_engine
from projections.storage.generations import home_of
from tests.language import BY_ANN


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("postgresql://ann:p%40ss@db:6432/x", {"user": "ann", "password": "p@ss", "port": "6432"}),
        ("postgresql://a:1,b:2/x", {"host": "a,b", "port": "1,2"}),
        ("postgresql:///x?host=%2Fvar%2Frun", {"host": "/var/run"}),
        ("postgresql://%2Fvar%2Frun/x", {"host": "/var/run"}),
        ("postgres://?service=detente", {"service": "detente"}),
        (
            "postgresql://db/x?options=-csearch_path%3Dfoo%20-cwork_mem%3D8MB",
            {"options": "-csearch_path=foo -cwork_mem=8MB"},
        ),
        (
            "postgresql://db/x?application_name=desk&connect_timeout=7",
            {"application_name": "desk", "connect_timeout": "7"},
        ),
        ("postgresql://a,b/x?target_session_attrs=read-write", {"target_session_attrs": "read-write"}),
        (
            "postgresql://db/x?sslmode=verify-full&sslrootcert=ca.pem&sslcert=me.pem&passfile=p",
            {"sslmode": "verify-full", "sslrootcert": "ca.pem", "sslcert": "me.pem", "passfile": "p"},
        ),
        ("postgresql://db/x?ssl=true", {"sslmode": "require"}),
    ],
)
def test_every_option_is_taken_from_the_url(url: str, options: dict[str, str]) -> None:
    found = connection_options(url)
    assert {name: found.get(name) for name in options} == options


def test_nothing_is_made_up_that_the_url_leaves_to_libpq() -> None:
    assert connection_options("postgresql://?service=detente") == {"service": "detente"}


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("postgresql://db/x?sslmod=require", "sslmod"),
        ("postgresql://db/x?client_encoding=latin1", "client_encoding"),
        ("postgresql://db/x?client_encoding=auto", "client_encoding"),
        ("postgresql://db/x?replication=database", "replication"),
        ("postgresql://a,b/x?target_session_attrs=prefer-standby", "target_session_attrs"),
        ("postgresql://db/x?connect_timeout=0", "connect_timeout"),
        ("postgresql://db/x?connect_timeout=soon", "connect_timeout"),
        ("postgresql://db/x?connect_timeout=99999999999999999", "connect_timeout"),
        ("postgresql://db/x?sslmode=bogus", "sslmode"),
        ("postgresql://db/x?target_session_attrs=READ-ONLY", "target_session_attrs"),
        ("postgresql://db/x?channel_binding=maybe", "channel_binding"),
        ("postgresql://db/x?sslmode=require&sslmode=disable", "sslmode"),
        ("postgresql://db/x?ssl%6Dode=require&sslmode=require", "sslmode"),
        ("postgresql://db/x?ssl=true&sslmode=disable", "sslmode"),
        ("postgresql://db/x?dbname=y", "dbname"),
        ("postgresql://[::1]/x?host=other", "host"),
        ("postgresql://db:1,other:2/x?port=3", "port"),
        ("postgresql://ann:secret@/x?password=other", "password"),
        ("postgresql://ann@/x?user=bob", "user"),
    ],
)
def test_an_option_that_cannot_be_honoured_is_refused_by_name(url: str, named: str) -> None:
    with pytest.raises(ValidationError, match=f"option '{named}'"):
        Settings(database_url=url)


@pytest.mark.parametrize("url", ["postgresql://ann:se%zzcret@db/x", "postgresql://db/x?password=a&secret"])
def test_a_url_that_cannot_be_parsed_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="percent-encoded") as refused:
        log_environment(url)
    assert "cret" not in str(refused.value)


def test_the_log_waits_as_long_for_a_connection_as_the_url_says() -> None:
    assert log_environment("postgresql://db/x?connect_timeout=60")["POSTGRES_CONNECT_TIMEOUT"] == "60"
    assert log_environment("postgresql://db/x")["POSTGRES_CONNECT_TIMEOUT"] == "5"


def test_an_sqlite_url_names_a_file() -> None:
    assert sqlite_file("sqlite:////var/x.db") == Path("/var/x.db")
    assert sqlite_file("postgresql://db/x") is None


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("sqlite:///d.db?timeout=5", r"no \? in"),
        ("sqlite:///d.db#1", "no # in"),
        ("sqlite:///file:d.db?uri=true", r"no \? in"),
        *[
            (url, "is a file: sqlite:///var/detente.db")
            for url in (
                "sqlite:",
                "sqlite://",
                "sqlite:///",
                "sqlite:////",
                "sqlite:///.",
                "sqlite:///var/..",
                "sqlite:///var/",
                "sqlite:///:memory:",
                "sqlite://d.db",
                "sqlite:///file:d.db",
            )
        ],
    ],
)
def test_an_sqlite_url_that_names_no_file_is_refused_by_whoever_reads_it(url: str, why: str) -> None:
    for read in (sqlite_file, log_environment, open_engine, home_of, lambda url: Settings(database_url=url)):
        with pytest.raises(ValueError, match=why):
            read(url)


@pytest.mark.parametrize("name", ["d.db", "a%20b.db", "a b.db", "ä+&=@:.db", "sub/./d.db", "d"])
@pytest.mark.parametrize("is_absolute", [True, False])
def test_log_projections_keys_and_backup_are_of_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, is_absolute: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    url = f"sqlite:///{tmp_path / name if is_absolute else name}"
    with closing(Service.open(Settings(database_url=url))) as service:
        service.log.register_actor(RegisterActor("LEM", ActorKind.OTHER, "Lemuria", (), BY_ANN))
        service.keys.all()
    assert write_backup(url, tmp_path / "backup#?.db", lambda *_: None).events == 1

    file = (tmp_path / name).resolve()
    with closing(sqlite3.connect(file)) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert {"stored_events", "api_keys"} <= tables
    beside = {found.name for found in file.parent.iterdir() if found.suffix == (file.suffix or ".db")}
    ours = {f"{file.stem}.{name}{file.suffix or '.db'}" for name in ("projections", "projections-1", "views")}
    assert beside - {"backup#?.db", file.name} == ours
