"""A sparkline is what its numbers are: read back from the path, its heights are the tensions."""

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from api.pages.views.sparklines import HEIGHT, STEP, sparklines

PART = re.compile(r"M0 (\d+)|h(\d+)|([l ])(\d+)( \d+|-\d+)")


def heights(path: str) -> list[int]:
    """Return the heights of a line at each week, as a browser draws it."""
    found: list[int] = []
    end = 0
    for part in PART.finditer(path):
        assert part.start() == end, path
        end = part.end()
        begin, flat, _, across, rise = part.groups()
        if begin is not None:
            found.append(int(begin))
        elif flat is not None:
            found += [found[-1]] * (int(flat) // STEP)
        else:
            assert int(across) == STEP
            found.append(found[-1] + int(rise))
    assert end == len(path)
    return found


@given(arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(2, 52)), elements=st.floats(0, 100)))
def test_a_line_goes_through_the_tensions_of_all_weeks_and_says_its_ends(tensions: np.ndarray) -> None:
    for line, of_row in zip(sparklines(tensions), tensions, strict=True):
        assert heights(line.path) == [round(HEIGHT - tension * HEIGHT / 100) for tension in of_row.tolist()]
        ends = (of_row[0], of_row[-1], of_row.min(), of_row.max())
        assert line.figures == tuple(round(each) for each in ends)


def test_what_stays_as_it_is_takes_few_bytes() -> None:
    (line,) = sparklines(np.array([[50.0] * 50 + [100.0, 75.0]]))
    assert line == ("M0 12h98l2-12 2 6", (50, 75, 50, 100))
    assert sparklines(np.zeros((0, 52))) == []
