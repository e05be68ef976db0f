"""Record time on every kind of store: whoever writes, by whatever clock, instants grow with the positions."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from domain.actors import ActorKind, RegisterActor
from domain.articles import ReviseArticle
from domain.events import Provenance
from domain.log.application import Detente
from domain.log.database_url import log_environment
from domain.log.recorders import record_time
from projections.storage.engines import open_engine
from tests.language import NOON, clash, header, post, statement

WRITERS = 6
TICK = timedelta(microseconds=1)
#: What a process does, which process it is, and by how many seconds its clock is off.
acts = st.tuples(
    st.sampled_from(["post", "batch", "revise", "register"]),
    st.integers(0, 2),
    st.sampled_from([0.0, 1e-6, 5.0, -5.0, -3600.0, 3600.0]),
)


@contextmanager
def opened(database_url: str, processes: int) -> Iterator[list[Detente]]:
    """Open a log several times, as so many processes would."""
    with ExitStack() as stack:
        yield [stack.enter_context(Detente(log_environment(database_url))) for _ in range(processes)]


def instants_of_commands(log: Detente, after: int = 0) -> list[datetime]:
    """Return the instant of each command of a log, its events' being one."""
    instants: list[datetime] = []
    former = None
    for notification in log.read_log(after, 100_000):
        instant = log.decode(notification).timestamp
        command = (notification.originator_id, instant)
        if command != former:
            instants.append(instant)
        former = command
    return instants


def assert_grows(instants: Sequence[datetime]) -> None:
    assert [(one, other) for one, other in pairwise(instants) if one >= other] == []


def do(log: Detente, deed: str, name: str, now: datetime) -> None:
    by_ann = Provenance("ann", now)
    if deed == "register":
        log.register_actor(RegisterActor(name.upper(), ActorKind.OTHER, name, (), by_ann))
    elif deed == "batch":
        log.post_articles([post(f"{name}-{n}", clash(), provenance=by_ann) for n in range(3)])
    else:
        log.post_article(post(name, clash(), statement(), provenance=by_ann))
    if deed == "revise":
        log.revise_article(ReviseArticle(name, header(), (clash(), clash("RUS")), None, by_ann))


def test_the_newest_is_found_in_whichever_stretch_it_is(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_time, "STRETCH", 4)
    with opened(database_url, 1) as (log,):
        for number in range(5):
            do(log, "post", f"a-{number}", NOON + timedelta(seconds=number))
        end = log.position()
    with opened(database_url, 2) as logs:
        logs[0].look_back(lambda: False)  # who writes looks to the end
        logs[1].look_back()
        for log in logs:
            do(log, "post", f"b-{logs.index(log)}", NOON)
        assert instants_of_commands(logs[0], end) == [NOON + timedelta(seconds=4) + n * TICK for n in (1, 2)]


def test_by_whatever_clocks_processes_write_instants_grow(database_url: str) -> None:
    names = (f"n-{number}" for number in count())
    with opened(database_url, 3) as logs:

        @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(st.lists(acts, min_size=1, max_size=5))
        @example([("post", 0, 3600.0), ("post", 1, 0.0), ("batch", 0, 0.0), ("revise", 2, -3600.0)])
        def write(done: list[tuple[str, int, float]]) -> None:
            end = logs[0].position()
            for deed, process, off in done:
                do(logs[process], deed, next(names), NOON + timedelta(seconds=off))
            assert len(instants_of_commands(logs[0], end)) >= len(done)

        write()
        assert_grows(instants_of_commands(logs[0]))


def test_instants_grow_among_writers_of_several_processes_at_once(database_url: str) -> None:
    """Each with threads of its own, and with a clock that is off, and goes back in between."""
    with opened(database_url, 3) as logs, ThreadPoolExecutor(WRITERS) as pool:

        def write(writer: int) -> None:
            log, off = logs[writer % len(logs)], timedelta(seconds=writer - 3)
            for turn in range(8):
                now = datetime.now(UTC) + off - timedelta(seconds=turn % 3)
                do(log, ("post", "batch", "revise")[turn % 3], f"w-{writer}-{turn}", now)

        list(pool.map(write, range(WRITERS)))
        instants = instants_of_commands(logs[0])
    assert_grows(instants)
    assert len(instants) >= WRITERS * 8


def rewrite(database_url: str, position: int, change: Callable[[bytes], bytes]) -> None:
    """Change what is stored of a domain event, as no code of ours does."""
    is_sqlite = database_url.startswith("sqlite")
    table, column = ("stored_events", "rowid") if is_sqlite else ("detente_events", "notification_id")
    read = f"SELECT state FROM {table} WHERE {column} = :position"  # noqa: S608  # names of our own
    write = f"UPDATE {table} SET state = :state WHERE {column} = :position"  # noqa: S608
    engine = open_engine(database_url)
    with engine.begin() as connection:
        state = connection.execute(text(read), {"position": position}).scalar_one()
        connection.execute(text(write), {"state": change(bytes(state)), "position": position})
    engine.dispose()


@pytest.mark.parametrize("fraction", [b"", b".000007"])
def test_a_log_in_which_the_clock_went_back_goes_on_after_its_latest_instant(
    database_url: str, fraction: bytes
) -> None:
    """As version 0.2 could write it: the latest instant is in the middle."""
    latest = b"2026-01-01T13:00:00" + fraction + b"Z"
    with opened(database_url, 1) as (log,):
        for name in ("a-1", "a-2", "a-3"):
            log.post_article(post(name, clash()))
    for position in (3, 4):
        rewrite(database_url, position, lambda state: state.replace(b"2026-01-01T12:00:00.000001Z", latest))
    with opened(database_url, 2) as (log, other):
        end = log.position()
        log.post_article(post("a-4", clash()))
        other.post_article(post("a-5", clash()))
        after = datetime.fromisoformat(latest.decode())
        assert instants_of_commands(log, end) == [after + TICK, after + 2 * TICK]


def test_an_event_that_cannot_be_read_does_not_hide_the_newest_instant(database_url: str) -> None:
    with opened(database_url, 1) as (log,):
        log.post_articles([post(name, clash()) for name in ("a-1", "a-2")])
    rewrite(database_url, 1, lambda _state: b"\x80 no JSON")
    with opened(database_url, 1) as (log,):
        log.post_article(post("a-3", clash()))
        assert instants_of_commands(log, 4) == [NOON + 2 * TICK]


def test_what_another_process_of_an_older_version_writes_meanwhile_counts(database_url: str) -> None:
    with opened(database_url, 2) as (log, older):
        log.post_article(post("a-1", clash()))
        older.post_article(post("a-2", clash()))
        for position in (3, 4):
            rewrite(database_url, position, lambda state: state.replace(b"12:00:00.000001Z", b"12:00:09Z"))
        log.post_article(post("a-3", clash()))
        assert instants_of_commands(log, 4) == [NOON + timedelta(seconds=9) + TICK]


def test_what_changes_nothing_takes_no_instant(database_url: str) -> None:
    with opened(database_url, 1) as (log,):
        log.post_article(post("a-1", clash()))
        log.post_articles([post("a-1", clash()), post("a-2", clash())])  # the first is there already
        log.post_article(post("a-1", clash()))
        assert instants_of_commands(log) == [NOON, NOON + TICK]


def test_states_of_other_forms_are_read_once_in_however_many_stretches_they_are(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_time, "STRETCH", 2)
    with opened(database_url, 1) as (log,):
        for number in range(4):
            log.post_article(post(f"a-{number}", clash()))
        end = log.position()
    for position in range(1, end + 1, 2):
        rewrite(database_url, position, lambda state: b" " + state)
    with opened(database_url, 1) as (log,):
        recorder: Any = log.recorder
        read_states, read = recorder._read_states, list[int]()

        def note(*asked: Any) -> list[tuple[int, bytes]]:
            found: list[tuple[int, bytes]] = read_states(*asked)
            read.extend(position for position, _ in found)
            return found

        monkeypatch.setattr(recorder, "_read_states", note)
        log.look_back()
        assert read == list(range(1, end + 1))
