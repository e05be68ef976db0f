"""Columns that go on by what went and came are those of what there is then, in the same order."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.standards.plover import ASSAULT
from projections.pairs import Pair
from projections.scoring.incidents import Incident
from projections.storage.columns.apply_changes import DoNotMatch, IncidentChanges, apply_changes
from projections.storage.columns.incident_columns import AllIncidentColumns

_PAIRS: list[Pair] = [("A", "B"), ("A", "C"), ("B", "C"), ("C", "D"), ("D", "E")]
_Row = tuple[Pair, int, float, bool, int, bool]

rows = st.tuples(
    st.sampled_from(_PAIRS),
    st.integers(-2, 3),
    st.sampled_from([-1.5, -0.1, 0.0, 0.1, 1 / 3]),
    st.booleans(),
    st.integers(0, 2),
    st.booleans(),
)


def columns(some: Sequence[_Row]) -> AllIncidentColumns:
    numbered = [(_PAIRS.index(pair), *row) for pair, *row in some]
    return AllIncidentColumns.of(_PAIRS, numbered).in_order()


def incident(row: _Row) -> Incident:
    (a, b), day, weight, material, direction, assault = row
    of: dict[str, Any] = dict.fromkeys(Incident._fields)
    of |= {"a": a, "b": b, "day": day, "weight": weight, "material": material, "direction": direction}
    of["type"] = ASSAULT if assault else None
    return Incident(**of)


def changed(gone: Sequence[_Row], come: Sequence[_Row]) -> IncidentChanges:
    return IncidentChanges.of([incident(row) for row in gone], [incident(row) for row in come])


def as_lists(found: AllIncidentColumns) -> Any:
    return found.pairs, *(each.tolist() for each in (found.starts, found.day, found.weight, found.kind))


@given(st.lists(rows, max_size=12), st.data())
def test_columns_go_on_by_changes(before: list[_Row], data: st.DataObject) -> None:
    now, changes = list(before), []
    for _ in range(data.draw(st.integers(0, 4))):
        gone = data.draw(st.lists(st.sampled_from(now), max_size=4)) if now else []
        gone = list((Counter(gone) & Counter(now)).elements())
        come = data.draw(st.lists(rows, max_size=4))
        now = [*(Counter(now) - Counter(gone)).elements(), *come]
        changes.append(changed(gone, come))
    made = apply_changes(columns(before), changes)
    assert as_lists(made) == as_lists(columns(now))
    assert made.numbers == columns(now).numbers


@given(st.lists(rows, max_size=8), rows)
def test_what_was_not_there_cannot_go(before: list[_Row], row: _Row) -> None:
    often = before.count(row) + 1
    with pytest.raises(DoNotMatch):
        apply_changes(columns(before), [changed([row] * often, [])])


@given(st.lists(rows, max_size=12), st.integers(-3, 4), st.lists(st.sampled_from(range(5)), unique=True))
def test_how_many_had_happened_by_a_day(some: list[_Row], day: int, chosen: list[int]) -> None:
    found = columns(some)
    counts = Counter(pair for pair, on, *_ in some if on <= day)
    assert found.counts_until(day).tolist() == [counts[pair] for pair in found.pairs]
    wanted = [_PAIRS[index] for index in chosen]
    assert {pair: len(of_pair) for pair, of_pair in found.by_pair(wanted).items()} == {
        pair: sum(row[0] == pair for row in some) for pair in wanted
    }
