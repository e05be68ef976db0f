"""ICEWS: 20 tab-separated columns with a header, NA where something is missing. A story is an article."""

from collections.abc import Callable, Sequence
from typing import Final

from api.importing.actors import ActorFinder
from api.importing.rows import CodedEvent, Reject, make_report, read_day, type_of_cameo
from domain.articles import Header

COLUMNS: Final = 20
PUBLISHER: Final = "ICEWS"
_EVENT_ID, _DAY, _SOURCE, _SOURCE_COUNTRY, _CODE, _TARGET, _TARGET_COUNTRY = 0, 1, 2, 4, 6, 8, 10
_STORY, _PUBLISHER = 11, 13
_PLACE = slice(14, 18)


def recognises(fields: Sequence[str]) -> bool:
    """Return whether a line looks like one of this format."""
    return len(fields) == COLUMNS and (is_header(fields) or (fields[_EVENT_ID].isdigit() and "-" in fields[_DAY]))


def is_header(fields: Sequence[str]) -> bool:
    """Return whether a line names the columns."""
    return fields[_EVENT_ID].strip().strip('"').lower() in ("event id", "event_id")


def reader(actors: ActorFinder, publisher: str | None) -> Callable[[Sequence[str]], CodedEvent]:
    """Return what reads a row."""

    def read(fields: Sequence[str]) -> CodedEvent:
        if len(fields) != COLUMNS:
            raise Reject("wrong-columns", f"a row of ICEWS data has {COLUMNS} columns, this one {len(fields)}")
        day, code = read_day(fields[_DAY]), fields[_CODE].strip()
        plover_type = type_of_cameo(code)
        source = actors.by_name(fields[_SOURCE].strip(), fields[_SOURCE_COUNTRY].strip())
        target = actors.by_name(fields[_TARGET].strip(), fields[_TARGET_COUNTRY].strip())
        report = make_report(
            plover_type,
            source,
            target,
            occurred=day,
            cameo=code,
            ref=_number(fields[_EVENT_ID], "event"),
            place=actors.texts.read_parts((part for part in fields[_PLACE] if part != "NA"), 200, "place"),
        )
        named = publisher or ("" if fields[_PUBLISHER] == "NA" else fields[_PUBLISHER])
        header = Header(publisher=actors.texts.read(named, 200, "publisher") or PUBLISHER, published=day)
        return CodedEvent(f"icews-{_number(fields[_STORY], 'story')}", header, report)

    return read


def _number(text: str, what: str) -> str:
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise Reject("no-id", f"{text[:40]!r} is not the number of the {what}")
    return text
