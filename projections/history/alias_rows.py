"""From all that was declared of publishers to the rows of who counts as whom, and of how each is written."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from projections.publishers.alias_periods import AliasChange, AliasPeriod, families_after


class AliasRows(NamedTuple):
    """The rows of publishers' aliases, and by each publisher, as compared, how it is written."""

    periods: list[AliasPeriod]
    names: Mapping[str, str]

    @classmethod
    def of(cls, changes: Iterable[tuple[int, str]]) -> "AliasRows":
        """Return what all changes come to, given each at its position, as `alias_changes` have them."""
        ordered = [msgspec.json.decode(change, type=AliasChange) for _, change in sorted(changes)]
        names: dict[str, str] = {}
        for change in ordered:
            names = {**change.written, **names}
        return cls(families_after([], ordered).periods, names)

    def standing(self) -> dict[str, str]:
        """Return which publisher each alias counts as now."""
        return {period.publisher: period.counts_as for period in self.periods if period.known_to is None}
