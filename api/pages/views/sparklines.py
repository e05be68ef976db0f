"""Sparklines: the tension of a year in a line as high as a word, from 0 to 100, for many pairs at once."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from projections.arrays import Floats

STEP: Final = 2  #: across, from a week to the next
HEIGHT: Final = 24  #: of the scale


class Sparkline(NamedTuple):
    """A line as the data of an SVG path; and what it shows in whole points: first, last, lowest and highest."""

    path: str
    figures: tuple[int, int, int, int]


def sparklines(tensions: Floats) -> list[Sparkline]:
    """Return the lines of tensions, 0..100: [pair, week]. Stretches at one height are drawn as one."""
    if not tensions.size:
        return []
    heights = np.rint(HEIGHT - tensions * (HEIGHT / 100)).astype(np.int64)
    rises = np.diff(heights, axis=1)
    rows, weeks = np.nonzero(rises)
    ends = np.searchsorted(rows, np.arange(len(tensions)), side="right").tolist()
    turns = list(zip(weeks.tolist(), rises[rows, weeks].tolist(), strict=True))
    last_week = tensions.shape[1] - 1
    points = np.rint(tensions).astype(np.int64)
    columns = (points[:, 0], points[:, -1], points.min(axis=1), points.max(axis=1))
    figures = zip(*(column.tolist() for column in columns), strict=True)
    begins = heights[:, 0].tolist()
    return [
        Sparkline(_path(begin, turns[start:end], last_week), of_row)
        for begin, start, end, of_row in zip(begins, [0, *ends], ends, figures, strict=False)
    ]


def _path(begin: int, turns: Sequence[tuple[int, int]], last_week: int) -> str:
    """Return a line that begins at a height; a turn is the week behind which it rises or falls, and how far."""
    parts = [f"M0 {begin}"]
    at, is_sloping = 0, False
    for week, rise in turns:
        if week > at:
            parts.append(f"h{(week - at) * STEP}")
            is_sloping = False
        parts.append(f"{' ' if is_sloping else 'l'}{STEP}{'' if rise < 0 else ' '}{rise}")
        at, is_sloping = week + 1, True
    if last_week > at:
        parts.append(f"h{(last_week - at) * STEP}")
    return "".join(parts)
