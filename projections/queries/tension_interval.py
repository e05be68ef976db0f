"""How sure the tensions of some pairs are: their own incidents and what spills over, as far back as it counts.

A page of a list asks as often as a single relation does: once for each few hundred pairs.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from sqlalchemy import Connection

from projections.arrays import Floats, Ints
from projections.pairs import Pair
from projections.queries.all_pairs.weighed_by_pair import WeighedByPair
from projections.queries.context.recent import load_recent
from projections.queries.question import Question
from projections.scoring.bootstrap import Uncertainty, uncertainties, uncertainty
from projections.scoring.models import Model
from projections.scoring.pair_history import PairHistory
from projections.scoring.pressures import Weighed
from projections.scoring.spillover import clients_on, spilled

Clients = Mapping[
    Pair, Sequence[Pair]
]  #: of each of some pairs, those whose conflict spills over to it on the day


def load_uncertainty(
    connection: Connection, clients: Clients, question: Question, at_hand: Mapping[Pair, Weighed]
) -> dict[Pair, Uncertainty]:
    """Return how sure the tension of each of some pairs is, which have `clients`, or none of them.

    `at_hand` are the incidents of pairs that were read already, as they count for the question: only those of
    others are read.
    """
    wanted = {*clients, *(client for of_pair in clients.values() for client in of_pair)}
    if len(wanted) == 1 and wanted <= at_hand.keys():  # as of most single relations
        (pair,) = wanted
        _, own, left = _on_day(at_hand[pair], question)
        return {pair: uncertainty(own, left, question.model)}
    if not isinstance(at_hand, WeighedByPair):
        at_hand = WeighedByPair.of({pair: at_hand[pair] for pair in wanted.intersection(at_hand)})
    read = load_recent(connection, wanted - at_hand.places.keys(), question)
    weights = _weights_on_day(at_hand.joined(WeighedByPair.of(read)), question)
    found = list(weights.of(clients.items(), question.model))
    return dict(zip(clients, uncertainties(found, question.model), strict=True))


def intervals_over(
    history: PairHistory, days: Sequence[int], question: Question
) -> list[tuple[float, float] | None]:
    """Return how sure the tension of a history is on each of some days, as `load_uncertainty` does.

    None where nothing weighs. Each day costs as much as one relation.
    """
    ties, columns = (
        [group.tie for group in history.spilled if group.tie],
        WeighedByPair.of(history.columns_by_pair),
    )
    found: list[tuple[Floats, Floats]] = []
    for day in days:
        clients = clients_on(day, [history.pair], ties)
        weights = _weights_on_day(columns, question._replace(day=day))
        found += weights.of(clients.items(), question.model)
    return [each.interval for each in uncertainties(found, question.model)]


class _WeightsOnDay(NamedTuple):
    """Decayed, signed weights of incidents, and of each the share that is left of it, 0..1, pair by pair.

    First each pair's own, then what spills over of each: a pair's are from its place in `starts` until the next.
    """

    places: Mapping[Pair, int]
    weights: Floats
    remaining: Floats
    starts: list[int]

    def of(self, wanted: Iterable[tuple[Pair, Sequence[Pair]]], model: Model) -> Iterator[tuple[Floats, Floats]]:
        """Yield the weights that count for each of some pairs, also its clients', and what remains of each."""
        number = len(self.places)
        for pair, clients in wanted:
            places = [self.places[pair]] if pair in self.places else []
            places += [number + self.places[client] for client in clients if client in self.places]
            rows = [slice(self.starts[place], self.starts[place + 1]) for place in places] or [slice(0, 0)]
            weights = np.concatenate([self.weights[some] for some in rows])
            yield (
                weights,
                np.concatenate([self.remaining[some] for some in rows]) if model.uses_mass else weights[:0],
            )


def _weights_on_day(incidents: WeighedByPair, question: Question) -> _WeightsOnDay:
    """Return the weights of those of some incidents that may still count on the day of a question."""
    count, weights, remaining = _on_day(incidents.rows, question)
    starts = np.searchsorted(count, incidents.starts)
    hostile = np.flatnonzero(weights < 0)
    spills = len(weights) + np.searchsorted(hostile, starts[1:])
    return _WeightsOnDay(
        incidents.places,
        np.concatenate((weights, spilled(weights[hostile], question.model))),
        np.concatenate((remaining, remaining[hostile])),
        [*starts.tolist(), *spills.tolist()],
    )


def _on_day(incidents: Weighed, question: Question) -> tuple[Ints, Floats, Floats]:
    """Return the places of incidents that may still count on a day, their weights by then, and what remains."""
    model, day, material = question.model, incidents.day, incidents.material
    of_words, of_deeds = model.window
    since = question.day - np.where(material, of_deeds, of_words)
    count = np.flatnonzero((day >= since) & question.has_happened(day))
    remaining = model.remaining(question.day - day[count], material[count])
    return count, incidents.weight[count] * remaining, remaining
