"""What the processes say on standard error: a line for each thing that happened, as JSON or as text.

A line is a line whatever a client sends: control characters are escaped in both forms, and a traceback in text is
marked as such, line by line. Lines that belong to a request carry its id, and its trace's where it is traced.
"""

import json
import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

import msgspec
from opentelemetry.trace import get_current_span

#: The id of the request that is being answered. Threads that a request starts see it too.
current_request: ContextVar[str | None] = ContextVar("current_request", default=None)

_access = logging.getLogger("api.access")
_QUIET: Final = ("/health", "/metrics")  # asked every few seconds by machines
#: Tell of each request that we make, or by whose credentials: who asks for it asks for `debug`.
_TELLS_EACH_REQUEST: Final = ("httpx", "httpcore", "aiobotocore", "botocore")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
#: What every record has, and uvicorn's copy of a message with colours; all else was given with `extra`.
_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}


class LogFormat(StrEnum):
    """How a line is written; `auto` is text on a terminal, and JSON everywhere else."""

    AUTO = "auto"
    JSON = "json"
    TEXT = "text"


class LogLevel(StrEnum):
    """From which level on a line is written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def configure(form: LogFormat, level: LogLevel) -> None:
    """Write what all loggers say, those of libraries included, to standard error; undo what was set before."""
    # No line names them, and to look them up takes longer than to write what it says.
    logging.logThreads = logging.logMultiprocessing = logging.logProcesses = False
    as_text = form == LogFormat.TEXT or (form == LogFormat.AUTO and sys.stderr.isatty())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(TextLines() if as_text else JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    chatty = logging.DEBUG if level == LogLevel.DEBUG else logging.WARNING
    for name in _TELLS_EACH_REQUEST:
        logging.getLogger(name).setLevel(chatty)


class JsonLines(logging.Formatter):
    """Writes a record as one JSON object (RFC 8259) without line breaks."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        fields = _fields(record)
        if exception := _exception(self, record):
            fields["exception"] = exception
        try:
            return msgspec.json.encode(fields).decode()
        except (TypeError, ValueError):  # half of a surrogate pair, or a value of a library's own type
            return json.dumps(fields, default=str)


class TextLines(logging.Formatter):
    """Writes a record for people: one line, and below it, indented, the traceback of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record, and those of its traceback."""
        fields = _fields(record)
        head = [fields.pop(name) for name in ("time", "level", "logger", "message")]
        line = f"{head[0]} {head[1]:<8} {head[2]}: {head[3]}"
        line += "".join(f" {name}={value}" for name, value in fields.items())
        lines = [_one_line(line)]
        lines += [f"    | {_one_line(part)}" for part in _exception(self, record).splitlines()]
        return "\n".join(lines)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    """Return what a record says, by name, in the order of a line."""
    fields: dict[str, Any] = {
        "time": _rfc3339(record.created),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": record.getMessage().rstrip("\n"),
    }
    if request_id := current_request.get():
        fields["request_id"] = request_id
    if (span := get_current_span().get_span_context()).is_valid:
        fields["trace_id"] = f"{span.trace_id:032x}"
    fields.update((name, value) for name, value in vars(record).items() if name not in _STANDARD)
    return fields


def _exception(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    """Return a record's traceback, empty if it has none."""
    if not record.exc_info or not record.exc_info[0]:
        return record.exc_text or ""
    return formatter.formatException(record.exc_info)


def _rfc3339(seconds: float) -> str:
    """Return an instant, given in seconds since 1970, in UTC and to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _one_line(text: str) -> str:
    """Return a text with its control characters and line breaks escaped."""
    return _CONTROL.sub(lambda found: repr(found[0])[1:-1], text)


def log_access(method: str, path: str, route: str, status: int, seconds: float) -> None:
    """Say that a request was answered; of those that machines send all the time, at the level `debug` only.

    The record is made here and not by `Logger.info`, which would look for its caller: a third of the cost.
    """
    level = logging.DEBUG if route.startswith(_QUIET) else logging.INFO
    if not _access.isEnabledFor(level):
        return
    record = logging.LogRecord(
        _access.name, level, __file__, 0, "%s %s %s", (method, path, status), None, "log_access"
    )
    record.__dict__.update(method=method, route=route, status=status, duration=round(seconds, 6))
    _access.handle(record)
