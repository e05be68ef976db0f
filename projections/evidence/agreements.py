"""Agreements: parties, title, developments, and the status on any day. Pure folds."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from domain.articles import Article
from domain.reports import Agreement
from domain.standards.edtf import parse_edtf
from projections.times import to_day


class Status(StrEnum):
    """Where an agreement stands: what its latest development made of it."""

    IN_FORCE = "in_force"
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


class AgreementEntry(NamedTuple):
    """An agreement as its developments up to a day make it; `since` is the day of the first."""

    agreement: str
    title: str | None
    parties: tuple[str, ...]
    status: Status
    since: int
    status_since: int


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
        )
        for number, report in article.reports.items()
        if isinstance(report, Agreement) and report.agreement is not None
    }


def entry_on(day: int, developments: Iterable[Development]) -> AgreementEntry | None:
    """Return an agreement as it stood on a day, None if it had not begun.

    `developments` are those of one agreement in the order of the log. The latest day's decides the status, among
    several on one day the one recorded last; the first title given stays; parties are all that were ever named.
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
    return AgreementEntry(
        agreement=until[0].agreement,
        title=next((d.title for d in until if d.title is not None), None),
        parties=tuple(sorted({party for d in until for party in d.parties})),
        status=status,
        since=until[0].day,
        status_since=status_since,
    )
