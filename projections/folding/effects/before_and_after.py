"""How a pair stands on some days, by one state of knowledge and by another."""

from collections.abc import Iterable, Sequence, Set
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


class MostMoved(NamedTuple):
    """How pairs stand before and after, what is moved most first; of `others` that may move nothing is told."""

    effects: Sequence[RelationEffect]
    others: int


def relations_on(history: PairHistory, days: Iterable[int], model: Model) -> list[RelationOnDay]:
    """Return how a pair stands on some days."""
    runs = history.runs(model)
    scores = [(day, history.scores_on(day, model)) for day in days]
    return [RelationOnDay(each.tension, each.cooperation, run_on(day, runs)[0]) for day, each in scores]


def own_first(own: Set[Pair], spilled: Set[Pair]) -> list[Pair]:
    """Return pairs in the order in which they are looked at: the own ones, then those to which it spills over."""
    return [*sorted(own), *sorted(spilled - own)]


def most_moved(moved: Sequence[RelationEffect], wanted: Sequence[Pair], own: Set[Pair]) -> MostMoved:
    """Return what is told of the effects on the first of some wanted pairs: of `own`, and of others that move."""
    kept = [each for each in moved if each.before != each.after or each.pair in own]
    told = sorted(kept, key=lambda each: (-each.moved, each.pair))
    not_told = len(wanted) - len(moved) + max(len(told) - MOST_SHOWN, 0)
    return MostMoved(told[:MOST_SHOWN], not_told)
