"""ICEWS: columns by their names, or 20 in the usual order; NA where something is missing. A story is an article.

A deed without a code is read by the event's text, which is CAMEO's label for it.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from api.importing.actors.actor_finder import ActorFinder
from api.importing.codes.cameo_deeds import contradicts_weight, restore_zero
from api.importing.codes.icews import code_of_text
from api.importing.formats.date_columns import DateOrder, read_date
from api.importing.formats.headed import Fields, HeadedFormat, ReadFields, coverage_by
from api.importing.records.csv_records import unquoted
from api.importing.rows import CodedEvent, Reject, make_report, read_day, type_of_cameo
from api.parsing.event_tables import ABSENT
from domain.articles import Header

PUBLISHER: Final = "ICEWS"
_PLACE: Final = ("city", "district", "province", "country")
_PARTIAL_WITHOUT: Final = {
    "source": ("source country",),
    "target": ("target country",),
    "place": _PLACE,
}
_READ: Final = (
    *("event id", "event date", "source name", "source country", "event text", "cameo code", "intensity"),
    *("target name", "target country", "story id", "publisher", *_PLACE),
)


class _Deed(NamedTuple):
    code: str
    mended: tuple[str, ...] = ()
    is_contradicted: bool = False  #: by the event's text


def recognises(fields: Sequence[str]) -> bool:
    """Return whether a line without a header looks like one of this format."""
    return len(fields) == len(FORMAT.usual) and unquoted(fields[0]).isdigit() and _is_date(unquoted(fields[1]))


def reader(actors: ActorFinder, publisher: str | None) -> ReadFields:
    """Return what reads a row."""

    def read(fields: Fields) -> CodedEvent:
        row = {name: _value(fields[name]) for name in _READ if name in fields}
        day, deed = read_day(row["event date"]), _deed(row.get("cameo code", ""), row.get("event text", ""))
        if deed.is_contradicted:
            actors.texts.leave_out("event text")
        plover_type = type_of_cameo(deed.code)
        if contradicts_weight(deed.code, row.get("intensity", "")):
            actors.texts.leave_out("intensity")
        source, target = actors.both(
            lambda side: actors.by_name(row[f"{side} name"], row.get(f"{side} country", "")), "source", "target"
        )
        number = _number(row["event id"], "event")
        report = make_report(
            plover_type,
            source,
            target,
            occurred=day,
            cameo=deed.code,
            ref=number,
            place=actors.texts.read_parts((row.get(name, "") for name in _PLACE), 200, "place"),
        )
        named = publisher or actors.texts.read(row.get("publisher", ""), 200, "publisher") or PUBLISHER
        story = _number(row["story id"], "story") if "story id" in row else f"event-{number}"
        return CodedEvent(f"icews-{story}", Header(publisher=named, published=day), report, deed.mended)

    return read


FORMAT: Final = HeadedFormat(
    needed=frozenset({"event id", "event date", "source name", "target name"}),
    reader=reader,
    dates=("event date",),
    numbers=("event id", "story id", "cameo code"),
    coverage=lambda names: coverage_by(names, {"publisher": ("publisher",)}, _PARTIAL_WITHOUT),
    usual=(
        *("event id", "event date", "source name", "source sectors", "source country", "event text", "cameo code"),
        *("intensity", "target name", "target sectors", "target country", "story id", "sentence number"),
        *("publisher", "city", "district", "province", "country", "latitude", "longitude"),
    ),
)


def _value(field: str) -> str:
    """Return what a field says, nothing if it is missing."""
    value = field.strip()
    if value[:1] == '"':
        value = unquoted(value).strip()
    return "" if value in ABSENT else value


def _is_date(text: str) -> bool:
    try:
        read_date(text, DateOrder.MONTH_FIRST)
    except Reject:
        return False
    return True


@lru_cache(maxsize=1024)
def _deed(code: str, text: str) -> _Deed:
    """Return the code of a deed, by the event's text where it is missing or has lost a zero. Raises `Reject`."""
    labelled = code_of_text(text)
    if not code:
        if labelled is None:
            raise Reject("unknown-cameo", f"no code is given, and {text[:60]!r} is no label of CAMEO's")
        return _Deed(labelled, ("cameo-by-text",))
    if labelled == f"0{code}":
        return _Deed(labelled, ("lost-zero",))
    if labelled is not None and labelled.startswith(code):
        return _Deed(code)
    restored = restore_zero(code)
    mended = () if restored == code else ("lost-zero",)
    return _Deed(restored, mended, is_contradicted=labelled not in (None, restored))


def _number(text: str, what: str) -> str:
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise Reject("no-id", f"{text[:40]!r} is not the number of the {what}")
    return text
