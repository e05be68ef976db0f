"""Instants of record: given to each command in turn, and found again in what is stored."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from uuid import UUID

import pytest
from eventsourcing.persistence import JSONTranscoder, StoredEvent
from hypothesis import given
from hypothesis import strategies as st

from domain.articles import Article
from domain.events import Provenance
from domain.log.mapper import EventMapper
from domain.log.recorders import record_time as record_time_module
from domain.log.recorders.record_time import LatestTexts, Newest, RecordTime, instant_of, newest_of, stamped
from tests.language import NOON, clash, header, statement

MAPPER = EventMapper(JSONTranscoder())
TICK = timedelta(microseconds=1)


def stored(article_id: str, recorded: datetime, reports: int = 2) -> list[StoredEvent]:
    """Return what posting an article puts into the log."""
    told = [clash() if number % 2 else statement(summary='"timestamp":"x"') for number in range(reports)]
    article = Article.post(article_id, header(), told, Provenance("ann", recorded))
    return [MAPPER.to_stored_event(event) for event in article.collect_events()]


def instants(events: Sequence[StoredEvent]) -> list[datetime | None]:
    return [instant_of(event.state) for event in events]


def test_what_is_later_than_all_in_the_log_keeps_the_instant_at_which_it_was_made() -> None:
    pending = stored("a-1", NOON + TICK)
    assert stamped(pending, NOON) == (pending, NOON + TICK)


@pytest.mark.parametrize("behind", [timedelta(0), TICK, timedelta(hours=1)])
def test_what_is_not_later_is_recorded_a_microsecond_after_the_newest(behind: timedelta) -> None:
    pending = stored("a-1", NOON - behind)
    made, newest = stamped(pending, NOON)
    assert (instants(made), newest) == ([NOON + TICK] * 3, NOON + TICK)
    assert [MAPPER.to_stored_event(MAPPER.to_domain_event(event)) for event in made] == made
    assert [event.state.partition(b",")[2] for event in made] == [e.state.partition(b",")[2] for e in pending]


def test_each_command_of_a_transaction_has_an_instant_of_its_own() -> None:
    made, newest = stamped([*stored("a-1", NOON, 1), *stored("a-2", NOON, 2), *stored("a-3", NOON, 1)], NOON)
    ticks = [1, 1, 2, 2, 2, 3, 3]
    assert instants(made) == [NOON + n * TICK for n in ticks]
    assert newest == NOON + 3 * TICK


def test_an_instant_of_another_zone_is_recorded_in_utc() -> None:
    abroad = NOON.astimezone(timezone(timedelta(hours=3)))
    ((made, *_), newest) = stamped(stored("a-1", abroad), NOON - TICK)
    assert made.state.startswith(b'{"timestamp":"2026-01-01T12:00:00Z"')
    assert newest == NOON


def test_a_state_of_another_form_stays_as_it_is() -> None:
    other = StoredEvent(UUID(int=1), 1, "topic", b'{"a":1}')
    assert stamped([other], NOON) == ([other], NOON)


@given(st.lists(st.datetimes(max_value=NOON.replace(tzinfo=None), timezones=st.just(UTC)), max_size=6))
def test_whatever_the_clocks_say_instants_grow_with_the_commands(clocks: list[datetime]) -> None:
    pending = [event for number, now in enumerate(clocks) for event in stored(f"a-{number}", now, 1)]
    made, _ = stamped(pending, datetime(1999, 1, 1, tzinfo=UTC))
    recorded = [instant for instant in instants(made) if instant is not None]
    commands = recorded[::2]
    assert commands == recorded[1::2]
    assert all(one < other for one, other in pairwise(commands))
    assert all(instant >= now for instant, now in zip(commands, clocks, strict=True))


def test_a_log_that_is_far_ahead_of_the_clock_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    record_time = RecordTime()
    for behind in (timedelta(seconds=59), timedelta(hours=1), timedelta(hours=2)):
        record_time.stamp(stored("a-1", NOON - behind), lambda _after: Newest(1, NOON))
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        "the log is ahead of the clock by 1"
    ]


def test_what_was_written_by_this_process_is_not_looked_for_again() -> None:
    record_time, looked = RecordTime(), list[int]()

    def find_newest(after: int) -> Newest | None:
        looked.append(after)
        return Newest(4, NOON) if after < 4 else None

    assert record_time.stamp(stored("a-1", NOON), find_newest)[1] == NOON + TICK
    record_time.note(Newest(7, NOON + TICK))
    assert record_time.stamp(stored("a-2", NOON), find_newest)[1] == NOON + 2 * TICK
    assert looked == [0, 7]


def test_what_was_recorded_before_is_looked_at_once_stretch_by_stretch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_time_module, "STRETCH", 3)
    record_time, looked = RecordTime(), list[tuple[int, int]]()

    def newest(after: int, upto: int) -> Newest | None:
        looked.append((after, upto))
        return {0: Newest(3, NOON + TICK), 3: None, 6: Newest(7, NOON)}[after]

    record_time.look_back(lambda: 7, newest, goes_on=lambda: len(looked) < 2)
    assert looked == [(0, 3), (3, 6)]
    for _ in range(2):
        record_time.look_back(lambda: 7, newest)
    assert looked == [(0, 3), (3, 6), (6, 7)]
    assert record_time.stamp(stored("a-1", NOON), lambda _after: None)[1] == NOON + 2 * TICK


STATES = [
    (5, b'{"timestamp":"2026-01-01T12:00:00Z"}'),
    (6, b'{"timestamp":"2026-01-01T12:00:00.5Z"}'),
    (8, b"\x80"),
    (9, b'{"recorded_by":"ann","timestamp":"2026-01-01T15:00:01+02:00"}'),
]


def read_states(after: int) -> list[tuple[int, bytes]]:
    return [row for row in STATES if row[0] > after][:2]


@pytest.mark.parametrize(
    ("found", "newest"),
    [
        (LatestTexts(None, None, None, 0), None),
        (LatestTexts(5, None, b"2026-01-01T12:00:00Z", 0), Newest(5, NOON)),
        (LatestTexts(6, b"2026-01-01T12:00:00.000001Z", b"2026-01-01T12:00:00Z", 0), Newest(6, NOON + TICK)),
        (LatestTexts(9, None, b"2026-01-01T12:00:00Z", 2), Newest(9, NOON + timedelta(hours=1, seconds=1))),
        (LatestTexts(9, b"2026-99-01T12:00:00.000001Z", None, 0), Newest(9, NOON + timedelta(hours=1, seconds=1))),
    ],
)
def test_the_newest_is_found_also_among_states_of_other_forms(found: LatestTexts, newest: Newest | None) -> None:
    assert newest_of(found, 4, read_states) == newest


@pytest.mark.parametrize("state", [b"", b"[]", b'{"timestamp":"then"}', b'{"timestamp":"2026-01-01T12:00:00"}'])
def test_a_state_that_does_not_say_when_has_no_instant(state: bytes) -> None:
    assert instant_of(state) is None
