"""Pairs with a history and without: they have to be the same, to the last digit."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import fields

import pytest
from sqlalchemy import Connection, select

from api.running.history_reading import OpenHistory
from projections.pairs import Pair
from projections.queries.load_pairs import load_histories
from projections.queries.question import Question
from projections.queries.stored import pairs_of_history
from projections.queries.stored.incidents_of_pair import stored_columns_with_clashes
from projections.scoring.pressures import IncidentColumns
from projections.storage.history.pair_incidents import PairsOfHistory
from projections.storage.tables import relations


class CountedPairs:
    """Reads pairs from a history, and keeps what it could read."""

    def __init__(self, history: OpenHistory) -> None:
        self._history = history
        self.found: list[PairsOfHistory] = []

    def __call__(self, connection: Connection, pairs: Collection[Pair]) -> PairsOfHistory | None:
        """Return the incidents of some pairs, None where they do not come from the history."""
        found = self._history.read_pairs(connection, pairs)
        if found is not None:
            assert found.history == self._history.position
            self.found.append(found)
        return found


@contextmanager
def any_pair_is_long() -> Iterator[None]:
    """Have pairs with any incidents at all come from a history."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairs_of_history, "_MANY", 0)
        yield


def assert_same_pairs(connection: Connection, history: OpenHistory) -> None:
    """Assert that columns and clashes of all pairs are those of the tables, and so what is made of them."""
    pairs: list[Pair] = [(a, b) for a, b in connection.execute(select(relations.c.a, relations.c.b))]
    pairs.append(("FJI", "ISL"))
    with any_pair_is_long():
        read = CountedPairs(history)
        found = pairs_of_history.history_or_stored_columns(connection, pairs, read)
        mine = load_histories(connection, pairs, Question(18999), read_pairs=read)
    has_any = len(pairs) > 1
    assert bool(read.found) == has_any
    assert found.keys() == set(pairs)
    for pair in pairs:
        stored = stored_columns_with_clashes(connection, pair)
        for field in fields(IncidentColumns):
            one, other = getattr(found[pair].columns, field.name), getattr(stored.columns, field.name)
            assert one.dtype == other.dtype
            assert one.tolist() == other.tolist()
        assert found[pair].clashes.day.tolist() == stored.clashes.day.tolist()
        assert found[pair].clashes.incident == stored.clashes.incident
    for one, other in zip(mine, load_histories(connection, pairs, Question(18999)), strict=True):
        assert one.history.runs(Question(0).model) == other.history.runs(Question(0).model)
