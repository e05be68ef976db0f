"""Figures in order of time: of any stretch it is told at once how many are less, and which is the n-th by size.

It is a wavelet matrix (Claude, Navarro and Ordonez, The wavelet matrix, 2015) of the figures' places by size: bit
by bit, from the highest, those with a 0 go before those with a 1, and else stay in their order. A stretch is then
a stretch of each half, and where that is, is told by how many zeros come before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from projections.arrays import Bools, Floats, Ints


class _Level(NamedTuple):
    """A bit, and how many figures before each place, and before the end, have a 0 there."""

    bit: int
    zeros_before: Ints


@dataclass(frozen=True, slots=True)
class WaveletMatrix:
    """Some figures, of which stretches are asked: many at once, each from one place until before another."""

    ordered: Floats
    levels: tuple[_Level, ...]

    @classmethod
    def of(cls, figures: Floats) -> "WaveletMatrix":
        """Return the matrix of some figures, none of which is NaN."""
        order = np.argsort(figures, kind="stable")
        places = np.empty(len(figures), dtype=np.int64)
        places[order] = np.arange(len(figures))
        return cls(figures[order], tuple(_levels(places)))

    def less(self, begins: Ints, ends: Ints, number: Ints) -> Ints:
        """Return how many figures of each stretch are among the least of all, given how many those are."""
        found = np.zeros(len(begins), dtype=np.int64)
        for bit, zeros_before in self.levels:
            before_begin, before_end = zeros_before[begins], zeros_before[ends]
            is_one = (number >> bit & 1).astype(np.bool_)
            found += np.where(is_one, before_end - before_begin, 0)
            begins = _place(begins, before_begin, is_one, zeros_before)
            ends = _place(ends, before_end, is_one, zeros_before)
        return found

    def ranks(self, begins: Ints, ends: Ints, low: Floats, high: Floats) -> Ints:
        """Return how many figures of each stretch are less than `low`, plus how many are no more than `high`."""
        least = np.searchsorted(self.ordered, low)
        most = np.searchsorted(self.ordered, high, side="right")
        below = self.less(begins, ends, least)
        found = 2 * below
        some = np.flatnonzero(least != most)  # where there are figures between
        found[some] += self.less(begins[some], ends[some], most[some]) - below[some]
        return found

    def in_order(self, begins: Ints, ends: Ints, number: Ints) -> Floats:
        """Return the figure of each stretch that stands at a number, from 0, in the order of size."""
        place = np.zeros(len(begins), dtype=np.int64)
        for bit, zeros_before in self.levels:
            before_begin, before_end = zeros_before[begins], zeros_before[ends]
            zeros = before_end - before_begin
            is_one = number >= zeros
            number = np.where(is_one, number - zeros, number)
            place += is_one.astype(np.int64) << bit
            begins = _place(begins, before_begin, is_one, zeros_before)
            ends = _place(ends, before_end, is_one, zeros_before)
        return self.ordered[place]


def _levels(places: Ints) -> Iterator[_Level]:
    for bit in reversed(range(len(places).bit_length())):
        is_one = (places >> bit & 1).astype(np.bool_)
        yield _Level(bit, np.concatenate(((0,), (~is_one).cumsum())))
        places = np.concatenate((places[~is_one], places[is_one]))


def _place(at: Ints, zeros: Ints, is_one: Bools, zeros_before: Ints) -> Ints:
    """Return where a place is at the next level, given the zeros before it."""
    moved: Ints = np.where(is_one, at - zeros + zeros_before[-1], zeros)
    return moved
