"""Incidents of pairs as far back as a question needs them: for what is usual, or for how sure a tension is."""

from collections.abc import Collection, Iterable
from typing import Any, Final

from sqlalchemy import Connection

from projections.pairs import Pair
from projections.queries.load_pairs import load_columns
from projections.queries.question import Question
from projections.scoring.incidents import Incident, reweighed
from projections.scoring.models import DEFAULT_MODEL
from projections.scoring.pressures import IncidentColumns
from projections.storage.bulk_rows import select_recent_incidents

_COLUMNS: Final = ("a", "b", "day", "weight", "material", "direction", "type")


def load_recent(
    connection: Connection, pairs: Collection[Pair], question: Question, windows: tuple[int, int]
) -> dict[Pair, IncidentColumns]:
    """Return the incidents of each of some pairs until a day, as they count for a question and by its model.

    `windows` are how many days before it words are needed, and deeds; there may be older ones, and later ones.
    """
    if not pairs:
        return {}
    if not question.is_unfiltered:
        return load_columns(connection, pairs, question)
    model, wanted = question.model, sorted(pairs)
    alike = model.weighs_like(DEFAULT_MODEL)
    columns = _COLUMNS if alike else Incident._fields
    rows: Iterable[Any] = select_recent_incidents(connection, columns, wanted, question.day, windows)
    if not alike:
        rows = (
            (i.a, i.b, i.day, i.weight, i.material, i.direction, i.type)
            for i in reweighed(map(Incident._make, rows), model)
        )
    by_pair: dict[Pair, list[tuple[Any, ...]]] = {pair: [] for pair in wanted}
    for a, b, day, weight, material, direction, type_ in rows:
        by_pair[a, b].append((day, weight, material, direction, type_ == "ASSAULT"))
    return {pair: IncidentColumns.of(of_pair) for pair, of_pair in by_pair.items()}
