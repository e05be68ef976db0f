"""Incidents that may be one: alike in what they are, and close in time. Pure.

Of one direction and type, incidents whose day is known may be one where they are a few days apart and alike in
something else, or where nothing else happened near them. One that is known less precisely may be one with what it
overlaps and is alike to, or, where it is alike to nothing, with the only thing that it overlaps.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from itertools import chain, compress, product
from typing import Final, NamedTuple

from projections.scoring.incidents import Incident

CLOSE: Final = 2  #: days that incidents whose day is known are apart, at most
ALONE: Final = 7  #: days before and after in which nothing else happened
LONGEST: Final = 366  #: days within which something is known to have happened, or it is left alone
MOST_COMPARED: Final = 100  #: incidents near one that it is compared with, at most
_FEW: Final = 2  # people: a lower toll is alike by chance
_ALIKE: Final = 1.25  # times a toll that another is, at most, to be alike

#: The ids of the agreements that an incident is about, by its id.
Agreements = Mapping[str, Set[str]]


class Resemblance(StrEnum):
    """Why incidents may be one."""

    CLOSE_DAYS = "close_days"
    OVERLAPPING_DATES = "overlapping_dates"
    SAME_PLACE = "same_place"
    SAME_TOLL = "same_toll"
    SAME_AGREEMENT = "same_agreement"
    NOTHING_ELSE_NEAR = "nothing_else_near"


class NearDuplicates(NamedTuple):
    """Incidents that may be one, by day, and why."""

    incidents: tuple[Incident, ...]
    reasons: tuple[Resemblance, ...]


class Likeness(NamedTuple):
    """What two incidents have in common, and whether something tells them apart."""

    signs: frozenset[Resemblance]
    differs: bool


_OF_SIGNS: Final = (Resemblance.SAME_PLACE, Resemblance.SAME_TOLL, Resemblance.SAME_AGREEMENT)
_SIGNS: Final = {are: frozenset(compress(_OF_SIGNS, are)) for are in product((False, True), repeat=3)}


def near_duplicates(incidents: Iterable[Incident], agreements: Agreements) -> list[NearDuplicates]:
    """Return groups of incidents that may be one, each in one group at most; by pair, the latest first.

    What an analyst set apart is in none.
    """
    alike: defaultdict[tuple[object, ...], list[Incident]] = defaultdict(list)
    for incident in incidents:
        if incident.type is not None and "#" not in incident.id:
            alike[incident.a, incident.b, incident.direction, incident.type].append(incident)
    found = [group for of_one in alike.values() if len(of_one) > 1 for group in _groups(of_one, agreements)]
    return sorted(
        found, key=lambda group: (*group.incidents[0][1:3], -group.incidents[-1].day, group.incidents[0].id)
    )


def likeness(one: Incident, other: Incident, agreements: Agreements) -> Likeness:
    """Return what two incidents have in common beside direction and type."""
    same_place = _same_place(one.place, other.place)
    same_toll = _same_toll(one, other)
    same_agreement = _same_agreement(agreements.get(one.id), agreements.get(other.id))
    signs = _SIGNS[same_place is True, same_toll is True, same_agreement is True]
    return Likeness(signs, not signs and (same_place is False or same_toll is False or same_agreement is False))


def _same_place(one: str | None, other: str | None) -> bool | None:
    """Return whether two places may be one: all words of one are in the other. None if one is not known."""
    if one is None or other is None:
        return None
    words, others = _words(one), _words(other)
    return words <= others or others <= words


@lru_cache(2 * MOST_COMPARED)  # one incident is compared with many
def _words(place: str) -> frozenset[str]:
    return frozenset(place.split())


def _same_agreement(one: Set[str] | None, other: Set[str] | None) -> bool | None:
    return None if not one or not other else bool(one & other)


def _same_toll(one: Incident, other: Incident) -> bool | None:
    """Return whether two tolls may be one: their ranges, widened, meet. None if that is not known."""
    if one.killed_low is None or one.killed_high is None or other.killed_low is None or other.killed_high is None:
        ours, theirs = (one.wounded_low, one.wounded_high), (other.wounded_low, other.wounded_high)
    else:
        ours, theirs = (one.killed_low, one.killed_high), (other.killed_low, other.killed_high)
    (low, high), (other_low, other_high) = ours, theirs
    if low is None or high is None or other_low is None or other_high is None or max(high, other_high) < _FEW:
        return None
    return low <= _ALIKE * other_high and other_low <= _ALIKE * high


@dataclass(slots=True)
class _Gathering:
    """Incidents that may be one, while they are gathered."""

    first: int
    last: int
    incidents: list[Incident]
    reasons: set[Resemblance] = field(default_factory=set)

    def meets(self, first: int, last: int) -> bool:
        return self.first <= last and first <= self.last

    def take(self, incident: Incident, reasons: Iterable[Resemblance]) -> None:
        self.incidents.append(incident)
        self.reasons.update(reasons)
        first, last = _span(incident)
        self.first, self.last = min(self.first, first), max(self.last, last)

    def found(self) -> NearDuplicates:
        reasons = tuple(reason for reason in Resemblance if reason in self.reasons)
        return NearDuplicates(tuple(sorted(self.incidents, key=lambda i: (i.day, i.id))), reasons)


def _span(incident: Incident) -> tuple[int, int]:
    if incident.first_day is None or incident.last_day is None:
        return incident.day, incident.day
    return incident.first_day, incident.last_day


def _groups(incidents: Sequence[Incident], agreements: Agreements) -> list[NearDuplicates]:
    """Return the groups of incidents of one pair, direction and type."""
    known = sorted((i for i in incidents if i.first_day is None), key=lambda i: (i.day, i.id))
    vague = [i for i in incidents if i.first_day is not None and _length(i) <= LONGEST]
    of_days = _gathered(known, agreements)
    groups = _Overlapping(of_days)
    for incident in sorted(vague, key=lambda i: (_length(i), i.day, i.id)):
        groups.put(incident, agreements)
    return [group.found() for group in groups.all() if len(group.incidents) > 1]


def _length(incident: Incident) -> int:
    first, last = _span(incident)
    return last - first + 1


def _gathered(known: Sequence[Incident], agreements: Agreements) -> list[_Gathering]:
    """Return incidents whose days are known in groups of few days, by day; most are in one by themselves."""
    groups: list[_Gathering] = []
    taken: set[int] = set()
    for place, incident in enumerate(known):
        if place in taken:
            continue
        group = _Gathering(incident.day, incident.day, [incident])
        groups.append(group)
        end = bisect_left(known, incident.day + CLOSE + 1, lo=place, key=lambda i: i.day)
        are_alone = end > place + 1 and _are_alone(known, place, end)
        for other in range(place + 1, min(end, place + 1 + MOST_COMPARED)):
            if other in taken:
                continue
            alike = [likeness(member, known[other], agreements) for member in group.incidents]
            reasons = {sign for each in alike for sign in each.signs}
            if not reasons and are_alone and not any(each.differs for each in alike):
                reasons = {Resemblance.NOTHING_ELSE_NEAR}
            if reasons:
                group.take(known[other], {Resemblance.CLOSE_DAYS, *reasons})
                taken.add(other)
    return groups


def _are_alone(known: Sequence[Incident], start: int, end: int) -> bool:
    """Return whether nothing else happened near the incidents from one place to another, which is excluded."""
    before = start == 0 or known[start].day - known[start - 1].day > ALONE
    return before and (end == len(known) or known[end].day - known[end - 1].day > ALONE)


class _Overlapping:
    """Groups into which incidents are put whose days are not known."""

    def __init__(self, of_days: list[_Gathering]) -> None:
        self._of_days = of_days  # by their first day: none is longer than a few days when it comes
        self._firsts = [group.first for group in of_days]
        self._vague: list[_Gathering] = []

    def all(self) -> list[_Gathering]:
        return [*self._of_days, *self._vague]

    def put(self, incident: Incident, agreements: Agreements) -> None:
        """Put an incident into the group that it may be one with, or into one of its own."""
        first, last = _span(incident)
        best, signs, open_to_it, compared = None, set[Resemblance](), list[_Gathering](), 0
        for group in self._meeting(first, last):
            members = group.incidents[: MOST_COMPARED - compared]
            compared += len(members)
            if not members:
                break
            alike = [likeness(member, incident, agreements) for member in members]
            of_group = {sign for each in alike for sign in each.signs}
            if len(of_group) > len(signs):
                best, signs = group, of_group
            if not any(each.differs for each in alike):
                open_to_it.append(group)
        if best is None and len(open_to_it) == 1 and compared < MOST_COMPARED:
            best = open_to_it[0]
        if best is not None:
            best.take(incident, {Resemblance.OVERLAPPING_DATES, *signs})
        else:
            self._vague.append(_Gathering(first, last, [incident]))

    def _meeting(self, first: int, last: int) -> Iterator[_Gathering]:
        start, end = bisect_left(self._firsts, first - CLOSE), bisect_left(self._firsts, last + 1)
        near = (self._of_days[place] for place in range(start, end))
        return (group for group in chain(near, self._vague) if group.meets(first, last))
