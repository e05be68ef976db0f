"""How a pair stands on some days, by one state of knowledge and by another."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from projections.pairs import Pair
from projections.scoring.models import Model
from projections.scoring.pair_history import PairHistory, run_on
from projections.scoring.states import State

MOST_PAIRS: Final = 60  #: that are looked at: own pairs first, then those to which something spills over
MOST_SHOWN: Final = 20  #: pairs whose effects are shown, what is moved most first


class RelationOnDay(NamedTuple):
    """How a pair stands on a day."""

    tension: float
    cooperation: float
    state: State


class RelationEffect(NamedTuple):
    """How a pair stands on some days without something, and with it."""

    pair: Pair
    before: Sequence[RelationOnDay]
    after: Sequence[RelationOnDay]

    @property
    def moved(self) -> float:
        """By how much scores move on one of the days, at most."""
        both = zip(self.before, self.after, strict=True)
        return max(max(abs(b.tension - a.tension), abs(b.cooperation - a.cooperation)) for b, a in both)


def relations_on(history: PairHistory, days: Iterable[int], model: Model) -> list[RelationOnDay]:
    """Return how a pair stands on some days."""
    runs = history.runs(model)
    scores = [(day, history.scores_on(day, model)) for day in days]
    return [RelationOnDay(each.tension, each.cooperation, run_on(day, runs)[0]) for day, each in scores]


def most_moved(moved: Iterable[RelationEffect], own: set[Pair]) -> list[RelationEffect]:
    """Return the effects on `own` pairs, and on others that are moved, what is moved most first."""
    kept = [each for each in moved if each.before != each.after or each.pair in own]
    return sorted(kept, key=lambda each: (-each.moved, each.pair))
