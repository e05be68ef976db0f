"""What goes with the state of a pair on a day: its trend, what is usual for it, and its last clash."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from projections.evidence.agreements import ClashIncident
from projections.pairs import Pair
from projections.queries.question import Question
from projections.scoring.context.trend import Trend, trends_of_all
from projections.scoring.context.usual import Today, Usual, usual_on
from projections.scoring.pair_history import PairScores
from projections.scoring.pressures import IncidentColumns, Weighed
from projections.scoring.states import NOTHING_KNOWN, State


@dataclass(frozen=True, slots=True)
class Context:
    """The trend of a pair and what is usual for it, both None while nothing is known; and the last clash."""

    trend: Trend | None = None
    usual: Usual | None = None
    last_clash: ClashIncident | None = None


NO_CONTEXT = Context()


@dataclass(frozen=True, slots=True)
class PairOnDay:
    """A pair as far as its context depends on it: `own` are its incidents of `usual_memory` at least."""

    pair: Pair
    state: State
    scores: PairScores
    first_day: int | None
    own: Weighed

    @classmethod
    def of_all(cls, pair: Pair, state: State, scores: PairScores, own: IncidentColumns) -> "PairOnDay":
        """Return a pair of which all incidents are at hand."""
        return cls(pair, state, scores, int(own.day.min()) if len(own) else None, own)


def contexts_of(
    found: Sequence[PairOnDay], last_clashes: Mapping[Pair, ClashIncident], question: Question
) -> dict[Pair, Context]:
    """Return what goes with the states of some pairs on the day of a question."""
    known = [each for each in found if each.state not in NOTHING_KNOWN]
    trends = trends_of_all(question.day, [each.own for each in known], question.model)
    today = [
        Today(each.scores.conflict - each.scores.spillover, trend.news, each.first_day)
        for each, trend in zip(known, trends, strict=True)
    ]
    usual = usual_on(question.day, today, [each.own for each in known], question.model)
    found_trends = {each.pair: trend for each, trend in zip(known, trends, strict=True)}
    found_usual = {each.pair: one for each, one in zip(known, usual, strict=True)}
    return {
        pair: Context(found_trends.get(pair), found_usual.get(pair), last_clashes.get(pair))
        for pair in (each.pair for each in found)
    }
