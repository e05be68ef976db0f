"""POLECAT: tab- or comma-separated with a header, read by the names in it. A story is an article.

The data set names no documents, so a story is known by its source, its day of publication and its headline.
"""

from hashlib import sha256
from typing import Final

from api.importing.actor_table import ImportedActor
from api.importing.actors import ActorFinder
from api.importing.formats.headed import Fields, HeadedFormat, ReadFields
from api.importing.optional_texts import OptionalTexts
from api.importing.rows import CodedEvent, Reject, make_report, read_day
from domain.articles import Header
from domain.reports import Report
from domain.standards.plover import INTENSITY

PUBLISHER: Final = "POLECAT"
_ABSENT: Final = frozenset({"", "NA", "None", "NULL"})
_PLACE: Final = ("placename", "city", "district", "province", "country")


def reader(actors: ActorFinder, publisher: str | None) -> ReadFields:
    """Return what reads a row."""

    def read(fields: Fields) -> CodedEvent:
        row = {name: "" if value.strip() in _ABSENT else value.strip() for name, value in fields.items()}
        plover_type = row["event type"].upper()
        if plover_type not in INTENSITY:
            raise Reject("unknown-type", f"{plover_type[:40]!r} is not a PLOVER type")
        report = make_report(
            plover_type,
            _actor(row, "actor", actors),
            _actor(row, "recipient", actors),
            occurred=read_day(row["event date"][:10]),
            mode=actors.texts.read_word(row.get("event mode", ""), 100, "mode"),
            place=actors.texts.read_parts((row.get(name, "") for name in _PLACE), 200, "place"),
        )
        return _event(row, publisher, report, actors.texts)

    return read


FORMAT: Final = HeadedFormat(
    needed=frozenset({"event id", "event date", "event type", "actor country", "recipient country"}), reader=reader
)


def _actor(row: Fields, side: str, actors: ActorFinder) -> ImportedActor:
    name, country = row.get(f"{side} name", ""), row[f"{side} country"]
    sectors = row.get(f"primary {side} sector") or row.get(f"{side} sectors", "")
    found = actors.by_name(name, country)
    return found._replace(role=actors.texts.read_word(sectors, 100, "role")) if found.role and sectors else found


def _event(row: Fields, publisher: str | None, report: Report, texts: OptionalTexts) -> CodedEvent:
    published = _published(row, texts)
    named = publisher or texts.read(row.get("source", ""), 200, "publisher") or PUBLISHER
    given = row.get("headline", "")
    headline = texts.read(given, 500, "headline")
    story = "\n".join((named, published, headline or given or row["event id"]))
    header = Header(publisher=named, published=published, headline=headline)
    return CodedEvent(f"polecat-{sha256(story.encode()).hexdigest()[:32]}", header, report)


def _published(row: Fields, texts: OptionalTexts) -> str:
    """Return the day of publication; where none is given, or no day, that of the event."""
    if given := row.get("publication date"):
        try:
            return read_day(given[:10])
        except Reject:
            texts.leave_out("publication date")
    return read_day(row["event date"][:10])
