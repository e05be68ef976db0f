"""UCDP GED, Uppsala's georeferenced events of organised violence: CSV, or its API's JSON. Each is an article."""

import re
from calendar import monthrange
from datetime import date
from typing import Any, Final, NamedTuple

from api.importing.actors.actor_finder import ActorFinder
from api.importing.formats.headed import Fields, HeadedFormat, ReadFields, coverage_by
from api.importing.names.ucdp_names import UcdpNames
from api.importing.optional_texts import OptionalTexts
from api.importing.rows import CodedEvent, Reject, make_report, number_of_people, read_day
from domain.articles import Header

PUBLISHER: Final = "UCDP"
_PLACE: Final = ("where coordinates", "adm 2", "adm 1", "country")
_ONLY_A_COUNTRY: Final = "6"
_LONGEST: Final = 4000
_DEATHS: Final = ("best", "low", "high", "deaths a", "deaths b", "deaths civilians", "deaths unknown")
_SIDES: Final = ("gwnoa", "gwnob", "country")
_SILENT_WITHOUT: Final = {"killed": ("best",), "publisher": ("source office", "source article")}
_PARTIAL_WITHOUT: Final = {
    **dict.fromkeys(("source", "target"), _SIDES),
    "summary": _DEATHS,
    "place": (*_PLACE, "where prec"),
}


class _Violence(NamedTuple):
    mode: str
    mutual: bool


#: UCDP's types of violence: both sides of the first two are armed, and of the third one is.
_VIOLENCE: Final = {
    "1": _Violence("state-based conflict", mutual=True),
    "2": _Violence("non-state conflict", mutual=True),
    "3": _Violence("one-sided violence", mutual=False),
}


def reader(actors: ActorFinder, publisher: str | None) -> ReadFields:
    """Return what reads a row."""
    names, texts = UcdpNames(actors), actors.texts

    def read(fields: Fields) -> CodedEvent:
        row = {name: value.strip() for name, value in fields.items()}
        number = row["id"]
        if not (number.isascii() and number.isdigit() and len(number) <= 20):
            raise Reject("no-id", f"{number[:40]!r} is not the number of an event")
        violence = _VIOLENCE.get(row["type of violence"])
        if violence is None:
            raise Reject("unknown-type", f"{row['type of violence'][:40]!r} is not a type of violence: 1, 2 or 3")
        first, last = (read_day(row[f"date {end}"]) for end in ("start", "end"))
        country = row.get("country", "")
        sides = actors.both(
            lambda side: names.read(row[f"side {side}"], row.get(f"gwno{side}", ""), country, last), *"ab"
        )
        report = make_report(
            "ASSAULT",
            *sides,
            occurred=_occurred(first, last),
            reciprocal=violence.mutual,
            ref=number,
            mode=violence.mode,
            place=texts.read_parts(_places(row), 200, "place"),
            summary=texts.read(_deaths(row, texts), _LONGEST, "summary"),
            **_toll(row, texts),
        )
        header = Header(
            publisher=publisher or _publisher(row, texts),
            published=_published(row, last),
            headline=texts.read(_headline(row), 500, "headline"),
        )
        return CodedEvent(f"ucdp-{number}", header, report)

    return read


FORMAT: Final = HeadedFormat(
    needed=frozenset({"id", "type of violence", "side a", "side b", "date start", "date end"}),
    reader=reader,
    dates=("date start", "date end"),
    numbers=("id", "type of violence", "gwnoa", "gwnob", "where prec", *_DEATHS),
    coverage=lambda names: coverage_by(names, _SILENT_WITHOUT, _PARTIAL_WITHOUT),
)


def _occurred(first: str, last: str) -> str:
    """Return the days of an event in EDTF: a day, a whole month or year, or an interval. Raises `Reject`."""
    if first > last:
        raise Reject("not-a-date", f"it begins on {first}, and ends on {last}")
    if first == last:
        return first
    end = date.fromisoformat(last)
    if first.endswith("-01-01") and last == f"{first[:4]}-12-31":
        return first[:4]
    is_month = first == f"{last[:7]}-01" and end.day == monthrange(end.year, end.month)[1]
    return last[:7] if is_month else f"{first}/{last}"


def _places(row: Fields) -> list[str]:
    """Return what is said of the place, as far as it is known: of what is known by its country, that alone."""
    known = _PLACE[-1:] if row.get("where prec") == _ONLY_A_COUNTRY else _PLACE
    return [row.get(name, "") for name in known]


def _deaths(row: Fields, texts: OptionalTexts) -> str:
    """Return all that is said of the dead, as a sentence: the model has room for one number.

    A lowest number above the best, or a highest below it, is left out.
    """
    wrong = [name for name in ("low", "high") if _is_beyond_best(name, row)]
    for name in wrong:
        texts.leave_out(name)
    told = [name for name in _DEATHS if row.get(name) and name not in wrong]
    said = [f"{name.removeprefix('deaths ')} {row[name]}" for name in told]
    return f"Deaths by UCDP: {', '.join(said)}." if said else ""


def _is_beyond_best(bound: str, row: Fields) -> bool:
    given, best = (number_of_people(row.get(name, "")) for name in (bound, "best"))
    if given is None or best is None:
        return False
    return given > best if bound == "low" else given < best


def _toll(row: Fields, texts: OptionalTexts) -> dict[str, Any]:
    best = row.get("best", "")
    if (killed := number_of_people(best)) is not None:
        return {"killed": killed}
    if best:
        texts.leave_out("killed")
    return {}


def _publisher(row: Fields, texts: OptionalTexts) -> str:
    """Return the offices of the sources in one order, or else the source as it is cited, or UCDP."""
    offices = {office.strip() for office in row.get("source office", "").split(";")} - {""}
    cited = row.get("source article", "").strip('"').split(",")[0]
    return texts.read("; ".join(sorted(offices, key=str.casefold)) or cited, 200, "publisher") or PUBLISHER


def _published(row: Fields, last: str) -> str:
    """Return the first day of a source's that is not before the event's last; else that one."""
    found = re.findall(r"\b\d{4}-\d\d-\d\d\b", row.get("source date", ""))
    return min((day for day in found if day >= last and _is_day(day)), default=last)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _headline(row: Fields) -> str:
    """Return the headline of the source, where there is one source."""
    headline = row.get("source headline", "")
    return "" if ";" in headline else headline
