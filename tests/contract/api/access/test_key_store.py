"""Where keys are kept, on each kind of store."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine, inspect, select

from api.access.key_store import KeyStore
from api.access.keys import KeyRefused, Scope, find_key
from api.running.service import Service, has_keys
from api.running.settings import Settings
from projections.storage.access.key_table import api_keys
from projections.storage.engines import open_engine

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=1, microseconds=1)


@pytest.fixture
def keys(database_url: str) -> Iterator[KeyStore]:
    store = KeyStore.open(database_url)
    yield store
    store.close()


@contextmanager
def database(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


def test_there_are_no_keys_at_first(database_url: str, keys: KeyStore) -> None:
    assert keys.all() == []
    assert not has_keys(Settings(database_url=database_url))


def test_a_key_is_kept_without_its_secret(database_url: str, keys: KeyStore) -> None:
    made = keys.create(" Şule Öz ", Scope.POST, NOON)

    assert keys.all() == [made.key]
    assert (made.key.name, made.key.scope, made.key.created, made.key.revoked) == (
        "Şule Öz",
        Scope.POST,
        NOON,
        None,
    )
    assert find_key({key.id: key for key in keys.all()}, made.text) == made.key
    assert has_keys(Settings(database_url=database_url))
    with database(database_url) as engine, engine.connect() as connection:
        assert made.text[-64:] not in str(connection.execute(select(api_keys)).all())


def test_when_a_key_expires_is_kept(keys: KeyStore) -> None:
    made = keys.create("desk", Scope.READ, NOON, is_token=True, expires=LATER)

    assert made.key.expires == LATER
    assert keys.all() == [made.key]


def test_keys_of_an_older_version_never_expire_and_new_ones_may(database_url: str, keys: KeyStore) -> None:
    old = keys.create("old", Scope.READ, NOON)
    with database(database_url) as engine, engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE api_keys DROP COLUMN expires")
    reader = KeyStore.open(database_url, makes_tables=False)  # as a replica that was brought up to date first
    assert reader.all() == [old.key]

    newer = KeyStore.open(database_url)
    new = newer.create("new", Scope.READ, LATER, expires=LATER + timedelta(days=1))
    assert reader.all() == newer.all() == [old.key, new.key]
    for store in (reader, newer):
        store.close()


def test_what_one_process_makes_another_one_sees(database_url: str, keys: KeyStore) -> None:
    other = KeyStore.open(database_url)
    made = keys.create("desk", Scope.READ, NOON)

    assert other.all() == [made.key]
    assert other.revoke("desk", LATER).revoked == LATER
    assert keys.all() == [made.key._replace(revoked=LATER)]
    other.close()


@pytest.mark.parametrize("by", ["News desk", "NEWS DESK", "news-desk", "id"])
def test_a_key_is_revoked_by_its_name_or_id_and_stays_so(keys: KeyStore, by: str) -> None:
    made, other = keys.create("News desk", Scope.READ, NOON), keys.create("other", Scope.READ, LATER)

    name = made.key.id if by == "id" else by
    assert keys.revoke(name, LATER) == made.key._replace(revoked=LATER)
    assert keys.revoke(name, LATER + timedelta(days=1)).revoked == LATER

    assert keys.all() == [made.key._replace(revoked=LATER), other.key]


@pytest.mark.parametrize("name", ["nobody", "", "0123456789ab", "'; DROP TABLE api_keys; --"])
def test_a_key_that_there_is_not_is_not_revoked(keys: KeyStore, name: str) -> None:
    made = keys.create("desk", Scope.READ, NOON)

    with pytest.raises(KeyRefused, match="no key"):
        keys.revoke(name, LATER)

    assert keys.all() == [made.key]


@pytest.mark.parametrize("again", ["desk", "DESK", " désk.", "desk!"])
def test_a_name_is_never_given_twice(keys: KeyStore, again: str) -> None:
    keys.create("desk", Scope.READ, NOON)
    keys.revoke("desk", LATER)

    with pytest.raises(KeyRefused, match="name"):
        keys.create(again, Scope.READ, LATER)

    assert len(keys.all()) == 1


def test_not_even_at_the_same_time(database_url: str) -> None:
    stores = [KeyStore.open(database_url) for _ in range(4)]
    start = Barrier(len(stores))
    refused: list[str] = []

    def create(store: KeyStore) -> None:
        start.wait()
        try:
            store.create("desk", Scope.READ, NOON)
        except KeyRefused as error:
            refused.append(str(error))

    threads = [Thread(target=create, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(refused) == 3
    assert len(stores[0].all()) == 1
    for store in stores:
        store.close()


def test_keys_outlive_the_projections(service: Service) -> None:
    made = service.keys.create("desk", Scope.READ, NOON)

    service.store.clear()

    assert service.keys.all() == [made.key]


def test_keys_are_beside_the_log(service: Service) -> None:
    with database(service.settings.database_url) as engine:
        tables = inspect(engine).get_table_names()

    assert "api_keys" in tables
    assert {"stored_events", "detente_events"} & set(tables)
