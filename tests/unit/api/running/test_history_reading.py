"""How a service looks at its history: it takes up once what is published, and goes on when a database fails."""

from threading import Event

import pytest
from eventsourcing.persistence import OperationalError

from api.running import history_reading
from api.running.history_reading import keep_looking


class _Looked:
    """A history that has a position at each look, or fails to be compared with the log; then it is to stop."""

    address = "/archives/history"

    def __init__(self, stop: Event, *positions: int | Exception | None) -> None:
        self.position: int | None = None
        self._stop = stop
        self._positions = list(positions)

    def look(self) -> None:
        if not self._positions:
            self._stop.set()
            return
        found = self._positions.pop(0)
        if isinstance(found, Exception):
            raise found
        self.position = found


def _taken_up(
    monkeypatch: pytest.MonkeyPatch, *positions: int | Exception | None, late: int = 0
) -> list[int | None]:
    """Return the positions at which a history was taken up, the first `late` of them in vain."""
    monkeypatch.setattr(history_reading, "_LOCAL_EVERY", 0.0)
    stop, tried = Event(), list[int | None]()
    history = _Looked(stop, *positions)

    def take_up() -> bool:
        tried.append(history.position)
        return len(tried) > late

    keep_looking(history, take_up, stop)  # type: ignore[arg-type]  # which is all that it asks of one
    return tried


def test_what_is_published_is_taken_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _taken_up(monkeypatch, None, 7, 7, None, 7, 9) == [7, 9]


def test_it_is_taken_up_once_the_tables_have_reached_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _taken_up(monkeypatch, 7, 7, 7, 7, late=2) == [7, 7, 7]


def test_a_database_that_fails_does_not_end_the_looks(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert _taken_up(monkeypatch, 7, OperationalError("gone away"), 9) == [7, 9]
    assert "could not be compared with the log and the tables: gone away" in caplog.text
