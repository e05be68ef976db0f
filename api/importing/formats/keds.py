"""KEDS and its kin: date, source, target, code of the deed, with tabs, commas or semicolons.

A day of the wire is an article. Days of six digits, as older files have them, are of the years that KEDS and WEIS
data are of: from 1966 on.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Final

from api.importing.actors.actor_finder import ActorFinder
from api.importing.codes.scheme_recognition import CodedRow, with_zero
from api.importing.codes.schemes import CodeScheme
from api.importing.formats.date_columns import DateOrder, read_date
from api.importing.records.csv_records import column_name
from api.importing.rows import CodedEvent, Reject, make_report, read_day, type_of_cameo, type_of_weis
from domain.articles import Header
from domain.reports import local_ref

COLUMNS: Final = 4
_LONGEST_IDENTITY: Final = 90
PUBLISHER: Final = "KEDS wire"
_DATE: Final = re.compile(  # as spreadsheets and data frames write it
    r"(\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|\d{4}[/-]\d{1,2}[/-]\d{1,2})([T ][\d:.]+( ?[AP]M)?( ?UTC|Z|[+-][\d:]+)?)?"
)
_SIX_DIGITS: Final = re.compile(r"\d{6}\d")  # and the first of the code
_FIRST_OF_THE_LAST: Final = 66  # WEIS begins in 1966
_LAST_OF_THIS_CENTURY: Final = 35  # what is in the future is rejected as that
_DATE_NAMES: Final = ("date", "event date", "eventdate")
_NAMES: Final = ("date", "source", "target", "code")


def recognises(fields: Sequence[str]) -> bool:
    """Return whether a line looks like one of this format."""
    coded = _coded(fields)
    if len(coded) != COLUMNS:
        return False
    first, code = coded[0].strip(), coded[-1].strip()
    return is_header(coded) or (
        re.fullmatch(r"[\d-]{8,10}", first) is not None
        or _SIX_DIGITS.fullmatch(first + code[:1]) is not None
        or (_DATE.fullmatch(first) is not None and code.isdigit())
    )


def columns_in(fields: Sequence[str]) -> tuple[int, ...] | None:
    """Return where a header with more columns than are read has these, None for any other line."""
    names = ["date" if column_name(field) in _DATE_NAMES else column_name(field) for field in fields]
    if len(names) == COLUMNS or any(names.count(name) != 1 for name in _NAMES):
        return None
    return tuple(map(names.index, _NAMES))


def check_header(fields: Sequence[str]) -> None:
    """Raise `Reject` if a line names the columns in another order than they are read in."""
    if not is_header(fields):
        return
    names = [column_name(field) for field in fields]
    for at, name in enumerate(_NAMES):
        if name in names and names.index(name) != at:
            wanted = ", ".join(_NAMES)
            raise Reject("unknown-columns", f"its header has {name!r} in another place than KEDS data: {wanted}")


def is_header(fields: Sequence[str]) -> bool:
    """Return whether a line names the columns."""
    return column_name(fields[0]) in _DATE_NAMES


def codes_of(columns: Sequence[str]) -> CodedRow | None:
    """Return the codes of a line, None if it is not one of this format."""
    fields = _coded(columns)
    return CodedRow(*(field.strip() for field in fields[1:])) if len(fields) == COLUMNS else None


def date_of(columns: Sequence[str]) -> list[str]:
    """Return the date of a line, none if it is not one of this format."""
    fields = _coded(columns)
    return [fields[0].strip()] if len(fields) == COLUMNS else []


def reader(
    actors: ActorFinder,
    publisher: str | None,
    order: DateOrder = DateOrder.UNKNOWN,
    *,
    have_lost_zeros: bool = False,
) -> Callable[[Sequence[str]], CodedEvent]:
    """Return what reads a row, in a file whose dates are in an order, and whose deeds may have lost their zeros.

    The articles' ids say the publisher and the day, and not the file: a file under another name, or a longer
    edition of it, is known again.
    """
    prefix = "keds" if publisher is None else f"keds-{sha256(publisher.encode()).hexdigest()[:8]}"
    name = publisher or PUBLISHER

    def read(fields: Sequence[str]) -> CodedEvent:
        fields = _coded(fields)
        if len(fields) != COLUMNS:
            raise Reject("wrong-columns", f"a row of KEDS data has {COLUMNS} columns, this one {len(fields)}")
        day, source, target, given = (field.strip() for field in fields)
        day = _day(day, order)
        code = with_zero(given, actors.scheme) if have_lost_zeros else given
        is_weis = actors.scheme is CodeScheme.WEIS
        plover_type = type_of_weis(code) if is_weis else type_of_cameo(code)
        deed = {} if is_weis else {"cameo": code}
        deed["ref"] = local_ref(_identity(source, target, code))
        report = make_report(plover_type, *actors.both(actors.by_code, source, target), occurred=day, **deed)
        mended = () if code == given else ("lost-zero",)
        return CodedEvent(f"{prefix}-{day}", Header(publisher=name, published=day), report, mended)

    return read


@lru_cache(maxsize=4096)
def _day(text: str, order: DateOrder) -> str:
    """Return a day as ISO 8601: also one of six digits, `790415`. Raises `Reject`."""
    if len(text) != len("790415") or not (text.isascii() and text.isdigit()):
        is_digits = text.isdigit()  # `40415` is 2004-04-15 without its zero, and no serial number of a spreadsheet
        return read_day(text) if is_digits else read_date(text, order)
    year = int(text[:2])
    if _LAST_OF_THIS_CENTURY < year < _FIRST_OF_THE_LAST:
        detail = f"{text} may be of 19{text[:2]} or of 20{text[:2]}: KEDS data begin in 19{_FIRST_OF_THE_LAST}"
        raise Reject("not-a-date", f"{detail}; write the year with four digits")
    return read_day(f"{19 if year >= _FIRST_OF_THE_LAST else 20}{text}")


def _identity(*codes: str) -> str:
    """Return what tells a row from the others of its day: its codes as they are written, whatever they mean."""
    said = " ".join(codes)
    return said if len(said) <= _LONGEST_IDENTITY else sha256(said.encode()).hexdigest()


def _coded(fields: Sequence[str]) -> Sequence[str]:
    """Return the columns without the deed's name in brackets, which KEDS writes behind its code."""
    named = len(fields) == COLUMNS + 1 and re.fullmatch(r"\s*\(.*\)\s*", fields[COLUMNS])
    return fields[:COLUMNS] if named else fields
