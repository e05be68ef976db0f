"""An article, or one event of it, as the fields of a form, and back. A field is named by its JSON pointer.

A field holds what a cell of a table of events does, and is read as one: lists with semicolons between, counts in
digits, yes or no. So there is no second way to understand an article.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from api.http.problems import ProblemDetails
from api.pages.forms.form_data import FormData
from api.parsing.event_tables import ARTICLE_COLUMNS, article_of_row
from domain.errors import Fault, InvalidFacts

MOST_EVENTS: Final = 60  #: in a form: an article with more is pasted
#: The fields of an event that are always shown, and those that are folded away while they are empty.
USUAL_FIELDS: Final = ("kind", "type", "source", "target", "reciprocal", "occurred", "place", "killed", "wounded")
TEXT_FIELDS: Final = ("summary", "quote", "speaker")
OTHER_FIELDS: Final = (
    *("cameo", "mode", "source_role", "target_role", "agreement", "development", "title", "purpose", "parties"),
    *("ref", "part_of", "same_as"),
)
EVENT_FIELDS: Final = (*USUAL_FIELDS, *TEXT_FIELDS, *OTHER_FIELDS)
EVENTS: Final = "/events/"
ONE_EVENT: Final = "/event/"  # of a correction
_NUMBER: Final = re.compile(r"/events/(\d{1,4})/")


def article_body(form: FormData) -> bytes:
    """Return the article that a form holds, as clients send it. Raises `InvalidFacts`."""
    body: dict[str, Any] = {name: value for name in ARTICLE_COLUMNS if (value := form.one(f"/{name}"))}
    faults: list[Fault] = []
    body["events"] = []
    for index in range(number_of_events(form)):
        body["events"].append(_event(form, ("events", index), faults))
    if faults:
        raise InvalidFacts(faults)
    return json.dumps(body).encode()


def event_body(form: FormData) -> dict[str, Any]:
    """Return the event that a form holds, as clients send it. Raises `InvalidFacts`."""
    faults: list[Fault] = []
    event = _event(form, ("event",), faults)
    if faults:
        raise InvalidFacts(faults)
    return event


def _event(form: FormData, at: tuple[str | int, ...], faults: list[Fault]) -> dict[str, Any]:
    cells = {name: value for name, value in form.under(f"{_pointer(at)}/").items() if name in EVENT_FIELDS}
    try:
        (event,) = article_of_row(cells)["events"]
    except InvalidFacts as error:
        faults += [Fault((*at, *fault.path), fault.code, fault.detail, fault.candidates) for fault in error.faults]
        return {}
    found: dict[str, Any] = event
    return found


def number_of_events(form: FormData) -> int:
    """Return how many events a form has fields for, at most `MOST_EVENTS`."""
    found = (_NUMBER.match(name) for name, _ in form.fields)
    return min(max((int(each[1]) + 1 for each in found if each), default=0), MOST_EVENTS)


def with_event(form: FormData) -> list[tuple[str, str]]:
    """Return the fields of a form, and those of one event more."""
    index = number_of_events(form)
    return form.fields if index >= MOST_EVENTS else [*form.fields, (f"{EVENTS}{index}/kind", "")]


def without_event(form: FormData, gone: int) -> list[tuple[str, str]]:
    """Return the fields of a form without those of one event: the ones behind it move up."""
    kept = []
    for name, value in form.fields:
        found = _NUMBER.match(name)
        if found and int(found[1]) == gone:
            continue
        if found and int(found[1]) > gone:
            name = f"{EVENTS}{int(found[1]) - 1}/{name[found.end() :]}"
        kept.append((name, value))
    return kept


def header_fields(header: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the fields of what is said of an article itself."""
    return [(f"/{name}", str(header[name])) for name in ARTICLE_COLUMNS if header.get(name)]


def event_fields(event: Mapping[str, Any], prefix: str) -> list[tuple[str, str]]:
    """Return the fields of an event as clients send it."""
    return [(f"{prefix}{name}", text) for name in EVENT_FIELDS if (text := _as_text(event.get(name)))]


def _as_text(value: Any) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return "yes"
    return "; ".join(value) if isinstance(value, list | tuple) else str(value)


def _pointer(at: Sequence[str | int]) -> str:
    return "".join(f"/{step}" for step in at)


def errors_by_field(problem: ProblemDetails | None, shown: Iterable[str]) -> dict[str, list[str]]:
    """Return what is wrong by the field that it is about; under an empty name what is about none that is shown.

    `shown` are the names of all fields. Of a list in a field any of its items may be named.
    """
    if problem is None:
        return {}
    names = set(shown)
    found: dict[str, list[str]] = {}
    for error in problem.errors or ():
        pointer = error.pointer or (f"/{error.parameter}" if error.parameter else "")
        while pointer and pointer not in names:
            pointer = pointer.rpartition("/")[0]
        found.setdefault(pointer, []).append(error.detail)
    return found or {"": [problem.detail]}
