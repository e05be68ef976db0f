"""Agreements: parties, title, developments, and the status on any day. Pure folds.

Developments tell what was said of an agreement. That a ceasefire or a peace is violated is not said but computed,
from the clashes between its parties since it was last reached or reaffirmed.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from operator import attrgetter
from typing import Final, NamedTuple

from domain.articles import Article
from domain.reports import Agreement
from domain.standards.edtf import parse_edtf
from projections.pairs import Pair
from projections.times import to_day


class Status(StrEnum):
    """Where an agreement stands: what its latest development made of it, and clashes since then."""

    IN_FORCE = "in_force"
    VIOLATED = "violated"
    BREACHED = "breached"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"
    EXPIRED = "expired"


STATUS_AFTER: Final[Mapping[str, Status]] = {
    "reached": Status.IN_FORCE,
    "reaffirmed": Status.IN_FORCE,
    "implemented": Status.IN_FORCE,
    "breached": Status.BREACHED,
    "suspended": Status.SUSPENDED,
    "terminated": Status.TERMINATED,
    "expired": Status.EXPIRED,
}


#: What the agreements are for that an assault between their parties violates.
VIOLABLE: Final = frozenset({"ceasefire", "peace"})

AFFIRMING: Final = frozenset({"reached", "reaffirmed"})


class Development(NamedTuple):
    """One report of a known agreement's life."""

    number: int
    version: int
    agreement: str
    development: str
    day: int
    occurred: str
    parties: tuple[str, ...]
    title: str | None
    purpose: str | None = None


class AgreementEntry(NamedTuple):
    """An agreement as its developments up to a day make it; `since` is the day of the first.

    `affirmations` are the days since which it was to be kept: when it came into force, and when it was reached or
    reaffirmed since, each day once and in order. Empty while it is not in force.
    """

    agreement: str
    title: str | None
    purpose: str | None
    parties: tuple[str, ...]
    status: Status
    since: int
    status_since: int
    affirmations: tuple[int, ...]

    @property
    def affirmed(self) -> int | None:
        """The last of the days since which it was to be kept, None while it is not in force."""
        return self.affirmations[-1] if self.affirmations else None

    @property
    def is_in_force(self) -> bool:
        """Whether nobody ended or broke it by word, violated or not."""
        return self.status in (Status.IN_FORCE, Status.VIOLATED)

    @property
    def is_violable(self) -> bool:
        """Whether an assault between its parties violates it."""
        return self.is_in_force and self.purpose in VIOLABLE


class ClashIncident(NamedTuple):
    """An incident of type ASSAULT between two actors, in code order.

    It may have happened from `first_day` to `last_day`, None where its day is known.
    """

    day: int
    incident: str
    pair: Pair
    first_day: int | None = None
    last_day: int | None = None


def developments_of(article: Article) -> dict[int, Development]:
    """Return the developments of known agreements that an article's standing reports tell, by number."""
    published = article.header.published_day
    return {
        number: Development(
            number=number,
            version=article.stated[number],
            agreement=report.agreement,
            development=report.development,
            day=to_day(parse_edtf(report.occurred).scoring_day(published)),
            occurred=report.occurred,
            parties=tuple(sorted({*report.parties, *report.source, *report.target})),
            title=report.title,
            purpose=report.purpose,
        )
        for number, report in article.reports.items()
        if isinstance(report, Agreement) and report.agreement is not None
    }


def entry_on(day: int, developments: Iterable[Development]) -> AgreementEntry | None:
    """Return an agreement as it stood on a day, None if it had not begun.

    `developments` are those of one agreement in the order of the log. The latest day's decides the status, among
    several on one day the one recorded last; the first title and the first purpose given stay; parties are all
    that were ever named.
    """
    until = sorted((d for d in developments if d.day <= day), key=lambda d: d.day)
    if not until:
        return None
    status = STATUS_AFTER[until[-1].development]
    status_since = until[-1].day
    for development in reversed(until):
        if STATUS_AFTER[development.development] is not status:
            break
        status_since = development.day
    affirmed = {d.day for d in until if d.development in AFFIRMING and d.day > status_since}
    return AgreementEntry(
        agreement=until[0].agreement,
        title=next((d.title for d in until if d.title is not None), None),
        purpose=next((d.purpose for d in until if d.purpose is not None), None),
        parties=tuple(sorted({party for d in until for party in d.parties})),
        status=status,
        since=until[0].day,
        status_since=status_since,
        affirmations=(status_since, *sorted(affirmed)) if status is Status.IN_FORCE else (),
    )


def clashes_since(entry: AgreementEntry, clashes: Iterable[ClashIncident]) -> tuple[ClashIncident, ...]:
    """Return the clashes that violate an agreement, by day: between two of its parties, since it was affirmed.

    A clash of that day does not: it may have come first.
    """
    if entry.affirmed is None or not entry.is_violable:
        return ()
    violating = (clash for clash in _between_parties(entry, clashes) if clash.day > entry.affirmed)
    return tuple(sorted(violating, key=attrgetter("day", "incident")))


def with_clashes(entry: AgreementEntry, clashes: Sequence[ClashIncident]) -> AgreementEntry:
    """Return an agreement as the clashes until its day leave it.

    It is violated since the first after it was affirmed. If there is none, but it had been violated, it is in
    force since it was affirmed after that.
    """
    violating = clashes_since(entry, clashes)
    if violating:
        return entry._replace(status=Status.VIOLATED, status_since=violating[0].day)
    if not entry.is_violable:
        return entry
    days = [clash.day for clash in _between_parties(entry, clashes)]
    return entry._replace(
        status_since=max(
            (end for start, end in pairwise(entry.affirmations) if any(start < day < end for day in days)),
            default=entry.status_since,
        )
    )


def _between_parties(entry: AgreementEntry, clashes: Iterable[ClashIncident]) -> Iterator[ClashIncident]:
    parties = set(entry.parties)
    return (clash for clash in clashes if parties.issuperset(clash.pair))


class DatedEntry(NamedTuple):
    """An agreement as it stood from a day on: what violated it are the first `clashes` of `violating`."""

    day: int
    entry: AgreementEntry
    violating: Sequence[ClashIncident] = ()
    clashes: int = 0


def dated_entries(
    developments: Sequence[Development], clashes: Sequence[ClashIncident], until: int
) -> list[DatedEntry]:
    """Return an agreement as it stood until a day, once for each day on which it changed.

    `developments` are in the order of the log.
    """
    days = sorted({each.day for each in developments if each.day <= until})
    found: list[DatedEntry] = []
    for first, end in pairwise([*days, until + 1]):
        entry = entry_on(first, developments)
        assert entry is not None  # it began on the first of the days
        by_end = [clash for clash in clashes if clash.day < end]
        violating = clashes_since(entry, by_end)
        kept = with_clashes(entry, [clash for clash in by_end if clash.day <= first])
        violated = with_clashes(entry, violating)
        for day in sorted({first, *(clash.day for clash in violating if clash.day > first)}):
            number = bisect_right(violating, day, key=attrgetter("day"))
            found.append(DatedEntry(day, violated if number else kept, violating, number))
    return found
