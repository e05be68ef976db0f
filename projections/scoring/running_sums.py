"""Running sums: what a pair's incidents add up to, without going through them.

An incident's weight on a later day is w0 * 2^(-(day - its day)/h). With its day written as q*h + r, that factors
into a number that depends on the incident alone, w0 * 2^(r/h) * 2^q, and one that depends on the day alone. The
first kind is summed here exactly, as a whole number times a power of two: so incidents come and go in any order,
a retraction leaves no trace, and a rebuild arrives at the same digits.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from projections.scoring.models import PressureModel
from projections.scoring.pressures import Pressures

_PRECISION_BITS: Final = 64
_SLOTS: Final = 12


@dataclass(slots=True)
class ExactSum:
    """An exact sum of floats: `mantissa * 2**exponent`."""

    mantissa: int = 0
    exponent: int = 0

    def add(self, mantissa: int, exponent: int) -> None:
        """Add `mantissa * 2**exponent`."""
        if not self.mantissa:
            self.mantissa, self.exponent = mantissa, exponent
        elif exponent >= self.exponent:
            self.mantissa += mantissa << (exponent - self.exponent)
        else:
            self.mantissa = (self.mantissa << (self.exponent - exponent)) + mantissa
            self.exponent = exponent
        if not self.mantissa:
            self.exponent = 0

    def add_decaying(self, weight: float, day: int, half_life: int, times: int = 1) -> None:
        """Add a weight of a day that halves every `half_life` days, or take it away with `times=-1`."""
        whole, rest = divmod(day, half_life)
        mantissa, exponent = _grown(weight, half_life, rest)
        self.add(times * mantissa, exponent + whole)

    def on(self, day: int, half_life: int) -> float:
        """Return what decaying weights come to on `day`, which is no earlier than that of the newest."""
        whole, rest = divmod(day, half_life)
        return self.scaled(-whole) * 2.0 ** (-rest / half_life) if self.mantissa else 0.0

    def less(self, other: ExactSum) -> ExactSum:
        """Return this without another sum."""
        left = ExactSum(self.mantissa, self.exponent)
        left.add(-other.mantissa, other.exponent)
        return left

    def scaled(self, shift: int) -> float:
        """Return this times `2**shift`, as a float."""
        extra = max(self.mantissa.bit_length() - _PRECISION_BITS, 0)
        return math.ldexp(self.mantissa >> extra, extra + self.exponent + shift)

    def __str__(self) -> str:
        """Return this in lowest terms, so that equal sums are written alike."""
        if not self.mantissa:
            return ""
        zeros = (self.mantissa & -self.mantissa).bit_length() - 1
        return f"{self.mantissa >> zeros:x}p{self.exponent + zeros}"

    @classmethod
    def parse(cls, text: str) -> ExactSum:
        """Return the sum that was written as `text`."""
        if not text:
            return cls()
        mantissa, _, exponent = text.partition("p")
        return cls(int(mantissa, 16), int(exponent))


class ExactSums:
    """Exact sums in a row, written as one text. Each is read when it is asked for: most are 0, or stay so."""

    __slots__ = ("_sums", "_texts")

    def __init__(self, texts: list[str]) -> None:
        self._texts: list[str | None] = [*texts]  # None of what may be another sum by now
        self._sums: list[ExactSum | None] = [None] * len(texts)

    @classmethod
    def none(cls, number: int) -> ExactSums:
        """Return a number of sums of nothing."""
        return cls([""] * number)

    @classmethod
    def parse(cls, text: str) -> ExactSums:
        """Return the sums that were written as `text`."""
        return cls(text.split(","))

    def at(self, place: int) -> ExactSum:
        """Return a sum, which is not to be changed."""
        found = self._sums[place]
        if found is None:
            found = self._sums[place] = ExactSum.parse(self._texts[place] or "")
        return found

    def changing(self, place: int) -> ExactSum:
        """Return a sum to be changed."""
        found = self.at(place)
        self._texts[place] = None
        return found

    def there(self) -> list[tuple[int, ExactSum]]:
        """Return those that may not be 0, each with its place."""
        return [(place, self.at(place)) for place, text in enumerate(self._texts) if text != ""]

    def __iter__(self) -> Iterator[ExactSum]:
        return map(self.at, range(len(self._texts)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ExactSums) and str(self) == str(other)

    def __str__(self) -> str:
        pairs = zip(self._texts, self._sums, strict=True)
        return ",".join([str(each) if text is None else text for text, each in pairs])


@dataclass(slots=True)
class RunningSums:
    """A pair's exact sums: by direction (0, 1, 2 mutual), conflict before cooperation, verbal before material."""

    sums: ExactSums = field(default_factory=lambda: ExactSums.none(_SLOTS))

    def add(
        self,
        weight: float,
        day: int,
        *,
        material: bool,
        direction: int,
        model: PressureModel,
        times: int = 1,
    ) -> None:
        """Add an incident of signed weight w0 on a day, or take it away with `times=-1`."""
        half_life = model.half_life_material if material else model.half_life_verbal
        total = self.sums.changing(4 * direction + 2 * (weight > 0) + material)
        total.add_decaying(abs(weight), day, half_life, times)

    def levels(self, day: int, model: PressureModel) -> list[float]:
        """Return all sums as they stand on `day`, which is no earlier than the newest incident's day."""
        at = [
            (-whole, 2.0 ** (-rest / half_life))
            for half_life in (model.half_life_verbal, model.half_life_material)
            for whole, rest in [divmod(day, half_life)]
        ]
        levels = [0.0] * _SLOTS
        for slot, total in self.sums.there():
            if total.mantissa:
                shift, left = at[slot % 2]
                levels[slot] = total.scaled(shift) * left
        return levels

    def __str__(self) -> str:
        return str(self.sums)

    @classmethod
    def parse(cls, text: str) -> RunningSums:
        """Return the sums that were written as `text`."""
        return cls(ExactSums.parse(text))


@lru_cache(maxsize=65536)
def _grown(weight: float, half_life: int, rest: int) -> tuple[int, int]:
    """Return the terms of a weight that has grown for `rest` days."""
    return terms_of(weight * 2.0 ** (rest / half_life))


def terms_of(number: float) -> tuple[int, int]:
    """Return a float as (mantissa, exponent): it is `mantissa * 2**exponent`."""
    numerator, denominator = number.as_integer_ratio()
    return numerator, 1 - denominator.bit_length()


def pressures_from_levels(levels: list[float], days: int, model: PressureModel) -> dict[int, Pressures]:
    """Return the pressures per direction, `days` after the day of the `levels`."""
    verbal, material = 2.0 ** (-days / model.half_life_verbal), 2.0 ** (-days / model.half_life_material)
    decayed = [levels[index] * verbal + levels[index + 1] * material for index in range(0, len(levels), 2)]
    return {direction: Pressures(decayed[2 * direction], decayed[2 * direction + 1]) for direction in (0, 1, 2)}
