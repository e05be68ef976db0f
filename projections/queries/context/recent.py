"""Incidents of pairs as far back as a question needs them: for how sure a tension is, and for what is usual."""

from collections.abc import Collection, Iterable
from itertools import chain
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection

from projections.pairs import Pair
from projections.queries.load_pairs import load_columns
from projections.queries.question import Question
from projections.scoring.incidents import Incident, reweighed
from projections.scoring.models import DEFAULT_MODEL
from projections.scoring.pressures import Weighed, WeighedColumns
from projections.storage.bulk_rows import select_earlier_conflict, select_recent_incidents

_COLUMNS: Final = ("a", "b", "day", "weight", "material")
_RecentIncident = tuple[str, str, int, float, bool]


def load_recent(
    connection: Connection, pairs: Collection[Pair], question: Question, of_conflict: tuple[int, int] | None = None
) -> dict[Pair, Weighed]:
    """Return the incidents of some pairs that have any until a day, as they count for a question and by its model.

    They are those within the model's window, those of conflict within `of_conflict`, which are days for words and
    for deeds; there may be older ones, and later ones.
    """
    if not pairs:
        return {}
    if not question.is_unfiltered:
        return dict(load_columns(connection, pairs, question))
    model, wanted = question.model, sorted(pairs)
    rows: Iterable[_RecentIncident]
    if model.weighs_like(DEFAULT_MODEL):
        rows = select_recent_incidents(connection, _COLUMNS, wanted, question.day, model.window)
        if of_conflict is not None:
            earlier = select_earlier_conflict(connection, wanted, question.day, model.window, of_conflict)
            rows = chain(rows, earlier)
    else:  # what is conflict under the model may not be where it is stored
        windows = of_conflict or model.window
        found = select_recent_incidents(connection, Incident._fields, wanted, question.day, windows)
        by_model = reweighed(map(Incident._make, found), model)
        rows = ((each.a, each.b, each.day, each.weight, each.material) for each in by_model)
    by_pair: dict[Pair, list[_RecentIncident]] = {}
    for row in rows:
        by_pair.setdefault((row[0], row[1]), []).append(row)
    return {pair: _columns(of_pair) for pair, of_pair in by_pair.items()}


def _columns(rows: list[_RecentIncident]) -> WeighedColumns:
    columns: Any = zip(*rows, strict=True)
    _, _, day, weight, material = columns
    return WeighedColumns(np.array(day), np.array(weight), np.array(material, dtype=np.bool_))
