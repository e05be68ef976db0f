"""A process kept running beside this one: what it is told, and what becomes of one that does not listen."""

import logging
import sys

import pytest

from api.running import supervisor
from api.running.supervisor import Supervisor
from tests.patience import wait_until

#: Python without what takes it time to start.
PYTHON = (sys.executable, "-I", "-S", "-c")
LISTENS = "import sys; sys.stdin.read()"
IS_DEAF = "import time; time.sleep(3600)"


def test_a_process_ends_when_it_is_told_to_and_is_not_started_again(caplog: pytest.LogCaptureFixture) -> None:
    beside = Supervisor([*PYTHON, LISTENS], {})
    assert beside.process_id is None
    beside.wake()  # nobody is there yet
    beside.start()
    wait_until(lambda: beside.process_id is not None)
    beside.wake()

    beside.stop()

    assert beside.process_id is None
    assert caplog.messages == []


def test_a_process_that_does_not_end_is_killed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(supervisor, "LAST_PAGE", 0.0)
    beside = Supervisor([*PYTHON, IS_DEAF], {})
    beside.start()
    wait_until(lambda: beside.process_id is not None)

    beside.stop()

    assert beside.process_id is None
    assert caplog.messages == ["the projector's process does not end; it is killed"]


def test_a_process_that_cannot_run_is_started_again_and_each_end_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(supervisor, "_FIRST_PAUSE", 0.01)
    with caplog.at_level(logging.WARNING):
        beside = Supervisor([*PYTHON, "raise SystemExit(3)"], {})
        beside.start()
        wait_until(lambda: len(caplog.messages) >= 2)
        beside.stop()

    first, second = caplog.messages[:2]
    assert first == "the projector's process ended with status 3; starting it in 0.01 s"
    assert second == "the projector's process ended with status 3; starting it in 0.02 s"
