"""POLECAT: tab- or comma-separated with a header, read by the names in it. A story is an article.

A story is known by its id, or by the part of the event's id in front of `_1`, `_2`; where there is neither, by its
source, its day of publication and its headline. Cells that name several actors are read by `polecat_sides.py`.
"""

import re
from contextlib import suppress
from hashlib import sha256
from typing import Final

from api.importing.actors.actor_finder import ActorFinder
from api.importing.formats.date_columns import day_of_instant
from api.importing.formats.headed import Fields, HeadedFormat, ReadFields, coverage_by
from api.importing.formats.polecat_sides import find_side
from api.importing.optional_texts import OptionalTexts
from api.importing.rows import CodedEvent, Reject, make_report, read_day
from api.parsing.event_tables import ABSENT
from domain.articles import Header
from domain.reports import Report
from domain.standards.plover import INTENSITY

PUBLISHER: Final = "POLECAT"
_PLACE: Final = ("placename", "city", "district", "province", "country")
_SILENT_WITHOUT: Final = {
    "source": ("actor name",),
    "source_role": ("actor name",),
    "target": ("recipient name",),
    "target_role": ("recipient name",),
    "mode": ("event mode",),
    "summary": ("contexts",),
    "publisher": ("source",),
}
_PARTIAL_WITHOUT: Final = {
    "source_role": ("primary actor sector", "actor sectors"),
    "target_role": ("primary recipient sector", "recipient sectors"),
    "place": _PLACE,
}
_NUMBERED: Final = re.compile(r"(?!\d{4}-?\d{2}-?\d{2}_\d+$)(.+)_\d+")  # a day and a number name no story


def reader(actors: ActorFinder, publisher: str | None) -> ReadFields:
    """Return what reads a row."""

    def read(fields: Fields) -> CodedEvent:
        row = {name: value.strip() for name, value in fields.items()}
        plover_type = row["event type"].upper()
        if plover_type not in INTENSITY:
            raise Reject("unknown-type", f"{plover_type[:40]!r} is not a PLOVER type")
        _note_contradictions(row, INTENSITY[plover_type], actors.texts)
        report = make_report(
            plover_type,
            *actors.both(lambda side: find_side(row, side, actors), "actor", "recipient"),
            occurred=read_day(row["event date"]),
            ref=_ref(row["event id"]),
            mode=actors.texts.read_word(row.get("event mode", ""), 100, "mode"),
            summary=_contexts(row.get("contexts", ""), actors.texts),
            place=actors.texts.read_parts((row.get(name, "") for name in _PLACE), 200, "place"),
        )
        return _event(row, publisher, report, actors.texts)

    return read


FORMAT: Final = HeadedFormat(
    needed=frozenset({"event id", "event date", "event type", "actor country", "recipient country"}),
    reader=reader,
    dates=("event date", "publication date"),
    instants=("publication date",),
    coverage=lambda names: coverage_by(names, _SILENT_WITHOUT, _PARTIAL_WITHOUT),
    unfilled=frozenset({"headline", "event text", "feed", "story id"}),
)


def _note_contradictions(row: Fields, weight: float, texts: OptionalTexts) -> None:
    """Note columns that make a friendly deed of a hostile type, or a hostile one of a friendly type."""
    quad = row.get("quad code", "").upper()
    if ("CONFLICT" in quad and weight > 0) or ("COOPERATION" in quad and weight < 0):
        texts.leave_out("quad code")
    with suppress(ValueError):
        if float(row.get("intensity", "")) * weight < 0:
            texts.leave_out("intensity")


def _ref(text: str) -> str:
    """Return the event's id. Raises `Reject`."""
    if not (text.isascii() and text.isprintable() and 0 < len(text) <= 100):
        raise Reject("no-id", f"{text[:40]!r} is not the id of an event")
    return text


def _contexts(cell: str, texts: OptionalTexts) -> str | None:
    """Return what an event is about, as `military` or `legal`, in words."""
    contexts = [part.strip().replace("_", " ") for part in re.split("[;,|]", cell)]
    named = ", ".join(dict.fromkeys(part for part in contexts if part not in ABSENT))
    return texts.read(f"contexts: {named}", 500, "contexts") if named else None


def _event(row: Fields, publisher: str | None, report: Report, texts: OptionalTexts) -> CodedEvent:
    published = _published(row, texts)
    named = publisher or texts.read(row.get("source", ""), 200, "publisher") or PUBLISHER
    given = row.get("headline", "")
    headline = texts.read(given, 500, "headline")
    story = _story(row) or "\n".join((named, published, headline or given or row["event id"]))
    header = Header(publisher=named, published=published, headline=headline)
    return CodedEvent(f"polecat-{sha256(story.encode()).hexdigest()[:32]}", header, report)


def _published(row: Fields, texts: OptionalTexts) -> str:
    """Return the day of publication; where none is given, or no day, that of the event."""
    if given := row.get("publication date"):
        try:
            return day_of_instant(given) or read_day(given)
        except Reject:
            texts.leave_out("publication date")
    return read_day(row["event date"])


def _story(row: Fields) -> str | None:
    numbered = _NUMBERED.fullmatch(row["event id"])
    return row.get("story id") or (numbered[1] if numbered else None)
