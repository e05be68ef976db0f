"""How sure the tensions of some pairs are: their own incidents and what spills over, as far back as it counts.

A page of a list asks as often as a single relation does: once for each few hundred pairs.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from sqlalchemy import Connection

from projections.arrays import Bools, Floats, Ints
from projections.pairs import Pair
from projections.queries.context.recent import load_recent
from projections.queries.question import Question
from projections.scoring.bootstrap import NO_UNCERTAINTY, Uncertainty, uncertainty
from projections.scoring.models import Model
from projections.scoring.pressures import Weighed
from projections.scoring.spillover import Tie, Weights, by_patron, clients_on, ties_of, with_spillover

_NO_WEIGHTS: Final = Weights(np.zeros(0), np.zeros(0))


def load_uncertainty(
    connection: Connection,
    pairs: Sequence[Pair],
    question: Question,
    ties: Sequence[Tie],
    at_hand: Mapping[Pair, Weighed] | None = None,
) -> dict[Pair, Uncertainty]:
    """Return how sure the tension of each of some pairs is.

    `ties` are those of their actors that the model uses. `at_hand` are the incidents of pairs that were read
    already, as they count for the question: only those of others are read.
    """
    active = by_patron(tie for tie in ties if tie.active_on(question.day))
    clients = {pair: clients_on(question.day, pair, ties_of(pair, active)) for pair in pairs}
    wanted = {*pairs, *(client for of_pair in clients.values() for client in of_pair)}
    found = {pair: _on_day(at_hand[pair], question) for pair in wanted.intersection(at_hand)} if at_hand else {}
    missing = load_recent(connection, wanted - found.keys(), question)
    found |= {pair: _on_day(columns, question) for pair, columns in missing.items() if len(columns.day)}
    return {pair: _uncertainty(found, pair, clients[pair], question.model) for pair in pairs}


def _uncertainty(found: Mapping[Pair, Weights], pair: Pair, clients: list[Pair], model: Model) -> Uncertainty:
    of_clients = [found[client] for client in clients if client in found]
    if pair not in found and not of_clients:
        return NO_UNCERTAINTY
    return uncertainty(*with_spillover(found.get(pair, _NO_WEIGHTS), of_clients, model), model)


def _on_day(incidents: Weighed, question: Question) -> Weights:
    """Return the weights of those of some incidents that may still count on the day of a question."""
    of_words, of_deeds = question.model.window
    since = question.day - np.where(incidents.material, of_deeds, of_words)
    count = np.flatnonzero((incidents.day >= since) & question.has_happened(incidents.day))
    return _weights(incidents.day[count], incidents.weight[count], incidents.material[count], question)


def _weights(day: Ints, weight: Floats, material: Bools, question: Question) -> Weights:
    remaining = question.model.remaining(question.day - day, material)
    return Weights(weight * remaining, remaining)
