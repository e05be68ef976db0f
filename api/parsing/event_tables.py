"""From a row of a table of events, as people keep one in a spreadsheet, to an article as a client sends it."""

import csv
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from io import StringIO
from typing import Any, Final

import msgspec

from api.parsing.articles import as_sent
from api.parsing.formula_guard import guard_formulas, unguard_formulas
from domain.errors import Fault, InvalidFacts
from domain.reports import Header, Report
from domain.standards.plover import Kind, cameo_to_plover, kinds_of

_COUNT: Final = re.compile(r"\d{1,9}", re.ASCII)
_THOUSANDS: Final = re.compile("\\d{1,3}([.,' \u00a0\u202f]\\d{3})+", re.ASCII)
_WHOLE: Final = re.compile(r"(\d+)[.,]0{1,2}", re.ASCII)
_NUMERIC_DAY: Final = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[T ].*)?", re.ASCII)
_MONTHS: Final = 12
_YES: Final = frozenset({"true", "yes", "1", "x"})
_NO: Final = frozenset({"false", "no", "0"})

#: Cells with which a data frame or a database says that there is nothing.
ABSENT: Final = frozenset({"", "NA", "<NA>", "NaN", "nan", "NULL", "null", "None"})
#: Our own CSV puts an apostrophe before text that a reader takes for nothing.
_ABSENT: Final = re.compile(f"'*(?:{'|'.join(map(re.escape, sorted(ABSENT - {''})))})")

_TWO_DIGITS: Final = re.compile(r"1\d|20", re.ASCII)  # roots of CAMEO, and what 010 to 020 are without their zero

ARTICLE_COLUMNS: Final = ("id", "url", "publisher", "published", "headline", "language")
LISTS: Final = ("source", "target", "parties")
_COUNTS: Final = ("killed", "wounded")
_FLAGS: Final = ("reciprocal",)
_TEXTS: Final = (
    *("kind", "type", "cameo", "occurred", "source_role", "target_role", "mode", "place", "speaker", "quote"),
    *("summary", "agreement", "development", "title", "purpose", "ref", "part_of", "same_as"),
)
#: Every column that a table may have, and other names for some.
COLUMNS: Final = frozenset({*ARTICLE_COLUMNS, *LISTS, *_COUNTS, *_FLAGS, *_TEXTS})
ALIASES: Final[Mapping[str, str]] = {"date": "occurred", "article": "id"}

_HEADER: Final = (
    *("id", "ref", "url", "publisher", "published", "headline"),
    *("kind", "type", "date", "source", "target", "reciprocal"),
    *("killed", "wounded", "place", "quote", "summary", "agreement", "development"),
)
_EXAMPLES: Final[tuple[Mapping[str, str], ...]] = (
    {
        "id": "example-1",
        "ref": "talks",
        "url": "https://news.example/2020/02/11/idlib",
        "publisher": "Example News",
        "published": "2020-02-11",
        "headline": "Talks on Idlib end",
        "kind": "statement",
        "type": "CONSULT",
        "date": "2020-02-10",
        "source": "Turkey",
        "target": "Russia",
        "reciprocal": "yes",
        "summary": "Talks about Idlib.",
    },
    {
        "id": "example-1",
        "ref": "clash",
        "kind": "clash",
        "type": "ASSAULT",
        "date": "2020-02-03",
        "source": "SYR",
        "target": "TUR",
        "killed": "8",
        "place": "Idlib, Syria",
    },
)


def template_csv() -> str:
    """Return a table to begin with: a header, and two events of one article."""
    text = StringIO()
    writer = csv.DictWriter(text, _HEADER, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(_EXAMPLES)
    return text.getvalue()


def exported_header() -> list[str]:
    """Return the names of all columns, in the order of the template, and behind it those that it leaves out."""
    named = {ALIASES.get(name, name) for name in _HEADER}
    return [*_HEADER, *(name for name in (*ARTICLE_COLUMNS, *LISTS, *_TEXTS) if name not in named)]


def exported_row(article_id: str, header: Header, report: Report) -> list[str]:
    """Return the cells of a reported event, by `exported_header`."""
    said = {"id": article_id, **msgspec.structs.asdict(header), **as_sent(report)}
    return [_as_cell(said.get(ALIASES.get(name, name))) for name in exported_header()]


def _as_cell(value: Any) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return "yes"
    return ";".join(value) if isinstance(value, list | tuple) else guarded(str(value))


def guarded(text: str) -> str:
    """Return a text as it stands in a cell, where it is taken for neither a formula nor for nothing."""
    text = guard_formulas(text)
    return f"'{text}" if _ABSENT.fullmatch(text) else text


def unguarded(cell: str) -> str:
    """Return the text of a cell: what `guarded` made of it is as it was."""
    return cell.removeprefix("'") if _ABSENT.fullmatch(cell) else unguard_formulas(cell)


def table_cells(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the texts of a row by our names of their columns. Raises `InvalidFacts`.

    Cells that say that there is nothing are empty; an actor may be called so.
    """
    cells = {column_of(name): cell.strip() for name, cell in fields.items() if name}
    return {
        name: cell if name in LISTS else "" if cell in ABSENT else unguarded(cell) for name, cell in cells.items()
    }


def column_of(name: str) -> str:
    """Return the column that a name in small letters with single spaces means. Raises `InvalidFacts`."""
    column = name.replace(" ", "_")
    column = ALIASES.get(column, column)
    if column in COLUMNS or not column:
        return column
    near = get_close_matches(column, sorted(COLUMNS | ALIASES.keys()), n=3)
    meant = f"; did you mean {' or '.join(near)}?" if near else f": it has {', '.join(sorted(COLUMNS))}"
    raise InvalidFacts(
        [Fault((name,), "unknown-column", f"a table of events has no column {name!r}{meant}", tuple(near))]
    )


def article_of_row(row: Mapping[str, str]) -> dict[str, Any]:
    """Return the article with the one event that a row of `table_cells` is. Raises `InvalidFacts`.

    What is empty is left out. A kind that is not given follows from the type, the CAMEO code or the agreement.
    """
    cells = {name: value.strip() for name, value in row.items() if name and value.strip()}
    faults: list[Fault] = []
    event: dict[str, Any] = {name: cells[name] for name in _TEXTS if name in cells}
    for names, read in ((LISTS, _list), (_COUNTS, _count), (_FLAGS, _flag)):
        for name in names:
            if name in cells:
                event[name] = read(name, cells[name], faults)
    faults += [
        _doubtful_day(name, cells[name], found)
        for name in ("occurred", "published")
        if (found := _NUMERIC_DAY.fullmatch(cells.get(name, "")))
    ]
    faults += _lost_zero(event)
    if "kind" not in event:
        event["kind"] = _kind(event)
    else:
        event["kind"] = event["kind"].lower()
    if "type" in event:
        event["type"] = event["type"].upper()
    if faults:
        raise InvalidFacts(faults)
    return {**{name: cells[name] for name in ARTICLE_COLUMNS if name in cells}, "events": [event]}


def _list(_name: str, cell: str, _faults: list[Fault]) -> list[str]:
    return [name for part in cell.split(";") if (name := part.strip())]


def _count(name: str, cell: str, faults: list[Fault]) -> int | None:
    if _COUNT.fullmatch(cell):
        return int(cell)
    if _THOUSANDS.fullmatch(cell):
        right = f"write {re.sub('[^0-9]', '', cell)}"
    elif found := _WHOLE.fullmatch(cell):
        right = f"write {found[1]}"
    else:
        right = "write digits alone, such as 12"
    faults.append(
        Fault((name,), "not-a-count", f"{cell[:40]!r} is not a count of people: {right}, if that is meant")
    )
    return None


def _flag(name: str, cell: str, faults: list[Fault]) -> bool | None:
    if cell.lower() in _YES | _NO:
        return cell.lower() in _YES
    faults.append(Fault((name,), "not-a-flag", f"{cell[:40]!r} is neither yes nor no", ("yes", "no")))
    return None


def _doubtful_day(name: str, cell: str, found: re.Match[str]) -> Fault:
    first, second, year = int(found[1]), int(found[2]), found[3]
    if max(first, second) > _MONTHS:
        return Fault((name,), "not-a-date", f"{cell[:40]!r} is no day, or not in the order of the others")
    detail = (
        f"{cell[:40]!r} may be {year}-{second:02}-{first:02} or {year}-{first:02}-{second:02}, and no date of the"
        " table tells which: write it so"
    )
    return Fault((name,), "not-a-date", detail)


def _lost_zero(event: Mapping[str, str]) -> Iterator[Fault]:
    """Yield the fault of a CAMEO code that may be another's without its zero, as a spreadsheet writes 020: `20`.

    A type tells, or a kind: what 01 and 02 begin is a statement without a type.
    """
    code = event.get("cameo", "")
    if _TWO_DIGITS.fullmatch(code) and "type" not in event and event.get("kind", "").lower() in ("", "statement"):
        detail = f"{code} may be {code}0, or 0{code} whose zero a spreadsheet has taken away: write it so"
        yield Fault(("cameo",), "contradictory-codes", detail, (f"{code}0", f"0{code}"))


def _kind(event: Mapping[str, Any]) -> str:
    """Return the kind that follows from what else is said; a statement if nothing does."""
    if event.keys() & {"agreement", "development", "purpose", "parties"}:
        return Kind.AGREEMENT
    type_: str | None = event.get("type", "").upper() or None
    if type_ is None and "cameo" in event:
        try:
            type_ = cameo_to_plover(event["cameo"])
        except KeyError:
            return Kind.STATEMENT  # which is refused for its code
    return next(iter(kinds_of(type_)), Kind.STATEMENT)
