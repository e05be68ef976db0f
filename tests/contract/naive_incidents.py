"""What reports come to in the naive model: incidents, by their day, place and toll.

The rules are those of docs/reference/scoring.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import combinations, product
from math import log10

from domain.articles import Header
from domain.reports import Agreement, Alignment, Clash, Cooperation, Report, Statement
from tests.contract.naive_facts import Edition, Facts

Pair = tuple[str, str]

INTENSITY = {
    "CONSULT": 2.5,
    "SUPPORT": 5.0,
    "REQUEST": 0.0,
    "ACCUSE": -3.0,
    "REJECT": -2.0,
    "THREATEN": -3.5,
    "CONCEDE": 4.5,
    "AGREE": 2.5,
    "COOPERATE": 9.5,
    "AID": 10.0,
    "RETREAT": 6.5,
    "PROTEST": -5.0,
    "SANCTION": -6.0,
    "MOBILIZE": -5.5,
    "COERCE": -7.0,
    "ASSAULT": -9.0,
}
DEEDS = ("COOPERATE", "AID", "RETREAT", "PROTEST", "SANCTION", "MOBILIZE", "COERCE", "ASSAULT")
KINDS: dict[type, str] = {
    Statement: "statement",
    Clash: "clash",
    Cooperation: "cooperation",
    Agreement: "agreement",
    Alignment: "alignment",
}


@dataclass
class Incident:
    """One happening, for one pair."""

    source: str
    target: str
    mutual: bool
    type: str | None
    day: date
    reports: set[tuple[str, int]] = field(default_factory=set)
    said: list[tuple[str, int | None, int | None]] = field(default_factory=list)  # publisher, killed, wounded

    @property
    def pair(self) -> Pair:
        """The two actors in code order."""
        return (self.source, self.target) if self.source < self.target else (self.target, self.source)

    @property
    def publishers(self) -> set[str]:
        """Those who report it."""
        return {publisher for publisher, *_ in self.said}

    @property
    def killed(self) -> int | None:
        """How many were killed."""
        return _toll([(publisher, killed) for publisher, killed, _ in self.said])

    @property
    def wounded(self) -> int | None:
        """How many were wounded."""
        return _toll([(publisher, wounded) for publisher, _, wounded in self.said])

    def weight(self, day: date) -> float:
        """Return what it weighs on a day, with the sign of its intensity."""
        if self.day > day:
            return 0.0
        confidence = 1 - 0.5 ** len(self.publishers)
        victims = (self.killed or 0) + (self.wounded or 0) / 4
        magnitude = min(4.0, 1 + log10(1 + victims))
        half_life = 90 if self.type in DEEDS else 30
        strength = INTENSITY[self.type] if self.type is not None else 0.0
        left: float = 2.0 ** (-(day - self.day).days / half_life)
        return confidence * magnitude * strength * left


def incidents_of(facts: Facts, known_at: datetime | None) -> list[Incident]:
    """Return the incidents that the facts come to which were known by an instant, or all."""
    happenings: dict[tuple[object, ...], list[_Told]] = {}
    for article, edition in facts.known(known_at):
        for number, stated in edition.stated.items():
            if isinstance(stated.report, Alignment):
                continue
            for one, together in _claims(stated.report, edition):
                key = (one.source, one.target, one.mutual, one.type or KINDS[type(stated.report)], one.day)
                told = _Told(one, (article, number), stated.report, edition.header, (article, *together))
                happenings.setdefault(key, []).append(told)
    return [incident for told in happenings.values() for incident in _by_place(told)]


@dataclass(frozen=True)
class _Told:
    """One report of a happening: which, and with which others it stays together."""

    incident: Incident
    number: tuple[str, int]
    report: Report
    header: Header
    together: tuple[object, ...]


def _by_place(told: list[_Told]) -> Iterator[Incident]:
    """Yield the incidents of what happened on one day: one for each place that is named, and at least one."""
    named: dict[tuple[object, ...], list[str]] = {}
    for each in told:
        named.setdefault(each.together, []).extend([each.report.place.casefold()] if each.report.place else [])
    place = {together: max(sorted(names), key=names.count, default=None) for together, names in named.items()}
    every = [there for each in told if (there := place[each.together]) is not None]
    main = max(sorted(every), key=every.count, default=None)
    places: list[str | None] = [*sorted({*every})]
    for there in places or [None]:
        mine = [each for each in told if (place[each.together] or main) == there]
        one = mine[0].incident
        for each in mine:
            killed, wounded = (getattr(each.report, name, None) for name in ("killed", "wounded"))
            one.reports.add(each.number)
            one.said.append((each.header.publisher.casefold(), killed, wounded))
        yield one


def _toll(said: list[tuple[str, int | None]]) -> int | None:
    """Return the median of each publisher's highest figure, the lower of two."""
    highest: dict[str, int] = {}
    for publisher, figure in said:
        if figure is not None:
            highest[publisher] = max(figure, highest.get(publisher, 0))
    ordered = sorted(highest.values())
    while len(ordered) > 2:
        ordered = ordered[1:-1]
    return ordered[0] if ordered else None


def _claims(report: Report, edition: Edition) -> Iterator[tuple[Incident, tuple[object, ...]]]:
    """Yield the incident that a report tells of, for each pair, and what it stays together with.

    Of a part it is its whole's, if they can be one.
    """
    whole = _whole(report, edition)
    for way in _ways(report):
        if (of_whole := _joined(way, report, edition)) is not None:
            yield Incident(*of_whole, whole.type, _day_between(of_whole, whole, edition)), (id(whole), *of_whole)
        else:
            yield Incident(*way, report.type, day_of(report, edition)), (id(report),)


def _joined(way: tuple[str, str, bool], report: Report, edition: Edition) -> tuple[str, str, bool] | None:
    """Return the way of its whole that a report joins on one of its own ways."""
    whole = _whole(report, edition)
    if _kind_and_sign(report) != _kind_and_sign(whole):
        return None
    source, target, mutual = way
    for other in _ways(whole):
        if other[:2] == (source, target) or ({*other[:2]} == {source, target} and (mutual or other[2])):
            return other
    return None


def _ways(report: Report) -> list[tuple[str, str, bool]]:
    if isinstance(report, Agreement) and report.parties:
        return [(a, b, True) for a, b in combinations(sorted(report.parties), 2)]
    ways = [(a, b) for a, b in product(report.source, report.target) if a != b]
    if isinstance(report, Alignment) or not report.reciprocal:
        return [(a, b, False) for a, b in ways]
    return [(a, b, True) for a, b in sorted({(min(way), max(way)) for way in ways})]


def _whole(report: Report, edition: Edition) -> Report:
    by_ref = {stated.report.ref: stated.report for stated in edition.stated.values()}
    while (joined := report.part_of or report.same_as) and joined in by_ref:
        report = by_ref[joined]
    return report


def _kind_and_sign(report: Report) -> tuple[str, bool]:
    return KINDS[type(report)], report.type is not None and INTENSITY[report.type] < 0


def day_of(report: Report, edition: Edition) -> date:
    """Return the day from which a report counts by itself: its whole's, or its own if that is more precise."""
    whole = _whole(report, edition)
    joined = [each for each in _parts(whole, edition) if _kind_and_sign(each) == _kind_and_sign(whole)]
    of_whole = _most_precise(whole, joined, edition)
    return day_of_its_own(_most_precise(of_whole, [report], edition), edition)


def _day_between(way: tuple[str, str, bool], whole: Report, edition: Edition) -> date:
    """Return the day of a whole's incident on one of its ways: the most precise of all that join it there."""
    joined = [e for e in _parts(whole, edition) if any(_joined(own, e, edition) == way for own in _ways(e))]
    return day_of_its_own(_most_precise(whole, joined, edition), edition)


def _parts(whole: Report, edition: Edition) -> list[Report]:
    every = (stated.report for stated in edition.stated.values())
    return [each for each in every if each is not whole and _whole(each, edition) is whole]


def _most_precise(first: Report, others: list[Report], edition: Edition) -> Report:
    """Return the report whose date covers the fewest days; of equals the first, and then the earliest."""
    return min((first, *others), key=lambda r: (_days_covered(r), r is not first, day_of_its_own(r, edition)))


def _days_covered(report: Report) -> int:
    start, _, end = report.occurred.partition("/")
    return (date.fromisoformat(end or start) - date.fromisoformat(start)).days


def day_of_its_own(report: Report, edition: Edition) -> date:
    first, _, last = report.occurred.partition("/")
    start, end = date.fromisoformat(first), date.fromisoformat(last or first)
    return min(start + timedelta(days=(end - start).days // 2), date.fromisoformat(edition.header.published))
