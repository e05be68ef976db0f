"""Sums of many rows at once are `math.fsum`'s, to the last digit."""

from collections.abc import Sequence
from itertools import chain
from math import fsum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.arrays import Floats, Ints
from projections.scoring.clash_risk import exact_row_sums as module
from projections.scoring.clash_risk.exact_row_sums import exact_row_sums
from tests.examples import examples

USUAL = st.floats(0, 20, allow_subnormal=False)
FADED = st.builds(lambda weight, age: weight * 2.0 ** (-age / 7), USUAL, st.integers(0, 9000))
ANY = st.floats(-1e200, 1e200)
ROWS = st.lists(st.lists(st.one_of(USUAL, FADED, ANY), max_size=40), max_size=12)


def assert_exact(rows: Sequence[Sequence[float]]) -> None:
    amounts = np.array(list(chain.from_iterable(rows)), np.float64)
    lengths = np.array(list(map(len, rows)), np.int64)
    assert exact_row_sums(amounts, lengths) == [fsum(row) for row in rows]


@examples(400)
@given(ROWS)
def test_every_row_is_rounded_once(rows: list[list[float]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_FEW", 0)
        assert_exact(rows)


@examples(40)
@given(st.integers(1, 30_000), st.integers(0, 2**32 - 1), st.sampled_from([7, 30, 90, 365]))
def test_long_rows_are_rounded_once(number: int, seed: int, half_life: int) -> None:
    random = np.random.default_rng(seed)
    amounts = random.uniform(0, 20, number) * np.exp2(-random.integers(0, 9000, number) / half_life)
    cuts = np.sort(random.integers(0, number + 1, 9))
    assert_exact([part.tolist() for part in np.split(amounts, cuts)])


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [[]],
        [[], [1.0], []],
        [[0.0] * 70],
        [[5e-324] * 70],
        [[1e308, -1e308, 1.0] * 30],
        [[1.0, 2.0**-53, 2.0**-53] * 30],
        [[1.0, 2.0**-53] + [2.0**-106] * 70],  # half of a last digit, and a little more
        [[1.0, -(2.0**-54)] + [0.0] * 70],
    ],
)
def test_what_is_between_two_floats_is_rounded_as_fsum_does(rows: list[list[float]]) -> None:
    assert_exact(rows)


def test_few_rows_are_summed_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(7)
    amounts = random.uniform(0, 20, 200_000) * np.exp2(-random.integers(0, 7000, 200_000) / 90)
    lengths = np.full(200, 1000)
    counted: list[int] = []

    def count(amounts: Floats, starts: Ints, ends: Ints) -> list[float]:
        counted.append(len(starts))
        return [fsum(amounts[start:end]) for start, end in zip(starts, ends, strict=True)]

    monkeypatch.setattr(module, "_one_by_one", count)
    exact_row_sums(amounts, lengths)
    assert sum(counted) <= 2
