"""How sure the tensions of some pairs are: their own incidents and what spills over, as far back as it counts.

A page of a list asks as often as a single relation does: once for each few hundred pairs.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from sqlalchemy import Connection

from projections.arrays import Bools, Floats, Ints
from projections.pairs import Pair
from projections.queries.load_pairs import load_incidents
from projections.queries.question import Question
from projections.scoring.bootstrap import NO_UNCERTAINTY, Uncertainty, uncertainty
from projections.scoring.incidents import Incident, reweighed
from projections.scoring.models import DEFAULT_MODEL, Model
from projections.scoring.pressures import IncidentColumns, columns_of
from projections.scoring.spillover import Tie, Weights, by_patron, clients_on, ties_of, with_spillover
from projections.storage.bulk_rows import select_recent_incidents

_NO_WEIGHTS: Final = Weights(np.zeros(0), np.zeros(0))
_WEIGHED: Final = ("a", "b", "day", "weight", "material")
_Weighed = tuple[str, str, int, float, bool]  # of an incident: pair, day, weight on that day, whether it is a deed


def load_uncertainty(
    connection: Connection,
    pairs: Sequence[Pair],
    question: Question,
    ties: Sequence[Tie],
    at_hand: Mapping[Pair, IncidentColumns] | None = None,
) -> dict[Pair, Uncertainty]:
    """Return how sure the tension of each of some pairs is.

    `ties` are those of their actors that the model uses. `at_hand` are the incidents of pairs that were read
    already, as they count for the question: only those of others are read.
    """
    active = by_patron(tie for tie in ties if tie.active_on(question.day))
    clients = {pair: clients_on(question.day, pair, ties_of(pair, active)) for pair in pairs}
    wanted = {*pairs, *(client for of_pair in clients.values() for client in of_pair)}
    found = {pair: _on_day(at_hand[pair], question) for pair in wanted.intersection(at_hand)} if at_hand else {}
    if missing := sorted(wanted - found.keys()):
        found |= _load(connection, missing, question)
    return {pair: _uncertainty(found, pair, clients[pair], question.model) for pair in pairs}


def _uncertainty(found: Mapping[Pair, Weights], pair: Pair, clients: list[Pair], model: Model) -> Uncertainty:
    of_clients = [found[client] for client in clients if client in found]
    if pair not in found and not of_clients:
        return NO_UNCERTAINTY
    return uncertainty(*with_spillover(found.get(pair, _NO_WEIGHTS), of_clients, model), model)


def _load(connection: Connection, pairs: Sequence[Pair], question: Question) -> dict[Pair, Weights]:
    """Return the weights of the incidents of some pairs that may still count on a day, by pair."""
    if not question.is_unfiltered:
        found = load_incidents(connection, pairs, question)
        return {pair: _on_day(columns_of(incidents), question) for pair, incidents in found.items()}
    model = question.model
    alike = model.weighs_like(DEFAULT_MODEL)
    columns = _WEIGHED if alike else Incident._fields
    rows: Iterable[_Weighed] = select_recent_incidents(connection, columns, pairs, question.day, model.window)
    if not alike:
        rows = ((i.a, i.b, i.day, i.weight, i.material) for i in reweighed(map(Incident._make, rows), model))
    by_pair: dict[Pair, list[_Weighed]] = {}
    for row in rows:
        by_pair.setdefault((row[0], row[1]), []).append(row)
    return {pair: _weights_of(of_pair, question) for pair, of_pair in by_pair.items()}


def _weights_of(rows: Sequence[_Weighed], question: Question) -> Weights:
    _, _, days, weights, material = zip(*rows, strict=True)
    return _weights(np.array(days), np.array(weights), np.array(material, dtype=np.bool_), question)


def _on_day(incidents: IncidentColumns, question: Question) -> Weights:
    """Return the weights of those of some incidents that may still count on the day of a question."""
    of_words, of_deeds = question.model.window
    since = question.day - np.where(incidents.material, of_deeds, of_words)
    count = np.flatnonzero((incidents.day >= since) & question.has_happened(incidents.day))
    return _weights(incidents.day[count], incidents.weight[count], incidents.material[count], question)


def _weights(day: Ints, weight: Floats, material: Bools, question: Question) -> Weights:
    remaining = question.model.remaining(question.day - day, material)
    return Weights(weight * remaining, remaining)
