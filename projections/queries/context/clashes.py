"""Clashes between actors: incidents of type ASSAULT, as they count for a question."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection, literal_column, select

from projections.evidence.agreements import ClashIncident
from projections.pairs import Pair
from projections.queries.load_pairs import load_incidents
from projections.queries.question import Question
from projections.storage.bulk_rows import fetch_all, is_one_of
from projections.storage.tables import incidents

ASSAULT: Final = "ASSAULT"

_IS_ASSAULT: Final = incidents.c.type == literal_column(f"'{ASSAULT}'")
_STORED: Final = select(incidents.c.day, incidents.c.id, incidents.c.a, incidents.c.b).where(_IS_ASSAULT)


def load_clashes(
    connection: Connection, pairs: Collection[Pair], question: Question, after: int
) -> list[ClashIncident]:
    """Return the clashes between the two of each of some pairs, after a day and until that of a question."""
    if not pairs:
        return []
    if question.is_plain:
        between = is_one_of(connection, (incidents.c.a, incidents.c.b), pairs)
        asked = _STORED.where(between, incidents.c.day > after, question.has_happened(incidents.c.day))
        return [ClashIncident(day, incident, (a, b)) for day, incident, a, b in fetch_all(connection, asked)]
    found = load_incidents(connection, pairs, question)
    return [
        ClashIncident(each.day, each.id, pair)
        for pair, of_pair in found.items()
        for each in of_pair
        if each.type == ASSAULT and each.day > after and question.has_happened(each.day)
    ]
