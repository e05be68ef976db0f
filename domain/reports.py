"""What one article says: its header, and what it claims, the five kinds of reported event. Frozen values."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import combinations, product
from typing import Final

import msgspec
from msgspec import Struct

from domain.standards.plover import (
    DEVELOPMENT_TYPES,
    Kind,
    intensity,
)


class Header(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is said of an article itself. `published` is an ISO 8601 day, or an instant in UTC.

    `redacted` are the fields of which a text was redacted.
    """

    publisher: str
    published: str
    url: str | None = None
    headline: str | None = None
    language: str | None = None
    redacted: tuple[str, ...] = ()

    @property
    def published_day(self) -> date:
        """The day of publication in UTC."""
        return published_day(self.published)


def published_day(published: str) -> date:
    """Return the day, in UTC, of a day or an instant of publication."""
    if len(published) == len("2020-02-11"):
        return date.fromisoformat(published)
    return datetime.fromisoformat(published).astimezone(UTC).date()


class _BaseReport(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    """What every kind has in common. What is stored leaves out only what is absent or false, never a meaning.

    `occurred` is EDTF. `ref` names the report within its article; `part_of` and `same_as` name another one's
    `ref`. `cameo` is the CAMEO code it was coded from. `named` keeps the names that the article's coder wrote
    for the actors, as (name, code), where they were not codes. `source_role` and `target_role` say which part of
    an actor is meant (`MIL`, `OPP`). With a role, or coded in CAMEO, an event may be within one actor: a fact that
    makes no pair. `redacted` are the fields of which a text was redacted.
    """

    occurred: str
    ref: str | None = None
    part_of: str | None = None
    same_as: str | None = None
    mode: str | None = None
    source_role: str | None = None
    target_role: str | None = None
    place: str | None = None
    speaker: str | None = None
    summary: str | None = None
    quote: str | None = None
    cameo: str | None = None
    named: tuple[tuple[str, str], ...] = ()
    redacted: tuple[str, ...] = ()

    @property
    def joins(self) -> str | None:
        """The `ref` of the report whose incident this one joins."""
        return self.part_of or self.same_as


class _DirectedReport(_BaseReport, frozen=True, kw_only=True, omit_defaults=True):
    source: tuple[str, ...]
    target: tuple[str, ...]
    reciprocal: bool = False


class Statement(_DirectedReport, frozen=True, kw_only=True, omit_defaults=True, tag="statement"):
    """Words: a consultation, an accusation, a threat. No type: a plain statement of intensity 0."""

    type: str | None = None


class Clash(_DirectedReport, frozen=True, kw_only=True, omit_defaults=True, tag="clash"):
    """Hostile deeds, with the people killed and wounded as far as the article says."""

    type: str
    killed: int | None = None
    wounded: int | None = None


class Cooperation(_DirectedReport, frozen=True, kw_only=True, omit_defaults=True, tag="cooperation"):
    """Friendly deeds."""

    type: str


class Agreement(_BaseReport, frozen=True, kw_only=True, omit_defaults=True, tag="agreement"):
    """An expressed agreement, or a development of a known one.

    Either `parties`, all alike, or a `source` and a `target`. `agreement` is the id of a known agreement; without
    it the report is an AGREE between the actors and no more. `purpose` is what the known agreement is for.
    """

    parties: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    target: tuple[str, ...] = ()
    reciprocal: bool = False
    agreement: str | None = None
    development: str
    title: str | None = None
    purpose: str | None = None

    @property
    def type(self) -> str | None:
        """The PLOVER type that this development weighs as."""
        return DEVELOPMENT_TYPES[self.development]


class Alignment(_BaseReport, frozen=True, kw_only=True, omit_defaults=True, tag="alignment"):
    """A standing tie: each `source` backs each `target`."""

    source: tuple[str, ...]
    target: tuple[str, ...]
    development: str

    @property
    def type(self) -> str:
        """The PLOVER type of every alignment."""
        return "SUPPORT"


Report = Statement | Clash | Cooperation | Agreement | Alignment


_LOCAL: Final = "row:"  # how a `ref` begins that only an article's own events have
_KINDS: Final[dict[type, Kind]] = {
    Statement: Kind.STATEMENT,
    Clash: Kind.CLASH,
    Cooperation: Kind.COOPERATION,
    Agreement: Kind.AGREEMENT,
    Alignment: Kind.ALIGNMENT,
}


def kind_of(report: Report) -> Kind:
    """Return the kind of a report."""
    return _KINDS[type(report)]


def facts_of(report: Report) -> Report:
    """Return what a report states, however its actors were named: two that are equal then say the same."""
    plain = not (report.named or report.redacted)
    return report if plain else msgspec.structs.replace(report, named=(), redacted=())


def facts_of_header(header: Header) -> Header:
    """Return what a header states, whatever of it was redacted."""
    return msgspec.structs.replace(header, redacted=()) if header.redacted else header


def local_ref(text: str) -> str:
    """Return a `ref` of this text for a report that is told apart within its article alone."""
    return f"{_LOCAL}{text}"


def id_in_data_set(report: Report) -> str | None:
    """Return the `ref` of a report, if its data set may call it so in other articles too."""
    return None if report.ref is None or report.ref.startswith(_LOCAL) else report.ref


def actor_fields(report: Report) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the name and the codes of each field that holds actors."""
    if isinstance(report, Agreement) and report.parties:
        yield "parties", report.parties
    else:
        yield "source", report.source
        yield "target", report.target


def directions(report: Report) -> Iterable[tuple[str, str, bool]]:
    """Return (source, target, reciprocal) for each pair of actors that the report is about.

    A reciprocal pair is there once, in code order.
    """
    if len(report.source) == len(report.target) == 1 and not (isinstance(report, Agreement) and report.parties):
        return _direction(report, report.source[0], report.target[0])  # as nearly always
    return _directions(report)


def _direction(report: Report, source: str, target: str) -> Sequence[tuple[str, str, bool]]:
    if source == target:
        return ()
    if isinstance(report, Alignment) or not report.reciprocal:
        return ((source, target, False),)
    return ((min(source, target), max(source, target), True),)


def _directions(report: Report) -> Iterator[tuple[str, str, bool]]:
    if isinstance(report, Agreement) and report.parties:
        for first, second in combinations(sorted(report.parties), 2):
            yield first, second, True
    elif isinstance(report, Alignment) or not report.reciprocal:
        for source, target in product(report.source, report.target):
            if source != target:
                yield source, target, False
    else:
        for first, second in sorted({tuple(sorted(pair)) for pair in product(report.source, report.target)}):
            if first != second:
                yield first, second, True


class PairPlaces:
    """Where pairs, as `directions` yields them, stand among some: found at once, however many these are.

    A pair can be of one incident with another that goes the same way; one that is reciprocal, whichever way.
    """

    def __init__(self, among: Iterable[tuple[str, str, bool]]) -> None:
        self._one_way: dict[tuple[str, str], int] = {}
        self._reciprocal: dict[tuple[str, str], int] = {}  # both ways
        self._either_way: dict[tuple[str, str], int] = {}  # both ways
        for place, (source, target, is_reciprocal) in enumerate(among):
            self._one_way.setdefault((source, target), place)
            for way in ((source, target), (target, source)):
                self._either_way.setdefault(way, place)
                if is_reciprocal:
                    self._reciprocal.setdefault(way, place)

    def find(self, pair: tuple[str, str, bool]) -> int | None:
        """Return the first place that can be of one incident with a pair, None if there is none."""
        way = pair[:2]
        if pair[2]:
            return self._either_way.get(way)
        found = (place for places in (self._one_way, self._reciprocal) if (place := places.get(way)) is not None)
        return min(found, default=None)


def is_of_a_kind(part: Report, whole: Report) -> bool:
    """Return whether a report can be one incident with its whole: an assault during talks is no talk."""
    kind = kind_of(part)
    hostile = intensity(part.type) < 0, intensity(whole.type) < 0
    return kind is kind_of(whole) and kind is not Kind.ALIGNMENT and hostile[0] is hostile[1]


def changed_reports(
    standing: Mapping[int, Report], reports: Sequence[Report]
) -> tuple[list[int], dict[int, Report], list[Report]]:
    """Return the numbers that are gone, the reports corrected under their number, and the new reports."""
    gone = dict(standing)
    facts = {number: facts_of(report) for number, report in standing.items()}
    unmatched: list[Report] = []
    for report in reports:
        same = next((number for number in gone if facts[number] == facts_of(report)), None)
        if same is None:
            unmatched.append(report)
        else:
            del gone[same]
    by_ref = {report.ref: number for number, report in gone.items() if report.ref is not None}
    corrected: dict[int, Report] = {}
    new: list[Report] = []
    for report in unmatched:
        number = by_ref.get(report.ref) if report.ref is not None else None
        if number is None:
            new.append(report)
        else:
            corrected[number] = report
            del gone[number]
    return list(gone), corrected, new
