"""The types of the numpy arrays that the projections calculate with, and columns that are made of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import compress, count
from typing import Any, Generic, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

Bools = NDArray[np.bool_]

T = TypeVar("T")
S = TypeVar("S")


@dataclass(frozen=True, slots=True, eq=False)
class Recurring(Sequence[T], Generic[T]):
    """A column of values of which few are different: each of them once, and which of them stands `at` each row.

    Two are equal if their rows are, however often each value is kept.
    """

    of: Sequence[T]
    at: Ints

    def __len__(self) -> int:
        return len(self.at)

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, Recurring) else NotImplemented

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> "Recurring[T]": ...
    def __getitem__(self, index: int | slice) -> "T | Recurring[T]":
        return Recurring(self.of, self.at[index]) if isinstance(index, slice) else self.of[self.at[index]]

    def __iter__(self) -> Iterator[T]:
        return map(self.of.__getitem__, self.at.tolist())

    def map(self, make: Callable[[T], S]) -> "Recurring[S]":
        """Return the column of what is made of the values, once of each."""
        return Recurring([make(value) for value in self.of], self.at)


@dataclass(frozen=True, slots=True, eq=False)
class Numbers(Sequence[Any]):
    """A column of numbers, None where one is `missing`.

    Two of one kind are equal if their rows are, whatever stands behind what is missing.
    """

    values: Floats | Ints
    missing: Bools | None = None

    def __len__(self) -> int:
        return len(self.values)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Numbers):
            return NotImplemented
        return type(self) is type(other) and self.tolist() == other.tolist()

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            missing = None if self.missing is None else self.missing[index]
            return type(self)(self.values[index], missing)
        return self[index : index + 1].tolist()[0]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.tolist())

    def tolist(self) -> list[Any]:
        """Return the numbers, None where there is none."""
        if self.lacks_all:
            return [None] * len(self)
        found = self.filled(self.values)
        if self.missing is not None:
            for place in compress(count(), self.missing.tolist()):
                found[place] = None
        return found

    @property
    def lacks_all(self) -> bool:
        """Whether no row has a number."""
        return self.missing is not None and bool(self.missing.all())

    def filled(self, values: Any) -> list[Any]:
        """Return the values of an array as Python has them; what is missing does not matter."""
        found: list[Any] = values.tolist()
        return found


class DayNumbers(Numbers):
    """A column of days, kept as numbers since 1970-01-01 (UTC)."""

    __slots__ = ()

    def filled(self, values: Any) -> list[date]:
        """Return days as dates; what is missing does not matter."""
        found: list[date] = values.astype("datetime64[D]").tolist()
        return found

    def texts(self) -> list[str | None]:
        """Return the days as texts of ISO 8601, None where there is none."""
        found: list[str | None] = np.datetime_as_string(self.values.astype("datetime64[D]")).tolist()
        for place in np.flatnonzero(self.missing).tolist() if self.missing is not None else ():
            found[place] = None
        return found


def concatenated(parts: Sequence[Any]) -> Sequence[Any]:
    """Return columns of one kind as one, each behind those before it; there is one at least."""
    first: Sequence[Any] = parts[0]
    if len(parts) == 1:
        return first
    if isinstance(first, Recurring):
        begins = np.cumsum([0, *(len(part.of) for part in parts[:-1])])
        at = np.concatenate([part.at + begin for part, begin in zip(parts, begins, strict=True)])
        return Recurring([value for part in parts for value in part.of], at)
    if isinstance(first, Numbers):
        missing = [np.zeros(len(p), np.bool_) if p.missing is None else p.missing for p in parts]
        return type(first)(np.concatenate([part.values for part in parts]), np.concatenate(missing))
    return [value for part in parts for value in part]
