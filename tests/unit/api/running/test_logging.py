"""Lines of the log: one for each record, in a form that machines read, whatever is in it."""

import json
import logging
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.running import logging as logs
from api.running.logging import JsonLines, LogFormat, LogLevel, TextLines, current_request, log_access

ANYTHING = st.text(st.characters())  # halves of surrogate pairs too


def record(message: str, *args: object, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("api.test", logging.WARNING, __file__, 1, message, args, None)
    made.__dict__.update(extra)
    return made


def failed(message: str) -> logging.LogRecord:
    made = record("it failed")
    try:
        raise ValueError(message)
    except ValueError:
        made.exc_info = sys.exc_info()
    return made


def read(line: str) -> dict[str, Any]:
    assert "\n" not in line
    read: dict[str, Any] = json.loads(line)
    return read


def test_a_line_says_when_how_grave_who_and_what() -> None:
    line = read(JsonLines().format(record("%s of %s", 1, 2, pair="RUS")))
    time = datetime.fromisoformat(line.pop("time"))
    assert time.utcoffset() == timedelta(0)
    assert abs(time - datetime.now(UTC)) < timedelta(minutes=5)
    assert line == {"level": "warning", "logger": "api.test", "message": "1 of 2", "pair": "RUS"}


def test_the_request_is_named_while_it_is_answered() -> None:
    token = current_request.set("a-request")
    try:
        assert read(JsonLines().format(record("x")))["request_id"] == "a-request"
        assert "request_id=a-request" in TextLines().format(record("x"))
    finally:
        current_request.reset(token)
    assert "request_id" not in read(JsonLines().format(record("x")))


def test_an_exception_is_a_field_with_its_traceback() -> None:
    exception = read(JsonLines().format(failed("no\nway")))["exception"]
    assert exception.startswith("Traceback (most recent call last):\n")
    assert exception.endswith("ValueError: no\nway")


def test_a_value_that_json_does_not_have_is_written_as_text() -> None:
    assert read(JsonLines().format(record("x", odd=object)))["odd"] == "<class 'object'>"


@settings(deadline=None)
@given(ANYTHING, ANYTHING)
def test_nothing_that_is_sent_makes_another_line_of_json(message: str, value: str) -> None:
    line = JsonLines().format(record("%s", message, path=value))
    assert len(line.splitlines()) == 1 or not any(c in line for c in "\r\n")
    found = read(line)
    assert found["message"] == message.rstrip("\n")
    assert found["path"] == value


@settings(deadline=None)
@given(ANYTHING, ANYTHING)
def test_nothing_that_is_sent_makes_another_line_of_text(message: str, value: str) -> None:
    assert len(TextLines().format(record("%s", message, path=value)).splitlines()) == 1


@settings(deadline=None)
@given(ANYTHING)
def test_each_line_of_a_traceback_in_text_is_marked_as_one(message: str) -> None:
    first, *others = TextLines().format(failed(message)).splitlines()
    assert first.endswith("Z warning  api.test: it failed")
    assert len(others) >= 3
    assert all(line.startswith("    | ") for line in others)


@pytest.fixture
def configured() -> Any:
    """Put back what the tests of the configuration change."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before


@pytest.mark.usefixtures("configured")
def test_requests_of_machines_are_logged_for_debugging_only(capsys: pytest.CaptureFixture[str]) -> None:
    for level, expected in ((LogLevel.INFO, ["/v1/x"]), (LogLevel.DEBUG, ["/v1/x", "/health/live", "/metrics"])):
        logs.configure(LogFormat.JSON, level)
        for route in ("/v1/x", "/health/live", "/metrics"):
            log_access("GET", route, route, 200, 0.25)
        lines = [read(line) for line in capsys.readouterr().err.splitlines()]
        assert [line["route"] for line in lines] == expected
        assert (lines[0]["method"], lines[0]["status"], lines[0]["duration"]) == ("GET", 200, 0.25)
    logs.configure(LogFormat.JSON, LogLevel.WARNING)
    log_access("GET", "/v1/x", "/v1/x", 200, 0.25)
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize(("form", "is_json"), [("json", True), ("text", False), ("auto", True)])
def test_where_no_terminal_is_lines_are_json_unless_set_otherwise(
    capsys: pytest.CaptureFixture[str], form: str, is_json: bool
) -> None:
    logs.configure(LogFormat(form), LogLevel.INFO)
    logging.getLogger("somebody.else").info("hello")
    assert capsys.readouterr().err.startswith("{") is is_json


@pytest.mark.parametrize(("level", "told"), [(LogLevel.INFO, False), (LogLevel.DEBUG, True)])
def test_requests_that_we_make_are_logged_for_debugging_only(
    capsys: pytest.CaptureFixture[str], level: LogLevel, told: bool
) -> None:
    logs.configure(LogFormat.JSON, level)
    logging.getLogger("httpx").info("HTTP Request: POST /v1/articles/batch")
    assert bool(capsys.readouterr().err) is told
