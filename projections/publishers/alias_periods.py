"""When each publisher counted as which: folded from what was declared. Pure.

An alias of an alias counts as the last of them, so what changes for one publisher may change for others, and at
other instants. All that were ever tied by aliases are a family, whose periods are worked out together.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from msgspec import Struct

from domain.publishers.register import counted_as


class AliasPeriod(NamedTuple):
    """From when to when a publisher was declared to be another, and which one it counted as in the end.

    Publishers are as they are compared; the instant `known_to` is excluded, and None while it stands.
    """

    publisher: str
    known_from: int
    known_to: int | None
    alias_of: str
    counts_as: str


class AliasChange(Struct):
    """That a publisher counts as another from an instant on, or, where that is None, as itself.

    `written` has how they are written, by how they are compared.
    """

    publisher: str
    alias_of: str | None
    recorded: int
    written: Mapping[str, str] = {}


class Families(NamedTuple):
    """The families that changed: all their publishers, and all their periods as they are now."""

    publishers: list[frozenset[str]]
    periods: list[AliasPeriod]


def families_after(periods: Iterable[AliasPeriod], changes: Sequence[AliasChange]) -> Families:
    """Return the families in which changes, in the order of the log, leave other periods; `periods` are all."""
    declared: defaultdict[str, list[_Declared]] = defaultdict(list)
    for period in sorted(periods):
        mine = declared[period.publisher]
        if mine and (mine[-1].until, mine[-1].alias_of) == (period.known_from, period.alias_of):
            mine[-1].until = period.known_to
        else:
            mine.append(_Declared(period.known_from, period.known_to, period.alias_of))
    for change in changes:
        mine = declared[change.publisher]
        if mine and mine[-1].until is None:
            mine[-1].until = change.recorded
        if change.alias_of is not None:
            mine.append(_Declared(change.recorded, None, change.alias_of))
    changed = {change.publisher for change in changes}
    families = [family for family in _families(declared) if not changed.isdisjoint(family)]
    of_all = [period for family in families for period in _periods({p: declared[p] for p in family})]
    return Families(families, of_all)


class _Declared(Struct):
    """That a publisher was declared to be another, from when to when."""

    since: int
    until: int | None
    alias_of: str

    def stood(self, instant: int) -> bool:
        return self.since <= instant and (self.until is None or instant < self.until)


def _families(declared: Mapping[str, Sequence[_Declared]]) -> Iterator[frozenset[str]]:
    tied: defaultdict[str, set[str]] = defaultdict(set)
    for publisher, mine in declared.items():
        for each in mine:
            tied[publisher].add(each.alias_of)
            tied[each.alias_of].add(publisher)
    left = set(tied)
    while left:
        family, found = set[str](), [left.pop()]
        while found:
            member = found.pop()
            family.add(member)
            found += tied[member] - family
        left -= family
        yield frozenset(family)


def _periods(declared: Mapping[str, Sequence[_Declared]]) -> Iterator[AliasPeriod]:
    """Yield the periods of a family: one ends where anything that it rests on does."""
    instants = sorted({i for mine in declared.values() for d in mine for i in (d.since, d.until) if i is not None})
    last: dict[str, AliasPeriod] = {}
    for since, until in pairwise([*instants, None]):
        assert since is not None
        standing = {p: d.alias_of for p, mine in declared.items() for d in mine if d.stood(since)}
        counted = counted_as(standing)
        for publisher, alias_of in standing.items():
            period = AliasPeriod(publisher, since, until, alias_of, counted.get(publisher, publisher))
            before = last.get(publisher)
            if before and (before.known_to, *before[3:]) == (since, *period[3:]):
                period = period._replace(known_from=before.known_from)
            elif before:
                yield before
            last[publisher] = period
    yield from last.values()
