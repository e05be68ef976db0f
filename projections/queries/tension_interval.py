"""How sure the tensions of some pairs are: their own incidents and what spills over, as far back as it counts.

A page of a list asks as often as a single relation does: once for each few hundred pairs.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from sqlalchemy import Connection

from projections.pairs import Pair
from projections.queries.context.recent import load_recent
from projections.queries.question import Question
from projections.scoring.bootstrap import NO_UNCERTAINTY, Uncertainty, uncertainty
from projections.scoring.models import Model
from projections.scoring.pair_history import PairHistory
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
    recent = {pair: at_hand[pair] for pair in wanted.intersection(at_hand)} if at_hand else {}
    recent |= load_recent(connection, wanted - recent.keys(), question)
    found = _on_day(recent, question)
    return {pair: _uncertainty(found, pair, clients[pair], question.model) for pair in pairs}


def intervals_over(
    history: PairHistory, days: Sequence[int], question: Question
) -> list[tuple[float, float] | None]:
    """Return how sure the tension of a history is on each of some days, as `load_uncertainty` does.

    None where nothing weighs. Each day costs as much as one relation.
    """
    ties, columns = [group.tie for group in history.spilled if group.tie], history.columns_by_pair
    found = []
    for day in days:
        clients = clients_on(day, history.pair, ties)
        on_day = question._replace(day=day)
        weights = _on_day({pair: columns[pair] for pair in (history.pair, *clients)}, on_day)
        found.append(_uncertainty(weights, history.pair, clients, question.model).interval)
    return found


def _uncertainty(found: Mapping[Pair, Weights], pair: Pair, clients: list[Pair], model: Model) -> Uncertainty:
    of_clients = [found[client] for client in clients if client in found]
    if pair not in found and not of_clients:
        return NO_UNCERTAINTY
    return uncertainty(*with_spillover(found.get(pair, _NO_WEIGHTS), of_clients, model), model)


def _on_day(incidents: Mapping[Pair, Weighed], question: Question) -> dict[Pair, Weights]:
    """Return of pairs the weights of those of some incidents that may still count on the day of a question."""
    if not any(len(columns.day) for columns in incidents.values()):
        return {}
    day, weight, material = (
        np.concatenate([getattr(columns, name) for columns in incidents.values()])
        for name in ("day", "weight", "material")
    )
    of_words, of_deeds = question.model.window
    since = question.day - np.where(material, of_deeds, of_words)
    count = np.flatnonzero((day >= since) & question.has_happened(day))
    remaining = question.model.remaining(question.day - day[count], material[count])
    weights = weight[count] * remaining
    lengths = [len(columns.day) for columns in incidents.values()]
    ends = np.searchsorted(count, np.cumsum(lengths)).tolist()
    return {
        pair: Weights(weights[start:end], remaining[start:end])
        for pair, start, end in zip(incidents, [0, *ends], ends, strict=False)
    }
