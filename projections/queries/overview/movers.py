"""The pairs whose tension moved most within some days, and why."""

from collections.abc import Sequence, Set
from typing import Final, NamedTuple

import numpy as np

from projections.arrays import Floats
from projections.pairs import Pair
from projections.queries.load_pairs import with_clients
from projections.queries.overview.pair_columns import tension_of_pairs
from projections.queries.question import Question
from projections.queries.relation_list import AllRelations
from projections.scoring.attribution import Explanation, Side, explain
from projections.scoring.pair_history import PairHistory
from projections.scoring.spillover import Tie, by_patron, pairs_spilled_to, ties_of
from projections.storage.incident_cache import AllIncidentColumns
from projections.times import FIRST_DAY

SPANS: Final = (1, 7, 30)  #: days over which changes are looked for
LEAST: Final = 0.05  #: points that a pair has to move to be a mover: what rounds to 0.1
_LONGEST_FIRST: Final = tuple(sorted(SPANS, reverse=True))


class Mover(NamedTuple):
    """A pair whose tension moved from one question to another; why is None under a model that explains nothing."""

    pair: Pair
    before: Question
    after: Question
    change: float
    explanation: Explanation | None


class Changes(NamedTuple):
    """The tension of all pairs some days ago, of each of `SPANS`, and on the day itself: [pair, day]."""

    pairs: Sequence[Pair]
    tension: Floats

    def within(self, span: int) -> Floats:
        """Return by how much the tension of each pair moved within one of `SPANS`."""
        return self.tension[:, -1] - self.tension[:, _LONGEST_FIRST.index(span)]

    def rising(self, span: int, least: float) -> dict[Pair, float]:
        """Return by how much the tension of pairs rose within one of `SPANS`, of those where it did by `least`."""
        rise = self.within(span)
        return {self.pairs[row]: float(rise[row]) for row in np.flatnonzero(rise >= least).tolist()}


def changes_of_all(found: AllRelations, columns: AllIncidentColumns, question: Question) -> Changes:
    """Return how the tension of all pairs changed until the day of a question."""
    ties = {(tie.patron, tie.client) for tie in found.ties}
    pairs = sorted(pairs_spilled_to(found.pairs, ties).union(found.pairs)) if ties else found.pairs
    days = [max(question.day - span, FIRST_DAY) for span in (*_LONGEST_FIRST, 0)]
    tension = tension_of_pairs(columns, pairs, found.ties, np.array(days), question)
    return Changes(pairs, tension)


def movers(
    changes: Changes,
    found: AllRelations,
    columns: AllIncidentColumns,
    question: Question,
    most: int,
    hidden: Set[str] = frozenset(),
) -> dict[int, list[Mover]]:
    """Return for each of `SPANS` the pairs that moved most, without those of `hidden` actors."""
    chosen = {span: _largest(changes, span, most, hidden) for span in SPANS}
    wanted = {pair for of_span in chosen.values() for pair, _ in of_span}
    histories = _histories(columns, wanted, found.ties) if question.model.explains_changes else {}
    return {
        span: [_mover(pair, change, question, span, histories.get(pair)) for pair, change in of_span]
        for span, of_span in chosen.items()
    }


def _largest(changes: Changes, span: int, most: int, hidden: Set[str]) -> list[tuple[Pair, float]]:
    change = changes.within(span)
    moved = np.flatnonzero(np.abs(change) >= LEAST).tolist()
    shown = [(changes.pairs[row], float(change[row])) for row in moved if hidden.isdisjoint(changes.pairs[row])]
    return sorted(shown, key=lambda each: (-abs(each[1]), each[0]))[:most]


def _histories(columns: AllIncidentColumns, pairs: Set[Pair], ties: Sequence[Tie]) -> dict[Pair, PairHistory]:
    by_pair = columns.by_pair(with_clients(pairs, ties))
    patrons = by_patron(ties)
    return {pair: PairHistory.of_columns(pair, by_pair, ties_of(pair, patrons)) for pair in pairs}


def _mover(pair: Pair, change: float, question: Question, span: int, history: PairHistory | None) -> Mover:
    before = question._replace(day=max(question.day - span, FIRST_DAY))
    explanation = None
    if history is not None:
        first, last = (Side(history, each.day, each.model) for each in (before, question))
        explanation = explain(first, last, limit=0)
    return Mover(pair, before, question, change, explanation)
