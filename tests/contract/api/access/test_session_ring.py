"""The sessions as they were a moment ago, on each kind of store."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from api.access.key_store import KeyStore
from api.access.keys import Key, Scope
from api.access.session_ring import AT_HAND, MAX_AGE, SessionRing
from api.access.sessions import NOTED

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Seconds:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def keys(database_url: str) -> Iterator[KeyStore]:
    store = KeyStore.open(database_url)
    yield store
    store.close()


@pytest.fixture
def key(keys: KeyStore) -> Key:
    return keys.create("Desk", Scope.POST, NOON).key


def test_what_a_process_makes_and_ends_it_knows_at_once(keys: KeyStore, key: Key) -> None:
    async def sign_in_and_out() -> None:
        ring = SessionRing(keys.sessions, Seconds())
        assert await ring.find("x") is None
        made = await ring.create(key, NOON)
        assert await ring.find(made.token) == made.session
        await ring.end(made.session, NOON)
        assert await ring.find(made.token) == made.session._replace(ended=NOON)

    asyncio.run(sign_in_and_out())


def test_what_another_process_makes_is_known_at_once_and_what_it_ends_a_second_later(
    keys: KeyStore, key: Key
) -> None:
    async def follow() -> None:
        clock = Seconds()
        ring = SessionRing(keys.sessions, clock)
        assert await ring.find(f"{'0' * 12}_{'0' * 64}") is None
        made = keys.sessions.create(key, NOON)
        clock.now += AT_HAND
        assert await ring.find(made.token) == made.session
        clock.now += MAX_AGE
        assert await ring.find(made.token) == made.session
        keys.sessions.end([made.session.id], NOON)
        clock.now += MAX_AGE
        assert await ring.find(made.token) == made.session._replace(ended=NOON)

    asyncio.run(follow())


def test_a_use_is_noted_now_and_then(keys: KeyStore, key: Key) -> None:
    async def use() -> None:
        ring = SessionRing(keys.sessions)
        session = (await ring.create(key, NOON)).session
        await ring.note_use(session, NOON + NOTED / 2)
        assert keys.sessions.all() == [session]
        await ring.note_use(session, NOON + NOTED)
        assert keys.sessions.all() == [session._replace(last_used=NOON + NOTED)]

    asyncio.run(use())
