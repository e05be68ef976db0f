"""ACLED: CSV with a header, or its API's JSON. An event is an article, by its id. Lists of deleted events, too."""

import re
from collections.abc import Collection
from datetime import date, timedelta
from typing import Any, Final

from api.importing.actors.actor_finder import ActorFinder
from api.importing.actors.actor_table import ImportedActor
from api.importing.formats.acled_deeds import AcledDeed, ActorType, actor_type, deed_of
from api.importing.formats.headed import Fields, HeadedFormat, ReadFields, coverage_by
from api.importing.names.acled_names import AcledNames
from api.importing.optional_texts import OptionalTexts
from api.importing.rows import CodedEvent, DeletedEvent, Reject, make_report, number_of_people, read_day
from domain.articles import Header

PUBLISHER: Final = "ACLED"
_ID: Final = re.compile(r"[A-Za-z]{2,4}\d{1,12}|\d{1,12}[A-Za-z]{2,4}")
_PLACE: Final = ("location", "admin3", "admin2", "admin1", "country")
_SIDES: Final = ("sub event type", "inter1", "inter2", "assoc actor 1", "assoc actor 2", "country")
_SILENT_WITHOUT: Final = {
    **dict.fromkeys(("type", "mode", "reciprocal"), ("sub event type",)),
    "killed": ("fatalities",),
    "summary": ("notes",),
    "publisher": ("source",),
}
_PARTIAL_WITHOUT: Final = {
    **dict.fromkeys(("source", "target"), _SIDES),
    "occurred": ("time precision",),
    "place": _PLACE,
}
_DELETED_AT: Final = "deleted timestamp"  #: a column that only lists of deleted events have
_HALF_WEEK: Final = timedelta(days=3)


def reader(actors: ActorFinder, publisher: str | None) -> ReadFields:
    """Return what reads a row."""
    names, texts = AcledNames(actors), actors.texts

    def read(fields: Fields) -> CodedEvent:
        row = {name: value.strip() for name, value in fields.items()}
        number = _number(row)
        day = read_day(row["event date"])
        deed = deed_of(row["event type"], row.get("sub event type", ""))
        one, other = actors.both(lambda side: _side(row, side, names, texts), *"12")
        source, target = (other, one) if _is_turned(row, deed) else (one, other)
        report = make_report(
            deed.type,
            source,
            [actor for actor in target if actor.code not in {a.code for a in source}] or target[:1],
            occurred=_occurred(day, row.get("time precision", "")),
            reciprocal=deed.mutual,
            ref=number,
            mode=texts.read_word(row.get("sub event type") or row["event type"], 100, "mode"),
            place=texts.read_parts((row.get(name, "") for name in _PLACE), 200, "place"),
            summary=texts.read(row.get("notes", ""), 4000, "summary"),
            **_toll(row, deed, texts),
        )
        named = publisher or texts.read(_sources(row.get("source", "")), 200, "publisher") or PUBLISHER
        return CodedEvent(_article_id(number), Header(publisher=named, published=day), report)

    return read


FORMAT: Final = HeadedFormat(
    needed=frozenset({"event id cnty", "event date", "event type", "actor1", "actor2"}),
    reader=reader,
    dates=("event date",),
    numbers=("time precision", "inter1", "inter2", "fatalities"),
    coverage=lambda names: coverage_by(names, _SILENT_WITHOUT, _PARTIAL_WITHOUT),
)


def deletion_reader(_actors: ActorFinder, _publisher: str | None) -> ReadFields:
    """Return what reads a row of a list of deleted events."""

    def read(fields: Fields) -> DeletedEvent:
        row = {name: value.strip() for name, value in fields.items()}
        number = _number(row)
        if not row.get(_DELETED_AT, "-"):
            raise Reject("not-deleted", f"the row of {number} does not say when the event was deleted")
        return DeletedEvent(_article_id(number), number)

    return read


def _is_of_deleted(names: Collection[str]) -> bool:
    """Return whether columns are those of a list of deleted events, and not some columns of an export."""
    return _DELETED_AT in names or {"event id cnty", "iso", ""}.issuperset(names)


def _check_deleted(names: Collection[str]) -> None:
    if _DELETED_AT not in names and not FORMAT.needed.isdisjoint({*names} - {"event id cnty"}):
        raise Reject("not-deleted", "is an export of events and no list of deleted ones: none is retracted")


DELETED: Final = HeadedFormat(
    needed=frozenset({"event id cnty"}),
    reader=deletion_reader,
    check=_check_deleted,
    is_meant=_is_of_deleted,
)


def _number(row: Fields) -> str:
    number = row["event id cnty"]
    if not _ID.fullmatch(number):
        raise Reject("no-id", f"{number[:40]!r} is not the id of an event, such as SYR123")
    return number


def _article_id(number: str) -> str:
    return f"acled-{number}"


def _side(row: Fields, side: str, names: AcledNames, texts: OptionalTexts) -> list[ImportedActor]:
    """Return an actor, and those who fought beside it as far as the registry has them. Raises `Reject`."""
    given, country = actor_type(row.get(f"inter{side}", "")), row.get("country", "")
    found = [names.read(row[f"actor{side}"], given, country)]
    for name in filter(None, map(str.strip, row.get(f"assoc actor {side}", "").split(";"))):
        if given is not None and given.is_armed and names.is_known(name):
            found.append(names.read(name, None, country))
        else:
            texts.leave_out("associate")
    return list({actor.code: actor for actor in reversed(found)}.values())[::-1]


def _is_turned(row: Fields, deed: AcledDeed) -> bool:
    """Return whether actor 2 does it to actor 1."""
    one, other = (actor_type(row.get(f"inter{side}", "")) or _type_by_name(row[f"actor{side}"]) for side in "12")
    by_doer = other in deed.doers and one not in deed.doers
    by_victim = one in deed.victims and other not in deed.victims
    return by_doer or by_victim


def _type_by_name(name: str) -> ActorType | None:
    """Return the type of an actor that a name alone tells, where no inter code does."""
    words = {
        "Protesters": ActorType.PROTESTERS,
        "Rioters": ActorType.RIOTERS,
        "Civilians": ActorType.CIVILIANS,
        "Military Forces of": ActorType.STATE,
        "Police Forces of": ActorType.STATE,
    }
    return next((found for word, found in words.items() if name.startswith(word)), None)


def _occurred(day: str, precision: str) -> str:
    """Return the days in which an event was, in EDTF: a day, the week around it, or its month. Raises `Reject`."""
    if precision in ("", "1"):
        return day
    middle = date.fromisoformat(day)
    if precision == "2":
        return f"{middle - _HALF_WEEK}/{middle + _HALF_WEEK}"
    if precision == "3":
        return day[:7]
    raise Reject("not-a-date", f"{precision[:40]!r} is not a precision of time: 1, 2 or 3")


def _sources(text: str) -> str:
    """Return the sources of an event, in one order whatever theirs."""
    return "; ".join(sorted(set(filter(None, map(str.strip, text.split(";")))), key=str.casefold))


def _toll(row: Fields, deed: AcledDeed, texts: OptionalTexts) -> dict[str, Any]:
    text = row.get("fatalities", "")
    if not text or deed.type == "AGREE":
        return {}
    if (killed := number_of_people(text)) is not None:
        return {"killed": killed}
    texts.leave_out("killed")
    return {}
