"""How far a standby follows, by what its server says."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from domain.log.servers.standby import StandbyState

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
EARLIER, LATER = NOW - timedelta(seconds=90), NOW - timedelta(seconds=30)


@dataclass(frozen=True)
class Told:
    """What a server says, and what follows."""

    state: StandbyState
    lag: float | None
    complete_until: datetime | None


@pytest.mark.parametrize(
    "told",
    [
        Told(StandbyState(False, False, 0, None, None, NOW), 0.0, NOW),
        Told(StandbyState(True, True, 0, EARLIER, LATER, NOW), 0.0, LATER),
        Told(StandbyState(True, True, 0, LATER, EARLIER, NOW), 0.0, LATER),
        Told(StandbyState(True, True, 0, None, LATER, NOW), 0.0, LATER),
        Told(StandbyState(True, True, 5, EARLIER, LATER, NOW), 90.0, EARLIER),
        Told(StandbyState(True, False, 0, EARLIER, None, NOW), 90.0, EARLIER),
        Told(StandbyState(True, False, 0, None, None, NOW), None, None),
        Told(StandbyState(True, False, 0, NOW + timedelta(seconds=1), None, NOW), 0.0, NOW + timedelta(seconds=1)),
    ],
    ids=[
        "a primary",
        "all is replayed, and more was heard",
        "what was replayed is newer than what was heard",
        "nothing was to be replayed since its start",
        "some is not replayed",
        "the primary is not there",
        "it has never replayed anything",
        "the clock of its primary is ahead",
    ],
)
def test_how_old_what_it_says_is_and_until_when_it_is_complete(told: Told) -> None:
    assert told.state.lag_seconds == told.lag
    assert told.state.complete_until == told.complete_until
