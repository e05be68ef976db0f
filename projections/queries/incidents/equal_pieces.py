"""Columns in pieces that do not hang on where they were read: else two formats of an answer would show it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from projections.arrays import Ints, Recurring, concatenated

FieldsByName = Mapping[str, Sequence[Any]]  #: columns of one length; `a` and `b` recur, of the same actors
_BOTH: Final = ("a", "b")


def in_equal_pieces(pieces: Iterable[FieldsByName], size: int) -> Iterator[FieldsByName]:
    """Yield the rows of pieces in their order, `size` at a time, and what is left over at the end.

    Each value of what recurs is there once, in order, and none that is in no row.
    """
    held, rows = list[FieldsByName](), 0
    for piece in pieces:
        held.append(piece)
        rows += _length(piece)
        if rows < size:
            continue
        whole = _joined(held)
        even = rows - rows % size
        for start in range(0, even, size):
            yield _in_order(_cut(whole, slice(start, start + size)))
        rows -= even
        held = [_cut(whole, slice(even, None))] if rows else []
    if rows:
        yield _in_order(_joined(held))


def _length(piece: FieldsByName) -> int:
    return len(next(iter(piece.values())))


def _joined(pieces: Sequence[FieldsByName]) -> FieldsByName:
    return {name: concatenated([piece[name] for piece in pieces]) for name in pieces[0]}


def _cut(piece: FieldsByName, rows: slice) -> FieldsByName:
    return {name: values[rows] for name, values in piece.items()}


def _in_order(piece: FieldsByName) -> FieldsByName:
    """Return columns whose recurring values are in order, those of both actors together."""
    one, other = (piece[name] for name in _BOTH)
    assert isinstance(one, Recurring)
    assert isinstance(other, Recurring)
    actors, (of_a, of_b) = _ordered(one.of, [one.at, other.at])
    found = {**piece, "a": Recurring(actors, of_a), "b": Recurring(actors, of_b)}
    for name, values in piece.items():
        if isinstance(values, Recurring) and name not in _BOTH:
            known, (at,) = _ordered(values.of, [values.at])
            found[name] = Recurring(known, at)
    return found


def _ordered(of: Sequence[Any], columns: Sequence[Ints]) -> tuple[list[Any], list[Ints]]:
    """Return those of some values that occur in columns of places, in order, none first; and these columns."""
    occurs = np.zeros(len(of), np.bool_)
    for at in columns:
        occurs[at] = True
    places = np.flatnonzero(occurs)
    held = [of[place] for place in places.tolist()]
    known = sorted(set(held), key=lambda value: (value is not None, value))
    number = {value: index for index, value in enumerate(known)}
    numbers = np.zeros(len(of), np.int64)
    numbers[places] = [number[value] for value in held]
    return known, [numbers[at] for at in columns]
