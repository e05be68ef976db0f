"""Sums piece by piece are those of all incidents at once, to the last digit."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.pairs import Pair
from projections.queries.all_pairs import decayed_sums
from projections.queries.all_pairs.decayed_sums import SumsByPair, decayed_sums_by_pair
from projections.queries.question import Question
from projections.scoring.models import DEFAULT_MODEL, MODELS
from projections.storage.columns.incident_columns import AllIncidentColumns

_PAIRS: list[Pair] = [("A", "B"), ("A", "C"), ("B", "C")]
_MODELS = [*MODELS.values(), DEFAULT_MODEL]

rows = st.tuples(
    st.integers(0, 2),
    st.integers(0, 60) | st.integers(-3_000_000, 20_000),
    st.floats(-10, 10).filter(lambda weight: weight == 0 or abs(weight) > 1e-6),
    st.booleans(),
    st.integers(0, 2),
    st.booleans(),
)


def at_once(columns: AllIncidentColumns, question: Question) -> SumsByPair:
    """Return the sums of all incidents, each worked out by itself."""
    remaining = question.model.remaining(question.day - columns.day.astype(np.int64), columns.material)
    cell = columns.pair * 6 + columns.direction * 2 + (columns.weight > 0)
    size = len(columns.pairs)
    pressures: Any = np.bincount(cell, weights=np.abs(columns.weight) * remaining, minlength=6 * size)
    mass: Any = np.bincount(columns.pair, weights=remaining, minlength=size)
    return SumsByPair(pressures.reshape(-1, 3, 2), mass if question.model.uses_mass else np.zeros(size))


@given(st.lists(rows, max_size=40), st.integers(-10, 100), st.sampled_from(_MODELS), st.sampled_from([1, 7, 1000]))
def test_sums_of_pieces_are_those_of_all(some: list[Any], day: int, model: Any, piece: int) -> None:
    columns, question = AllIncidentColumns.of(_PAIRS, some).in_order(), Question(day, model=model)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decayed_sums, "_PIECE", piece)
        found = decayed_sums_by_pair(columns, question)
    expected = at_once(columns, question)
    assert found.pressures.tolist() == expected.pressures.tolist()
    assert found.mass.tolist() == expected.mass.tolist()
