"""Figures in order of time: of any stretch it is told at once how many are less, and which is the n-th by size.

It is a wavelet matrix (Claude, Navarro and Ordonez, The wavelet matrix, 2015) of the figures' places by size: bit
by bit, from the highest, those with a 0 go before those with a 1, and else stay in their order. A stretch is then
a stretch of each half, and where that is, is told by how many zeros come before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from projections.arrays import Floats, Ints


class _Level(NamedTuple):
    """A bit, and where each place, and the end, is at the next level: first for a 0 there, then for a 1."""

    bit: int
    next_places: Ints


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
        places, lengths, ones = np.stack((begins, ends)), ends - begins, len(self.ordered) + 1
        moved, is_one, gone = np.empty_like(places), np.empty_like(found), np.empty_like(found)
        for bit, next_places in self.levels:  # into the same arrays each time: to make new ones takes as long
            np.bitwise_and(np.right_shift(number, bit, out=is_one), 1, out=is_one)
            places += np.multiply(is_one, ones, out=gone)
            places, moved = next_places.take(places, out=moved, mode="clip"), places
            np.subtract(lengths, places[1], out=gone)
            gone += places[0]
            lengths -= gone
            found += np.multiply(gone, is_one, out=gone)  # those with a 0, which are less
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
        places, at = np.stack((begins, ends)), np.zeros(len(begins), dtype=np.int64)
        for bit, next_places in self.levels:
            of_zeros = next_places.take(places)
            zeros = of_zeros[1] - of_zeros[0]
            is_one = (number >= zeros).astype(np.int64)
            number = number - zeros * is_one
            at += is_one << bit
            places = next_places.take(places + is_one * (len(self.ordered) + 1))
        return self.ordered[at]


def _levels(places: Ints) -> Iterator[_Level]:
    for bit in reversed(range(len(places).bit_length())):
        is_one = (places >> bit & 1).astype(np.bool_)
        zeros_before = np.concatenate(((0,), (~is_one).cumsum()))
        ones_before = np.arange(len(zeros_before)) - zeros_before
        yield _Level(bit, np.concatenate((zeros_before, zeros_before[-1] + ones_before)))
        places = np.concatenate((places[~is_one], places[is_one]))
