"""How sure the tensions of some pairs are: their own incidents and what spills over, as far back as it counts.

A page of a list asks as often as a single relation does: once for each few hundred pairs.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from sqlalchemy import Connection

from projections.pairs import Pair
from projections.queries.load_pairs import IncidentsByPair, load_incidents
from projections.queries.question import Question
from projections.scoring.bootstrap import NO_UNCERTAINTY, Uncertainty, uncertainty
from projections.scoring.incidents import Incident, reweighed
from projections.scoring.models import DEFAULT_MODEL, Model
from projections.scoring.spillover import Tie, Weights, clients_on, with_spillover
from projections.storage.bulk_rows import select_recent_incidents

_NO_WEIGHTS: Final = Weights(np.zeros(0), np.zeros(0))
_WEIGHED: Final = ("a", "b", "day", "weight", "material")
_Weighed = tuple[str, str, int, float, bool]  # of an incident: pair, day, weight on that day, whether it is a deed


def load_uncertainty(
    connection: Connection,
    pairs: Sequence[Pair],
    question: Question,
    ties: Sequence[Tie],
    at_hand: IncidentsByPair | None = None,
) -> dict[Pair, Uncertainty]:
    """Return how sure the tension of each of some pairs is.

    `ties` are those of their actors that the model uses. `at_hand` are the incidents of pairs that were read
    already, as they count for the question: only those of others are read.
    """
    active = [tie for tie in ties if tie.active_on(question.day)]
    clients = {pair: clients_on(question.day, pair, active) if active else [] for pair in pairs}
    wanted = {*pairs, *(client for of_pair in clients.values() for client in of_pair)}
    weighed = {pair: _recent(at_hand[pair], question) for pair in wanted.intersection(at_hand)} if at_hand else {}
    if missing := sorted(wanted - weighed.keys()):
        weighed |= _load(connection, missing, question)
    found = {pair: _on_day(rows, question) for pair, rows in weighed.items() if rows}
    return {pair: _uncertainty(found, pair, clients[pair], question.model) for pair in pairs}


def _uncertainty(found: Mapping[Pair, Weights], pair: Pair, clients: list[Pair], model: Model) -> Uncertainty:
    of_clients = [found[client] for client in clients if client in found]
    if pair not in found and not of_clients:
        return NO_UNCERTAINTY
    return uncertainty(*with_spillover(found.get(pair, _NO_WEIGHTS), of_clients, model), model)


def _load(connection: Connection, pairs: Sequence[Pair], question: Question) -> dict[Pair, list[_Weighed]]:
    """Return the incidents of some pairs that may still count on a day, by pair."""
    if not question.is_unfiltered:
        found = load_incidents(connection, pairs, question)
        return {pair: _recent(incidents, question) for pair, incidents in found.items()}
    by_pair: dict[Pair, list[_Weighed]] = {}
    model = question.model
    alike = model.weighs_like(DEFAULT_MODEL)
    columns = _WEIGHED if alike else Incident._fields
    rows: Iterable[_Weighed] = select_recent_incidents(connection, columns, pairs, question.day, model.window)
    if not alike:
        rows = ((i.a, i.b, i.day, i.weight, i.material) for i in reweighed(map(Incident._make, rows), model))
    for row in rows:
        by_pair.setdefault((row[0], row[1]), []).append(row)
    return by_pair


def _recent(incidents: Iterable[Incident], question: Question) -> list[_Weighed]:
    """Return those of some incidents that may still count on a day."""
    first = question.day - max(question.model.window)
    recent = (i for i in incidents if first <= i.day and question.has_happened(i.day))
    return [(i.a, i.b, i.day, i.weight, i.material) for i in recent]


def _on_day(rows: Sequence[_Weighed], question: Question) -> Weights:
    _, _, days, weights, material = zip(*rows, strict=True)
    ages, deeds = question.day - np.array(days), np.array(material, dtype=np.bool_)
    of_words, of_deeds = question.model.window
    decayed = question.model.remaining(ages, deeds)
    remaining = np.where(ages <= np.where(deeds, of_deeds, of_words), decayed, 0.0)
    return Weights(np.array(weights) * remaining, remaining)
