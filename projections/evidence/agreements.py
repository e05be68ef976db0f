"""Agreements: parties, title, developments, and the status on any day. Pure folds.

Developments tell what was said of an agreement. That a ceasefire or a peace is violated is not said but computed,
from the clashes between its parties since it was last reached or reaffirmed.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
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

_AFFIRMING: Final = ("reached", "reaffirmed")


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

    `affirmed` is the day since which it was to be kept: when it was last reached or reaffirmed, or came into force
    otherwise. None while it is not in force.
    """

    agreement: str
    title: str | None
    purpose: str | None
    parties: tuple[str, ...]
    status: Status
    since: int
    status_since: int
    affirmed: int | None

    @property
    def is_in_force(self) -> bool:
        """Whether nobody ended or broke it by word, violated or not."""
        return self.status in (Status.IN_FORCE, Status.VIOLATED)

    @property
    def is_violable(self) -> bool:
        """Whether an assault between its parties violates it."""
        return self.is_in_force and self.purpose in VIOLABLE


class ClashIncident(NamedTuple):
    """An incident of type ASSAULT between two actors, in code order."""

    day: int
    incident: str
    pair: Pair


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
    affirmed = max((d.day for d in until if d.development in _AFFIRMING), default=status_since)
    return AgreementEntry(
        agreement=until[0].agreement,
        title=next((d.title for d in until if d.title is not None), None),
        purpose=next((d.purpose for d in until if d.purpose is not None), None),
        parties=tuple(sorted({party for d in until for party in d.parties})),
        status=status,
        since=until[0].day,
        status_since=status_since,
        affirmed=max(affirmed, status_since) if status is Status.IN_FORCE else None,
    )


def clashes_since(entry: AgreementEntry, clashes: Iterable[ClashIncident]) -> tuple[ClashIncident, ...]:
    """Return the clashes that violate an agreement, by day: between two of its parties, since it was affirmed.

    A clash of that day does not: it may have come first.
    """
    if entry.affirmed is None or not entry.is_violable:
        return ()
    parties = set(entry.parties)
    return tuple(sorted(c for c in clashes if c.day > entry.affirmed and parties.issuperset(c.pair)))


def with_clashes(entry: AgreementEntry, clashes: Sequence[ClashIncident]) -> AgreementEntry:
    """Return an agreement as clashes since it was affirmed leave it: violated since the first."""
    if not clashes:
        return entry
    return entry._replace(status=Status.VIOLATED, status_since=clashes[0].day)
