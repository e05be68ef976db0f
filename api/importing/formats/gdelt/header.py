"""GDELT under a header, as BigQuery exports it: columns by their names, in any order, as many as there are.

A name may be written in words: `event_code` is `EventCode`. What a spreadsheet or a data frame makes of a number
is read where no digit is lost: `20180101.0`, `2.0180101E+7`.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

from api.importing.actors.actor_finder import ActorFinder
from api.importing.codes.cameo_deeds import restore_zero
from api.importing.formats.date_columns import day_of_instant
from api.importing.formats.gdelt import events
from api.importing.formats.headed import Fields, HeadedFormat, ReadFields, coverage_by
from api.importing.rows import CodedEvent, Reject, read_day, whole_number

#: Where a column is in GDELT 2.0. Others are not read.
POSITIONS: Final = {
    "globaleventid": 0,
    "sqldate": 1,
    "actor1code": 5,
    "actor1countrycode": 7,
    "actor1knowngroupcode": 8,
    "actor1type1code": 12,
    "actor1type2code": 13,
    "actor1type3code": 14,
    "actor2code": 15,
    "actor2countrycode": 17,
    "actor2knowngroupcode": 18,
    "actor2type1code": 22,
    "actor2type2code": 23,
    "actor2type3code": 24,
    "eventcode": 26,
    "eventbasecode": 27,
    "eventrootcode": 28,
    "quadclass": 29,
    "goldsteinscale": 30,
    "actiongeo fullname": 52,
    "dateadded": 59,
    "sourceurl": 60,
}
_SILENT_WITHOUT: Final = {
    "source": ("actor1code", "actor1countrycode", "actor1knowngroupcode"),
    "source_role": ("actor1code",),
    "target": ("actor2code", "actor2countrycode", "actor2knowngroupcode"),
    "target_role": ("actor2code",),
    "place": ("actiongeo fullname",),
    **dict.fromkeys(("url", "publisher"), ("sourceurl",)),
}
_WORD: Final = re.compile(
    r"global|event|id|sql|date|actor[12]|country|known|group|type[123]|code|base|root|quad|class|goldstein|scale"
    r"|action|geo|full|name|added|source|url"
)
_CODES: Final = ("eventcode", "eventbasecode", "eventrootcode", "quadclass")
_DAY_DIGITS: Final = len("20180101")
_SCIENTIFIC: Final = re.compile(r"(\d)(?:\.(\d*))?[Ee]\+?(\d{1,2})")


def reader(actors: ActorFinder, publisher: str | None) -> ReadFields:
    """Return what reads a row."""
    read_event = events.reader(events.GDELT2, actors, publisher)

    def read(fields: Fields) -> CodedEvent:
        row = [""] * events.GDELT2.columns[0]
        for name, at in POSITIONS.items():
            row[at] = fields.get(name, "").strip()
        for name in _CODES:
            row[POSITIONS[name]] = whole_number(row[POSITIONS[name]]) or row[POSITIONS[name]]
        row[POSITIONS["globaleventid"]] = _kept(row[POSITIONS["globaleventid"]], None, "no-id")
        day = row[POSITIONS["sqldate"]] = _kept(row[POSITIONS["sqldate"]], _DAY_DIGITS, "not-a-date")
        added = row[POSITIONS["dateadded"]]
        published = whole_number(added, _DAY_DIGITS) or day_of_instant(added) or _day(added)
        row[POSITIONS["dateadded"]] = (published or day).replace("-", "")
        if added and not published:
            actors.texts.leave_out("publication date")
        return _read_unrepeated(row, read_event) if not any(row[at] for at in events.REPEATED) else read_event(row)

    return read


def _spellings() -> dict[str, str]:
    """Return other ways to write the columns' names: in words, with the numbers apart, and as one word."""
    spelled = {"day": "sqldate"}
    for name in POSITIONS:
        words = " ".join(_WORD.findall(name))
        for spelling in (words, re.sub(r"(?<=[a-z])(?=\d)", " ", words), words.replace(" ", "")):
            spelled[spelling] = name
    return spelled


FORMAT: Final = HeadedFormat(
    needed=frozenset({"globaleventid", "sqldate", "eventcode"}),
    reader=reader,
    dates=("sqldate", "dateadded"),
    instants=("dateadded",),
    are_dates_loose=True,
    aliases=_spellings(),
    coverage=lambda names: coverage_by(names, _SILENT_WITHOUT),
)


def _read_unrepeated(row: list[str], read_event: Callable[[Sequence[str]], CodedEvent]) -> CodedEvent:
    """Return what a row says whose code no other column repeats."""
    given = row[POSITIONS["eventcode"]]
    row[POSITIONS["eventcode"]] = code = restore_zero(given)
    event = read_event(row)
    return event if code == given else event._replace(mended=("lost-zero",))


def _day(text: str) -> str | None:
    try:
        return read_day(text)
    except Reject:
        return None


def _kept(text: str, digits: int | None, reason: str) -> str:
    """Return a number with all its digits, or the text if it is none. Raises `Reject` if digits are lost."""
    number = whole_number(text, digits)
    if number is None and _SCIENTIFIC.fullmatch(text):
        raise Reject(reason, f"{text} has lost digits: export the column as text, or as a whole number")
    return number or text
