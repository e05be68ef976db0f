"""What stretches of figures are asked, against the same by sorting each stretch."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from projections.scoring.context.wavelet_matrix import WaveletMatrix

FIGURES = st.lists(st.one_of(st.integers(0, 5).map(float), st.floats(0, 1e6)), max_size=70)


@given(FIGURES, st.lists(st.tuples(st.integers(0, 70), st.integers(0, 70), st.floats(0, 7), st.integers(0, 69))))
def test_ranks_and_order_are_those_of_each_stretch_sorted(
    figures: list[float], asked: list[tuple[int, int, float, int]]
) -> None:
    matrix = WaveletMatrix.of(np.array(figures, dtype=np.float64))
    stretches = [sorted((min(a, len(figures)), min(b, len(figures)))) for a, b, _, _ in asked]
    begins, ends = np.array(stretches, dtype=np.int64).reshape(-1, 2).T
    low = np.array([value for _, _, value, _ in asked], dtype=np.float64)
    ranks = matrix.ranks(begins, ends, low, low + 1)
    assert ranks.tolist() == [
        sum(each < value for each in figures[begin:end]) + sum(each <= value + 1 for each in figures[begin:end])
        for (begin, end), (_, _, value, _) in zip(stretches, asked, strict=True)
    ]
    some = np.flatnonzero(begins < ends)
    number = np.array([asked[at][3] for at in some.tolist()], dtype=np.int64) % (ends - begins)[some]
    assert matrix.in_order(begins[some], ends[some], number).tolist() == [
        sorted(figures[slice(*stretches[at])])[place]
        for at, place in zip(some.tolist(), number.tolist(), strict=True)
    ]
