"""Incidents as readers could know them: how each stood by what had been published by a day. Pure.

A reported event is read from one day of publication on, and until a later version of its article takes it back or
says it otherwise. So an incident stands in several ways, each for a stretch of days: with the publishers that had
reported it, and the casualties that they gave.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np

from projections.arrays import Ints
from projections.backtesting.incident_table import IncidentTable
from projections.scoring.incidents import Claim, Incident, incidents_of
from projections.scoring.models import Model
from projections.scoring.spillover import Tie

NO_END: Final = np.iinfo(np.int64).max  #: a day that never comes


class Readable(NamedTuple):
    """The days of publication from which, included, and up to which, excluded, something is read."""

    since: int
    until: int = NO_END


class ArticleVersion(NamedTuple):
    """A version of an article, when it is read, and the instant at which it ended; None while it stands."""

    readable: Readable
    end: int | None

    def has(self, known_from: int, known_to: int | None) -> bool:
        """Return whether what was known from one instant up to another stood as the version ended, or does now."""
        if self.end is None:
            return known_to is None
        return known_from < self.end and (known_to is None or known_to >= self.end)


def article_versions(
    headers: Sequence[tuple[int, int | None]], taken_back: int | None = None
) -> list[ArticleVersion]:
    """Return the versions of an article that readers had, by their days.

    `headers` are its days of publication as they were recorded, one after the other, each with the instant of the
    next one. On any day it is the one that stands, if it was published by then, and else the last that was. What
    ended by the instant at which the article was last `taken_back` is none.
    """
    headers = [header for header in headers if header[1] is None or taken_back is None or header[1] > taken_back]
    days = sorted({day for day, _ in headers})
    latest = [[header for header in headers if header[0] <= day] for day in days]
    return [
        ArticleVersion(Readable(since, until), None if headers[-1][0] <= since else found[-1][1])
        for since, until, found in zip(days, [*days[1:], NO_END], latest, strict=True)
    ]


class ReadClaim(NamedTuple):
    """A claim, and when it is read."""

    claim: Claim
    readable: Readable


class ReadTurn(NamedTuple):
    """A turn of a tie, and when it is read."""

    patron: str
    client: str
    day: int
    active: bool
    readable: Readable


@dataclass(frozen=True, slots=True)
class PublishedIncidents:
    """How incidents stood by what was published: rows of a table, each read from `since` until before `until`.

    `turns` are those of all ties, in the order in which they count.
    """

    table: IncidentTable
    since: Ints
    until: Ints
    turns: tuple[ReadTurn, ...] = ()

    @classmethod
    def of(
        cls, rows: Iterable[tuple[Sequence[Any], Readable]], turns: Iterable[ReadTurn] = ()
    ) -> "PublishedIncidents":
        """Return those of rows as `IncidentTable.of` takes them, each with when it is read."""
        found = list(rows)
        since, until = (np.array([each[at] for _, each in found], dtype=np.int64) for at in (0, 1))
        return cls(IncidentTable.of(row for row, _ in found), since, until, tuple(turns))

    def by(self, day: int) -> IncidentTable:
        """Return the incidents and ties by what was published by a day; the pairs are those of all days."""
        return replace(self.table.where((self.since <= day) & (day < self.until)), ties=self._ties(day))

    def _ties(self, day: int) -> tuple[Tie, ...]:
        turns: defaultdict[tuple[str, str], list[ReadTurn]] = defaultdict(list)
        for turn in self.turns:
            if turn.readable.since <= day < turn.readable.until:
                turns[turn.patron, turn.client].append(turn)
        return tuple(
            Tie(*tie, tuple(turn.day for turn in mine), tuple(turn.active for turn in mine))
            for tie, mine in sorted(turns.items())
        )


class StoodClaim(NamedTuple):
    """A claim of a report, by which of its versions, and from which instant up to which it stood."""

    article: int
    number: int
    version: int
    known_from: int
    known_to: int | None
    claim: Claim

    def is_of(self, version: ArticleVersion) -> bool:
        """Return whether it stood as a version of an article ended, or does now."""
        return version.has(self.known_from, self.known_to)


VersionsByArticle = Mapping[int, Sequence[ArticleVersion]]  # of each article, by its key


def claims_under_rulings(stood: Iterable[StoodClaim], versions: VersionsByArticle) -> Iterator[ReadClaim]:
    """Yield what is read of reports that rulings join with those of other articles.

    While an earlier version of one of these is read, a report says what it did until that ended.
    """
    reports: defaultdict[tuple[int, int], list[StoodClaim]] = defaultdict(list)
    together: defaultdict[tuple[str, str | None], list[StoodClaim]] = defaultdict(list)
    for one in stood:
        reports[one.article, one.number].append(one)
        if one.claim.joined is not None:
            together[one.claim.incident, one.claim.joined].append(one)
    for (article, _), mine in reports.items():
        joined = [
            (one, other)
            for one in mine
            for other in together.get((one.claim.incident, one.claim.joined), ())
            if other.article != article
        ]
        days = {day for _, other in joined for each in versions[other.article] for day in each.readable}
        for version in _cut(versions[article], days):
            then = _version_of(version, mine, joined, versions)
            yield from (ReadClaim(one.claim, version.readable) for one in mine if one.is_of(then))


def _cut(of_article: Iterable[ArticleVersion], days: Iterable[int]) -> Iterator[ArticleVersion]:
    for version in of_article:
        since, until = version.readable
        cuts = sorted({since, until, *(day for day in days if since < day < until)})
        yield from (version._replace(readable=Readable(*each)) for each in pairwise(cuts))


def _version_of(
    version: ArticleVersion,
    mine: Sequence[StoodClaim],
    joined: Sequence[tuple[StoodClaim, StoodClaim]],
    versions: VersionsByArticle,
) -> ArticleVersion:
    """Return the version that tells what a report is in: its own, or an earlier one that it is joined with."""
    found: list[tuple[int, ArticleVersion]] = []
    for one, other in joined:
        for then in versions[other.article]:
            is_read = then.readable.since <= version.readable.since < then.readable.until
            if is_read and then.end is not None and (version.end is None or then.end < version.end):
                at = (then, version)
                found += [(then.end, then)] if any(one.is_of(each) and other.is_of(each) for each in at) else []
    if not found:
        return version
    _, first = min(found)
    before, now = (
        {(one.version, one.claim.publisher) for one in mine if one.is_of(each)} for each in (first, version)
    )
    return first if before & now else version


def published_incidents(
    claims: Iterable[ReadClaim], model: Model, aliases: Mapping[str, str]
) -> Iterator[tuple[Incident, Readable]]:
    """Yield each incident as often as it stands otherwise, with when it does."""
    grouped: defaultdict[str, list[ReadClaim]] = defaultdict(list)
    for read in claims:
        grouped[read.claim.incident].append(read)
    for group in grouped.values():
        yield from _as_it_stood(group, model, aliases)


def _as_it_stood(
    group: Sequence[ReadClaim], model: Model, aliases: Mapping[str, str]
) -> Iterator[tuple[Incident, Readable]]:
    days = sorted({day for read in group for day in read.readable})
    standing: dict[Incident, int] = {}  # since when
    for since, until in zip(days, [*days[1:], NO_END], strict=True):
        claims = (read.claim for read in group if read.readable.since <= since < read.readable.until)
        now = set(incidents_of(claims, model, aliases).values())
        for incident in [incident for incident in standing if incident not in now]:
            yield incident, Readable(standing.pop(incident), since)
        for incident in now:
            standing.setdefault(incident, since)
        if until == NO_END:
            yield from ((incident, Readable(first)) for incident, first in standing.items())
            return
