"""Where sessions are kept, on each kind of store."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from api.access.key_store import KeyStore
from api.access.keys import Key, Scope
from api.access.session_store import SessionStore
from api.access.sessions import KEPT, MOST, REMEMBERED, find_session
from projections.storage.access.session_table import sessions
from projections.storage.engines import open_engine

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1, microseconds=1)


@pytest.fixture
def keys(database_url: str) -> Iterator[KeyStore]:
    store = KeyStore.open(database_url)
    yield store
    store.close()


@pytest.fixture
def store(keys: KeyStore) -> SessionStore:
    return keys.sessions


@pytest.fixture
def key(keys: KeyStore) -> Key:
    return keys.create("Desk", Scope.POST, NOON).key


def test_a_session_is_kept_without_its_secret(database_url: str, store: SessionStore, key: Key) -> None:
    made = store.create(key, NOON)

    assert store.all() == [made.session]
    assert find_session({it.id: it for it in store.all()}, made.token) == made.session
    engine = open_engine(database_url)
    with engine.connect() as connection:
        assert made.token[-64:] not in str(connection.execute(select(sessions)).all())
    engine.dispose()


def test_a_session_ends_once_and_its_last_use_never_goes_back(store: SessionStore, key: Key) -> None:
    one, other = store.create(key, NOON).session, store.create(key, LATER).session

    store.note_use(one, LATER)
    store.note_use(one, NOON)
    store.end([one.id], LATER)
    store.end([one.id, "0" * 12], LATER + timedelta(hours=1))
    store.end([], LATER)

    assert store.all() == [one._replace(last_used=LATER, ended=LATER), other]


def test_of_too_many_sessions_of_a_key_the_oldest_end(keys: KeyStore, store: SessionStore, key: Key) -> None:
    other = store.create(keys.create("Other", Scope.READ, NOON).key, NOON).session
    made = [store.create(key, NOON + timedelta(seconds=n)).session for n in range(MOST + 2)]

    assert [it.id for it in store.all() if it.ended is None] == [other.id, *(it.id for it in made[2:])]


def test_sessions_of_long_ago_are_forgotten(store: SessionStore, key: Key) -> None:
    store.create(key, NOON)
    kept = store.create(key, NOON + timedelta(seconds=1)).session
    newest = store.create(key, kept.created + KEPT).session

    assert store.all() == [kept, newest]


def test_signing_in_again_and_again_makes_nothing_grow(keys: KeyStore, store: SessionStore, key: Key) -> None:
    other = store.create(keys.create("Other", Scope.READ, NOON).key, NOON).session
    made = [store.create(key, NOON + timedelta(seconds=n)).session for n in range(REMEMBERED + 5)]

    assert [it.id for it in store.all()] == [other.id, *(it.id for it in made[5:])]
