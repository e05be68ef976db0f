"""The clashes of a pair as columns, of each day the first by id: a series of many days tells the last of each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from projections.arrays import Bools, Ints


@dataclass(frozen=True, slots=True, eq=False)
class DailyClashes:
    """The days, in order, on which a pair clashed, and of each the incident that is the first by id."""

    day: Ints
    incident: Sequence[str]

    @classmethod
    def of(cls, day: Ints, is_clash: Bools, ids: Sequence[str | None]) -> "DailyClashes":
        """Return the clashes among incidents of some days and ids, which are in the order of both.

        An id is needed only where there is a clash.
        """
        places = np.flatnonzero(is_clash)
        days = day[places]
        is_first = np.ones(len(places), dtype=np.bool_)
        is_first[1:] = days[1:] != days[:-1]
        firsts = (ids[place] for place in places[is_first].tolist())
        return cls(days[is_first], [id_ for id_ in firsts if id_ is not None])

    def __len__(self) -> int:
        return len(self.day)
