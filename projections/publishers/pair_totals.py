"""What a pair's incidents come to: how many, from when to when, their running sums, and who reports them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from projections.pairs import Pair, pair_of
from projections.scoring.clash_risk.clash_sums import ClashSums
from projections.scoring.incidents import Claim, Incident
from projections.scoring.models import DEFAULT_MODEL
from projections.scoring.running_sums import RunningSums
from projections.storage.bulk_rows import Row
from projections.storage.tables import LEVELS

_STORED: Final = ("a", "b", "incidents", "first_day", "day", "sums")
RELATION: Final = (*_STORED, *LEVELS, "clash_sums")  #: the columns of a row of `relations`
PUBLISHER: Final = ("a", "b", "publisher", "evidence", "first_day")  #: those of a row of `pair_publishers`

PairPublisher = tuple[str, str, str]  # a pair, and who reports something of it


@dataclass(slots=True)
class PairTotals:
    """The totals of one pair. Taking an incident away leaves its days: who does so has to set them anew."""

    incidents: int
    first_day: int
    day: int
    sums: RunningSums = field(default_factory=RunningSums)
    clash_sums: ClashSums = field(default_factory=ClashSums)

    @classmethod
    def parse(cls, row: Row) -> "PairTotals":
        """Return the totals of a row of `relations`."""
        _, _, incidents, first_day, day, sums, *_, clash_sums = row
        return cls(incidents, first_day, day, RunningSums.parse(sums), ClashSums.parse(clash_sums))

    def add(self, incident: Incident, times: int = 1) -> None:
        """Add an incident, or take it away with `times=-1`."""
        day = incident.day
        self.incidents += times
        if day < self.first_day:
            self.first_day = day
        if day > self.day:
            self.day = day
        self.sums.add(
            incident.weight,
            day,
            material=incident.material,
            direction=incident.direction,
            model=DEFAULT_MODEL,
            times=times,
        )
        self.clash_sums.add(incident, times)

    def row(self, pair: Pair) -> Row:
        """Return the row of `relations`."""
        levels = self.sums.levels(self.day, DEFAULT_MODEL)
        sums = str(self.sums), *levels, str(self.clash_sums)
        return (*pair, self.incidents, self.first_day, self.day, *sums)


def add_incidents(totals: dict[Pair, PairTotals], incidents: Iterable[Incident], times: int = 1) -> None:
    """Add incidents to the totals of their pairs, or take them away with `times=-1`."""
    for incident in incidents:
        pair = (incident.a, incident.b)
        if pair not in totals:
            totals[pair] = PairTotals(0, incident.day, incident.day)
        totals[pair].add(incident, times)


def publisher_rows(claims: Iterable[Claim]) -> list[Row]:
    """Return the rows of `pair_publishers` of some pairs; `claims` are all that stand of these."""
    days: defaultdict[PairPublisher, list[int]] = defaultdict(list)
    for claim in claims:
        days[*pair_of(claim.source, claim.target), claim.publisher].append(claim.day)
    return [(*key, len(of_one), min(of_one)) for key, of_one in days.items()]
