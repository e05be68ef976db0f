"""What a row of coded event data becomes, whatever the format: an event of a document, or the reason why not."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final, NamedTuple

from msgspec import Struct

from api.importing.codes.weis import weis_to_plover
from domain.articles import Header
from domain.deliveries.coverage import WHOLE, Coverage
from domain.report_rules import MAX_CASUALTIES
from domain.reports import Agreement, Clash, Cooperation, Report, Statement
from domain.standards.plover import Kind, cameo_to_plover, kinds_of

ROLE_LENGTH: Final = 100  #: characters
_MOST_DIGITS: Final = 20  # of a number
_DECIMAL: Final = re.compile(r"(\d+)\.0*")
_SCIENTIFIC: Final = re.compile(r"(\d)(?:\.(\d*))?[Ee]\+?(\d{1,2})")


class Reject(Exception):
    """Why a row is not imported: a reason to count, and a detail for a person."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


class RowPlace(NamedTuple):
    """Where a row stands: its file, and its line from 1."""

    file: str
    number: int


class CodedEvent(NamedTuple):
    """One event, with the document that reports it."""

    article_id: str
    header: Header
    report: Report
    mended: tuple[str, ...] = ()  #: what was mended in the row, each a word to count by
    coverage: Coverage = WHOLE


class DeletedEvent(Struct, frozen=True):
    """An event that its data set has deleted, by its `ref` in its document. `rows` is the one that says so."""

    article_id: str
    ref: str
    rows: tuple[RowPlace, ...] = ()


class CodedArticle(Struct, frozen=True):
    """A document and the events it reports; `rows` are theirs, one for one.

    `data_set` is that in whose documents an event has the same id everywhere, if it has one; `coverage` says what
    their file has columns for.
    """

    article_id: str
    header: Header
    reports: tuple[Report, ...]
    rows: tuple[RowPlace, ...]
    data_set: str
    coverage: Coverage = WHOLE


class SentArticle(Struct, frozen=True):
    """An article as a client would post it, in one row."""

    body: bytes
    rows: tuple[RowPlace, ...]


Entry = CodedArticle | SentArticle | DeletedEvent

_CLASSES: Final[dict[Kind, Callable[..., Report]]] = {
    Kind.STATEMENT: Statement,
    Kind.CLASH: Clash,
    Kind.COOPERATION: Cooperation,
}


@lru_cache(maxsize=4096)
def read_day(text: str) -> str:
    """Return a day, `2018-01-31` or `20180131`, as ISO 8601. Raises `Reject`."""
    iso = f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 and text.isdigit() else text
    try:
        day = date.fromisoformat(iso) if len(iso) == len("2018-01-31") else None
    except ValueError:
        day = None
    if day is None:
        raise Reject("not-a-date", f"{text[:40]!r} is not a day such as 2018-01-31 or 20180131")
    return day.isoformat()


def whole_number(text: str, digits: int | None = None) -> str | None:
    """Return a whole number's digits, None if it is none, or may have lost one of the first `digits`, or any."""
    if text.isascii() and text.isdigit():
        return text
    if found := _DECIMAL.fullmatch(text):
        return found[1]
    if found := _SCIENTIFIC.fullmatch(text):
        given, length = found[1] + (found[2] or ""), int(found[3]) + 1
        if (length if digits is None else digits) <= len(given) <= length:
            return given.ljust(length, "0")
    return None


def number_of_people(text: str) -> int | None:
    """Return how many people a cell says, None if that is no number, or more than there may be."""
    count = int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None
    return None if count is None or count > MAX_CASUALTIES else count


@lru_cache(maxsize=1024)
def type_of_cameo(code: str) -> str | None:
    """Return the PLOVER type of a CAMEO code. Raises `Reject`."""
    try:
        return cameo_to_plover(code)
    except KeyError:
        raise Reject("unknown-cameo", f"{code[:40]!r} is not a CAMEO code (two to four digits)") from None


@lru_cache(maxsize=1024)
def type_of_weis(code: str) -> str | None:
    """Return the PLOVER type of a WEIS code. Raises `Reject`."""
    try:
        return weis_to_plover(code)
    except KeyError:
        raise Reject("unknown-weis", f"{code[:40]!r} is not a WEIS code (two or three digits)") from None


def make_report(plover_type: str | None, source: Any, target: Any, **fields: Any) -> Report:
    """Return the report of an event between two sides: an imported actor, or a list of them. Raises `Reject`."""
    if isinstance(source, list) or isinstance(target, list):
        named = _set_sides(fields, source, target)
    else:  # as nearly always
        fields["source"], fields["target"] = (source.code,), (target.code,)
        fields["source_role"], fields["target_role"] = source.role, target.role
        named = [source, target]
    if fields["source"] == fields["target"] or len(named) > len(("source", "target")):
        _check_sides(fields)
    if coded := {(actor.coded, actor.code) for actor in named if actor.coded}:
        fields["named"] = tuple(sorted(coded))
    kind = kinds_of(plover_type)[0]
    if kind is Kind.AGREEMENT:
        return Agreement(development="reached", **fields)
    return _CLASSES[kind](type=plover_type, **fields)


def _set_sides(fields: dict[str, Any], source: Any, target: Any) -> list[Any]:
    """Set the codes and roles of both sides; return the actors."""
    named = []
    for field, side in (("source", source), ("target", target)):
        actors = side if isinstance(side, list) else [side]
        fields[field], fields[f"{field}_role"] = tuple(actor.code for actor in actors), _role_of(actors)
        named += actors
    return named


def _check_sides(fields: dict[str, Any]) -> None:
    """Raise `Reject` if an actor is on both sides, and nothing says that parts of it are meant."""
    within = sorted(set(fields["source"]).intersection(fields["target"]))
    if within and not (fields["source_role"] or fields["target_role"] or "cameo" in fields):
        detail = f"{within[0]} is both source and target, and neither a role nor a CAMEO code is given"
        raise Reject("equal-actors", detail)


def _role_of(actors: Sequence[Any]) -> str | None:
    """Return the role that all actors of a side have, or that of each: `FRA: GOV; DEU: MIL`."""
    role: str | None = actors[0].role
    if all(actor.role == role for actor in actors):
        return role
    return "; ".join(f"{actor.code}: {actor.role}" for actor in actors if actor.role)[:ROLE_LENGTH].strip()
