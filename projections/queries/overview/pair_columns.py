"""All incidents as columns, taken apart by pair: for sparklines, for movers, and for what goes with a relation."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import numpy as np
from sqlalchemy import Connection

from projections.arrays import Floats, Ints
from projections.pairs import Pair
from projections.publishers.stale_weights import read_incident_columns
from projections.queries.all_pairs.columns_of_pairs import columns_of_pairs
from projections.queries.load_pairs import with_clients
from projections.queries.question import Question
from projections.queries.relation_list import AllRelations
from projections.scoring.context.weekly_tension import IncidentsOfRows, SpillPath, tension_on_days
from projections.scoring.models import Model
from projections.scoring.spillover import Tie, by_patron, clients_of, spilled, ties_of
from projections.storage.columns.incident_columns import (
    AllIncidentColumns,
)
from projections.storage.incident_cache import ReadAllColumns

_TIMES: Final = 3  # the bootstrap's window, which has 20 half-lives: of 60 nothing is left, 1e-18


def columns_behind(
    connection: Connection,
    found: AllRelations,
    read_columns: ReadAllColumns,
    pairs: Collection[Pair] | None = None,
) -> AllIncidentColumns:
    """Return the incidents that all relations are made of. Where running sums were enough, they are read now.

    Then they may be those of some pairs alone, and of their clients.
    """
    if (columns := found.at_hand if found.columns is None else found.columns) is not None:
        return columns
    return read_columns(connection) if pairs is None else _read_some(connection, found, pairs)


def _read_some(connection: Connection, found: AllRelations, pairs: Collection[Pair]) -> AllIncidentColumns:
    return read_incident_columns(connection, with_clients(pairs, found.ties))


def tension_of_pairs(
    columns: AllIncidentColumns, pairs: Sequence[Pair], ties: Sequence[Tie], on: Ints, question: Question
) -> Floats:
    """Return the tension of each of some pairs on each of some days, in order: [pair, day], 0..100."""
    clients = with_clients(pairs, ties).difference(pairs) if ties else ()
    rows = {pair: row for row, pair in enumerate([*pairs, *sorted(clients)])}
    incidents = _incidents_of(columns, rows, on, question)
    paths = spill_paths(rows, ties, on, question.model)
    return tension_on_days(incidents, len(rows), paths, on, question.model)[: len(pairs)]


def spill_paths(rows: Mapping[Pair, int], ties: Sequence[Tie], on: Ints, model: Model) -> list[SpillPath]:
    """Return by which ways conflict spills over from one pair that has a row to another on some days."""
    patrons = by_patron(ties if model.spillover_share else ())
    return [
        SpillPath(row, rows[client.pair], spilled(client.tie.mask(on), model))
        for pair, row in rows.items()
        if pair[0] in patrons or pair[1] in patrons
        for client in clients_of(pair, ties_of(pair, patrons))
        if client.pair in rows
    ]


def _incidents_of(
    columns: AllIncidentColumns, rows: dict[Pair, int], on: Ints, question: Question
) -> IncidentsOfRows:
    """Return the incidents of pairs that have rows, but for what is too old to be told from nothing."""
    of_words, of_deeds = (int(on[0]) - _TIMES * window for window in question.model.window)
    theirs = columns_of_pairs(columns, list(rows), min(of_words, of_deeds), int(on[-1]))
    chosen = theirs.day >= np.where(theirs.material, of_deeds, of_words)
    return IncidentsOfRows(theirs.row[chosen], theirs.day[chosen], theirs.weight[chosen], theirs.material[chosen])
