"""The rules that the reports of an article keep: what `check_reports` finds is a fault, with its path."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import Final

from domain.errors import Fault, Path
from domain.reports import Agreement, Alignment, Clash, Report, actor_fields, directions, kind_of
from domain.standards.edtf import parse_edtf
from domain.standards.plover import (
    AGREEMENT_PURPOSES,
    ALIGNMENT_DEVELOPMENTS,
    DEVELOPMENT_TYPES,
    TYPES,
    cameo_to_plover,
    kinds_of,
)

MAX_REPORTS: Final = 1000  #: reported events in one article
MAX_ACTORS: Final = 200  #: actors on one side of an event, or parties of an agreement
MAX_PAIRS: Final = 20_000  #: pairs of actors that one article may touch
MAX_CASUALTIES: Final = 10_000_000
EARLIEST: Final = date(1500, 1, 1)  #: before which nothing is published or happens: it is a slip, as 0014 for 2014

_CANDIDATES: Final = 10  # refs that are listed where none is meant
_TIME_ZONES: Final = timedelta(days=1)  # a day may have begun there that has not begun in UTC


def check_reports(reports: Sequence[Report], published: date) -> list[Fault]:
    """Return every rule that the reports of one article break."""
    if not reports:
        return [Fault(("events",), "no-events", "an article reports at least one event")]
    if len(reports) > MAX_REPORTS:
        detail = f"an article reports at most {MAX_REPORTS} events, this one {len(reports)}: split it"
        return [Fault(("events",), "too-many-events", detail)]
    by_ref: dict[str, Report] = {}
    faults: list[Fault] = []
    for index, report in enumerate(reports):
        if report.ref is not None and report.ref in by_ref:
            detail = f"the ref {report.ref!r} is given to more than one event"
            faults.append(Fault(("events", index, "ref"), "repeated-ref", detail))
        elif report.ref is not None:
            by_ref[report.ref] = report
    for index, report in enumerate(reports):
        faults += check_report(report, published, by_ref, at=("events", index))
    if not faults and _touches_too_many(reports):
        detail = f"the events of one article touch at most {MAX_PAIRS} pairs of actors: split it"
        faults.append(Fault(("events",), "too-many-pairs", detail))
    return faults


def _touches_too_many(reports: Sequence[Report]) -> bool:
    """Return whether reports touch too many pairs; of those above the bound none is looked at."""
    pairs = (pair for report in reports for pair in directions(report))
    return next(islice(pairs, MAX_PAIRS, None), None) is not None


def check_report(report: Report, published: date, by_ref: Mapping[str, Report], at: Path) -> list[Fault]:
    """Return every rule that one report breaks, given its article's reports by their `ref`."""
    return [
        *_check_actors(report, at),
        *_check_type(report, at),
        *check_occurred(report, published, at),
        *_check_casualties(report, at),
        *_check_link(report, by_ref, at),
    ]


def _check_actors(report: Report, at: Path) -> Iterator[Fault]:
    fields = dict(actor_fields(report))
    if isinstance(report, Agreement) and report.parties and (report.source or report.target):
        yield Fault((*at, "parties"), "parties-or-sides", "give either parties, or a source and a target")
    for field, codes in fields.items():
        fewest = 2 if field == "parties" else 1
        if len(codes) < fewest:
            yield Fault((*at, field), "no-actors", f"names at least {fewest} actor{'s' * (fewest > 1)}")
        if len(codes) > MAX_ACTORS:
            yield Fault((*at, field), "too-many-actors", f"names at most {MAX_ACTORS} actors")
        if len(set(codes)) < len(codes):  # looked at first: nearly always each is named once
            for code in sorted(code for code, times in Counter(codes).items() if times > 1):
                yield Fault((*at, field), "repeated-actor", f"names {code} more than once")
    if "source" in fields and not _may_be_within_one(report):
        for code in sorted(set(fields["source"]) & set(fields["target"])):
            detail = f"{code} is both source and target: name different actors, or roles within one"
            yield Fault((*at, "target"), "equal-actors", detail)


def _may_be_within_one(report: Report) -> bool:
    """Return whether an actor on both sides is meant, and no slip: a role says so, or who coded it in CAMEO."""
    return bool(report.source_role or report.target_role or report.cameo)


def _check_type(report: Report, at: Path) -> Iterator[Fault]:
    kind = kind_of(report)
    if isinstance(report, Agreement):
        if report.development not in DEVELOPMENT_TYPES:
            yield _unknown_development(report.development, DEVELOPMENT_TYPES, at)
            return
        yield from _check_agreement(report, at)
    elif isinstance(report, Alignment):
        if report.development not in ALIGNMENT_DEVELOPMENTS:
            yield _unknown_development(report.development, ALIGNMENT_DEVELOPMENTS, at)
    elif kind not in kinds_of(report.type):
        detail = f"{report.type} is not a type of {kind}; right would be one of {', '.join(TYPES[kind])}"
        yield Fault((*at, "type"), "type-not-of-kind", detail, TYPES[kind])
    elif report.type is None and report.cameo is None:
        detail = f"a statement has a type ({', '.join(TYPES[kind])}) or a CAMEO code of root 01 or 02"
        yield Fault((*at, "type"), "no-type", detail, TYPES[kind])
    if report.cameo is not None:
        yield from _check_cameo(report, report.cameo, at)


def _check_agreement(report: Agreement, at: Path) -> Iterator[Fault]:
    of_a_known_one = report.development != "reached" or (report.title, report.purpose) != (None, None)
    if report.agreement is None and of_a_known_one:
        detail = "a development, title or purpose belongs to a known agreement: give its id in `agreement`"
        yield Fault((*at, "agreement"), "no-agreement", detail)
    if report.purpose is not None and report.purpose not in AGREEMENT_PURPOSES:
        detail = f"{report.purpose!r} is not a purpose; right would be one of {', '.join(AGREEMENT_PURPOSES)}"
        yield Fault((*at, "purpose"), "unknown-purpose", detail, AGREEMENT_PURPOSES)


def _unknown_development(given: str, known: Sequence[str] | dict[str, str | None], at: Path) -> Fault:
    detail = f"{given!r} is not a development; right would be one of {', '.join(known)}"
    return Fault((*at, "development"), "unknown-development", detail, tuple(known))


def _check_cameo(report: Report, cameo: str, at: Path) -> Iterator[Fault]:
    try:
        coded = cameo_to_plover(cameo)
    except KeyError:
        yield Fault((*at, "cameo"), "unknown-cameo", f"{cameo!r} is not a CAMEO code (two to four digits)")
        return
    if coded != report.type:
        detail = f"CAMEO {cameo} is {coded or 'without a type'}, but the event's type is {report.type}"
        yield Fault((*at, "cameo"), "cameo-differs", detail)


def check_occurred(report: Report, published: date, at: Path = ()) -> Iterator[Fault]:
    """Yield what is wrong with the day of a report in an article published on a day."""
    try:
        occurred = parse_edtf(report.occurred)
    except ValueError as error:
        yield Fault((*at, "occurred"), "not-a-date", str(error))
        return
    if occurred.first < EARLIEST:
        yield Fault((*at, "occurred"), "too-early", f"begins on {occurred.first}, before the year {EARLIEST.year}")
    if occurred.first > published + _TIME_ZONES and not occurred.has_begun:
        detail = f"begins on {occurred.first}, more than a day after the article was published ({published})"
        yield Fault((*at, "occurred"), "after-publication", detail)


def _check_casualties(report: Report, at: Path) -> Iterator[Fault]:
    if isinstance(report, Clash):
        for field, count in (("killed", report.killed), ("wounded", report.wounded)):
            if count is not None and not 0 <= count <= MAX_CASUALTIES:
                detail = f"{count} is not a number of people: 0 to {MAX_CASUALTIES}"
                yield Fault((*at, field), "absurd-casualties", detail)


def _check_link(report: Report, by_ref: Mapping[str, Report], at: Path) -> Iterator[Fault]:
    if report.joins is None:
        return
    field = "part_of" if report.part_of else "same_as"
    if report.part_of and report.same_as:
        yield Fault((*at, "same_as"), "part-or-same", "give either part_of or same_as")
    elif report.joins not in by_ref:
        detail = f"points to {report.joins!r}, which is the ref of no event in this article"
        yield Fault((*at, field), "dangling-link", detail, tuple(islice(by_ref, _CANDIDATES)))
    elif is_circular(report, by_ref):
        detail = f"leads in a circle by way of {report.joins!r}: a part belongs to a larger whole"
        yield Fault((*at, field), "circular-link", detail)


def is_circular(report: Report, by_ref: Mapping[str, Report]) -> bool:
    """Return whether following what a report joins comes back to where it has been."""
    seen: set[str] = set()
    link = report.joins
    while link is not None and link in by_ref:
        if link in seen:
            return True
        seen.add(link)
        link = by_ref[link].joins
    return False
