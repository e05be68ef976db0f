"""The key of an incident: what makes reports one happening, and how a part takes the key of its whole. Pure.

Reports of the same source, target, type and scoring day are one incident, the field's one-a-day rule, unless they
name different places; a reciprocal pair is in code order. A report that is part of another one takes that one's
key where it is of its kind and has the same pair, and otherwise its day. Of reports joined so, the most precise
date decides the day. Models before 2026.2 know the day of the whole alone, which stands beside it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from domain.articles import Article
from domain.reports import PairPlaces, Report, directions, is_of_a_kind, kind_of
from projections.evidence.scoring_days import ScoringDay, most_precise, scoring_day

Direction = tuple[str, str, bool]  # source, target, reciprocal
DatedReport = tuple[Report, ScoringDay]  # a report, and the day that its own date gives


class IncidentKey(NamedTuple):
    """What makes reports one incident: who to whom, what, on which day. A reciprocal pair is in code order.

    `id` spells it out; where there is no type, by the kind. `joined` names the reports that stay together whatever
    places they name, None for one by itself. It may have happened from `first_day` to `last_day`, which are None
    where its day is known. `day_of_whole` and `id_of_whole` are what they are by the date of the whole alone, None
    where that is the same.
    """

    source: str
    target: str
    reciprocal: bool
    type: str | None
    day: int
    id: str
    joined: str | None
    first_day: int | None
    last_day: int | None
    day_of_whole: int | None
    id_of_whole: str | None


class Slot(NamedTuple):
    """An incident that reports may join: between whom, of which report's type, on which day, under which name.

    `day_of_whole` is the day of the report that others are part of, whatever is more precise.
    """

    direction: Direction
    report: Report
    day: ScoringDay
    day_of_whole: ScoringDay
    joined: str | None = None

    def key(self, suffix: str = "") -> IncidentKey:
        """Return the key of the incident; a `suffix` keeps it apart from all others."""
        key = own_key(self.direction, self.report, self.day, suffix)
        if self.joined is None and self.day is self.day_of_whole:
            return key
        former = self.day_of_whole
        if self.day.day == former.day:
            return key._replace(joined=self.joined)
        of_whole = own_key(self.direction, self.report, former, suffix)
        return key._replace(joined=self.joined, day_of_whole=former.day, id_of_whole=of_whole.id)


class Slots(tuple[Slot, ...]):
    """The incidents of pairs, in order, each of which is found by a pair."""

    def of(self, pair: Direction) -> Slot | None:
        """Return the first that a pair can be of one incident with, None if there is none."""
        place = self.places.find(pair)
        return None if place is None else self[place]

    @cached_property
    def places(self) -> PairPlaces:
        """Where pairs are; looked up once for all reports that join."""
        return PairPlaces(slot.direction for slot in self)


def own_key(direction: Direction, report: Report, day: ScoringDay, suffix: str = "") -> IncidentKey:
    """Return the key of the incident that a report's pair is by itself, on a day."""
    source, target, reciprocal = direction
    type_ = report.type
    by = "~" if reciprocal else ">"
    key_id = f"{source}{by}{target}:{type_ or kind_of(report).upper()}:{day.written}{suffix}"
    first, last = (None, None) if day.first == day.last else (day.first, day.last)
    return IncidentKey(source, target, reciprocal, type_, day.day, key_id, None, first, last, None, None)


class _Whole(NamedTuple):
    """A report that others are part of: its day, the incident of each of its pairs, and the most precise day.

    The latter two take in all those parts that are one incident with it.
    """

    report: Report
    day: ScoringDay
    slots: Slots
    best: ScoringDay


class ArticleSlots:
    """Which incidents the reports of an article belong to. Those that are `leaving` join none of it."""

    def __init__(self, article: Article, leaving: Collection[int] = ()) -> None:
        self._reports = article.reports
        self._published = article.header.published_day
        self._roots = _roots_of(article)
        self._wholes: dict[int, _Whole] = {}
        if self._roots:
            parts: defaultdict[int, list[DatedReport]] = defaultdict(list)
            for number, root in self._roots.items():
                is_joined = number not in leaving and is_of_a_kind(self._reports[number], self._reports[root])
                parts[root] += [(self._reports[number], self.day_of(number))] if is_joined else ()
            self._wholes = {root: self._whole(root, f"{article.id.hex}:{root}", of) for root, of in parts.items()}

    def _whole(self, number: int, name: str, parts: Sequence[DatedReport]) -> _Whole:
        report, day = self._reports[number], self.day_of(number)
        own = Slots(Slot(direction, report, day, day) for direction in directions(report))
        slots = dated(own, parts, name)
        return _Whole(report, day, slots, most_precise(day, (own for _, own in parts)))

    def day_of(self, number: int) -> ScoringDay:
        """Return the day that a report's own date gives."""
        return scoring_day(self._reports[number].occurred, self._published)

    def keys_of(self, number: int) -> list[IncidentKey]:
        """Return the key of the incident of each pair of a report."""
        if self._wholes:
            return [slot.key() for slot in self.slots_of(number)]
        report, day = self._reports[number], self.day_of(number)
        return [own_key(direction, report, day) for direction in directions(report)]

    def slots_of(self, number: int) -> Sequence[Slot]:
        """Return the incident of each pair of a report: the whole's where it is part of one of its kind."""
        report, whole = self._reports[number], self._wholes.get(self._roots.get(number, number))
        if whole is None:
            day = self.day_of(number)
            return [Slot(direction, report, day, day) for direction in directions(report)]
        if report is whole.report:
            return whole.slots
        slots = whole.slots if is_of_a_kind(report, whole.report) else Slots()
        return joining(report, slots, self.best_day(number), whole.day)

    def best_day(self, number: int) -> ScoringDay:
        """Return the day of a report by itself: its whole's, unless its own date is more precise."""
        own, whole = self.day_of(number), self._wholes.get(self._roots.get(number, number))
        return own if whole is None else most_precise(whole.best, (own,))

    def day_of_whole(self, number: int) -> ScoringDay:
        """Return the day of what a report is part of in the end, or its own."""
        return self.day_of(self._roots.get(number, number))

    def joined_to(self, number: int) -> int:
        """Return the number of the report whose incident a report joins, its own if it joins none."""
        root = self._roots.get(number, number)
        return root if is_of_a_kind(self._reports[number], self._reports[root]) else number


def _roots_of(article: Article) -> dict[int, int]:
    """Return the number of what each part is part of in the end; what was retracted ends the way."""
    if not any(report.part_of or report.same_as for report in article.reports.values()):
        return {}
    return {number: chain[-1] for number, chain in chains_of(article) if len(chain) > 1}


def chains_of(article: Article) -> Iterator[tuple[int, list[int]]]:
    """Yield each standing report's number, and it, what it is part of, and so on as long as that stands."""
    numbers = {report.ref: number for number, report in article.reports.items() if report.ref is not None}
    for number in article.reports:
        chain, last = {number: None}, number
        while (joins := article.reports[last].joins) and (whole := numbers.get(joins, number)) not in chain:
            chain[whole], last = None, whole
        yield number, list(chain)


def joining(
    report: Report, slots: Slots, day: ScoringDay, day_of_whole: ScoringDay, joined: str | None = None
) -> list[Slot]:
    """Return the slots that a report's pairs join; each other pair is an incident by itself, on these days."""
    return [
        slots.of(direction) or Slot(direction, report, day, day_of_whole, joined)
        for direction in directions(report)
    ]


def dated(slots: Slots, joined: Iterable[DatedReport], name: str) -> Slots:
    """Return slots, each on the most precise of its day and of those of the reports that join it."""
    days: list[list[ScoringDay]] = [[] for _ in slots]
    for report, day in joined:
        for direction in directions(report):
            if (place := slots.places.find(direction)) is not None:
                days[place].append(day)
    return Slots(
        slot._replace(day=most_precise(slot.day, of_slot), joined=name) if of_slot else slot
        for slot, of_slot in zip(slots, days, strict=True)
    )
