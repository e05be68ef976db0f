"""Given incidents of pairs and ties between actors, then tensions at once are those of each pair's series."""

from datetime import timedelta
from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from projections.pairs import Pair
from projections.queries.overview.pair_columns import spill_paths
from projections.scoring.context.weekly_tension import IncidentsOfRows, tension_on_days, week_ends
from projections.scoring.decay import sums_by_row
from projections.scoring.models import DEFAULT_MODEL, MODELS, Model
from projections.scoring.pair_history import PairHistory
from projections.scoring.pressures import IncidentColumns
from projections.scoring.spillover import Tie
from projections.times import to_date

DAY = 18_304
ACTORS = ("A", "B", "C", "D")
PAIRS = list(combinations(ACTORS, 2))
Happened = tuple[Pair, int, float, bool]
happened = st.lists(
    st.tuples(
        st.sampled_from(PAIRS),
        st.integers(DAY - 900, DAY + 10) | st.integers(DAY - 20_000, DAY),
        st.floats(-40, 40, allow_subnormal=False) | st.just(0.0),
        st.booleans(),
    ),
    max_size=25,
)
turns = st.lists(st.integers(DAY - 500, DAY), min_size=1, max_size=3, unique=True).map(lambda days: sorted(days))
ties = st.lists(
    st.tuples(st.permutations(ACTORS), turns), max_size=4, unique_by=lambda found: tuple(found[0][:2])
).map(lambda found: [Tie(a, b, tuple(days), (True, False, True)[: len(days)]) for (a, b, *_), days in found])


def at_once(found: list[Happened], backing: list[Tie], model: Model, weeks: int = 52) -> dict[Pair, list[float]]:
    rows = {pair: row for row, pair in enumerate(PAIRS)}
    columns: list[tuple[object, ...]] = list(zip(*found, strict=True)) if found else [()] * 4
    row = np.array([rows[pair] for pair, *_ in found], dtype=np.int64)
    day, weight, material = (
        np.array(column, dtype=kind) for column, kind in zip(columns[1:], (np.int64, float, bool), strict=True)
    )
    incidents = IncidentsOfRows(row, day, weight, material)
    on = week_ends(DAY, weeks)
    tensions = tension_on_days(incidents, len(rows), spill_paths(rows, backing, on, model), on, model)
    return dict(zip(PAIRS, tensions.tolist(), strict=True))


def one_by_one(found: list[Happened], backing: list[Tie], model: Model) -> dict[Pair, list[float]]:
    columns = {
        pair: IncidentColumns.of(
            [(day, weight, material, 0, False) for of, day, weight, material in found if of == pair]
        )
        for pair in PAIRS
    }
    mine = {pair: [tie for tie in backing if tie.patron in pair] for pair in PAIRS}
    on = week_ends(DAY, 52)
    return {
        pair: PairHistory.of_columns(pair, columns, mine[pair]).series_on(on, model).tension.tolist()
        for pair in PAIRS
    }


@given(happened, ties, st.sampled_from(list(MODELS.values())))
def test_tensions_of_many_pairs_at_once_are_those_of_their_series(
    found: list[Happened], backing: list[Tie], model: Model
) -> None:
    together, alone = at_once(found, backing, model), one_by_one(found, backing, model)
    for pair in PAIRS:
        np.testing.assert_allclose(together[pair], alone[pair], rtol=0, atol=1e-9)


def test_what_a_client_suffers_is_in_its_patrons_weeks_only_while_it_is_backed() -> None:
    backing = [Tie("A", "B", (DAY - 100, DAY - 50), (True, False))]
    weeks = at_once([(("B", "C"), DAY - 120, -9.0, True)], backing, DEFAULT_MODEL)["A", "C"]
    days = week_ends(DAY, 52).tolist()
    assert [day for day, tension in zip(days, weeks, strict=True) if tension > 0] == [
        day for day in days if DAY - 100 <= day < DAY - 50
    ]


@given(st.integers(-3000, 40_000), st.integers(2, 60))
def test_weeks_end_on_sundays_and_with_the_day(day: int, weeks: int) -> None:
    *sundays, last = week_ends(day, weeks).tolist()
    assert (len(sundays) + 1, last) == (weeks, day)
    assert {to_date(each).isoweekday() for each in sundays} <= {7}
    assert 0 < last - sundays[-1] <= 7
    assert to_date(sundays[-1]) - to_date(sundays[0]) == timedelta(weeks=weeks - 2)


def test_amounts_are_added_to_their_rows_and_fade_from_day_to_day() -> None:
    row, days, amounts = np.array([0, 0, 1, 1]), np.array([0, 12, 10, 21]), np.array([8.0, 4.0, 2.0, 1.0])
    sums = sums_by_row(row, days, amounts, 10, 2, np.array([0, 10, 20]))
    left = 4.0 * 2 ** (-8 / 10)
    np.testing.assert_allclose(sums, [[8.0, 4.0, 2.0 + left], [0.0, 2.0, 1.0]], rtol=1e-15)
