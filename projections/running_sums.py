"""Running sums: what a pair's incidents add up to, without going through them.

An incident's weight on a later day is w0 * 2^(-(day - its day)/h). With its day written as q*h + r, that factors
into a number that depends on the incident alone, w0 * 2^(r/h) * 2^q, and one that depends on the day alone. The
first kind is summed here exactly, as a whole number times a power of two: so incidents come and go in any order,
a retraction leaves no trace, and a rebuild arrives at the same digits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

from projections.model import ScoringModel
from projections.score import Pressures

_KEPT_BITS: Final = 64
_GROUPS: Final = tuple((direction, hostile) for direction in (0, 1, 2) for hostile in (True, False))


@dataclass(slots=True)
class Dyadic:
    """An exact sum of floats: `mantissa * 2**exponent`, in lowest terms."""

    mantissa: int = 0
    exponent: int = 0

    def add(self, number: float, shift: int) -> None:
        """Add `number * 2**shift`."""
        numerator, denominator = number.as_integer_ratio()
        self._add(numerator, shift - (denominator.bit_length() - 1))

    def _add(self, mantissa: int, exponent: int) -> None:
        if not self.mantissa:
            self.exponent = exponent
        if exponent >= self.exponent:
            self.mantissa += mantissa << (exponent - self.exponent)
        else:
            self.mantissa = (self.mantissa << (self.exponent - exponent)) + mantissa
            self.exponent = exponent
        if not self.mantissa:
            self.exponent = 0
        else:
            zeros = (self.mantissa & -self.mantissa).bit_length() - 1
            self.mantissa >>= zeros
            self.exponent += zeros

    def scaled(self, shift: int) -> float:
        """Return this times `2**shift`, as a float."""
        extra = max(self.mantissa.bit_length() - _KEPT_BITS, 0)
        return math.ldexp(self.mantissa >> extra, extra + self.exponent + shift)

    def __str__(self) -> str:
        return f"{self.mantissa:x}p{self.exponent}" if self.mantissa else ""

    @classmethod
    def parse(cls, text: str) -> Dyadic:
        """Return the sum that was written as `text`."""
        if not text:
            return cls()
        mantissa, _, exponent = text.partition("p")
        return cls(int(mantissa, 16), int(exponent))


@dataclass(slots=True)
class RunningSums:
    """The exact sums of one pair: per direction (0, 1, 2 mutual), sign, and half-life class."""

    sums: dict[tuple[int, bool, bool], Dyadic] = field(default_factory=dict)

    def add(
        self,
        weight: float,
        day: int,
        *,
        material: bool,
        direction: int,
        model: ScoringModel,
        times: int = 1,
    ) -> None:
        """Add an incident of signed weight w0 on a day, or take it away with `times=-1`."""
        if weight == 0.0:
            return
        half_life = model.half_life_material if material else model.half_life_verbal
        whole, rest = divmod(day, half_life)
        key = (direction, weight < 0, material)
        self.sums.setdefault(key, Dyadic()).add(times * abs(weight) * 2.0 ** (rest / half_life), whole)

    def level(self, direction: int, *, hostile: bool, material: bool, day: int, model: ScoringModel) -> float:
        """Return one sum as it stands on `day`, which is no earlier than the newest incident's day."""
        half_life = model.half_life_material if material else model.half_life_verbal
        whole, rest = divmod(day, half_life)
        total = self.sums.get((direction, hostile, material))
        return total.scaled(-whole) * 2.0 ** (-rest / half_life) if total else 0.0

    def levels(self, day: int, model: ScoringModel) -> list[float]:
        """Return all twelve sums on `day`: by direction, conflict before cooperation, verbal before material."""
        return [
            self.level(direction, hostile=hostile, material=material, day=day, model=model)
            for direction, hostile in _GROUPS
            for material in (False, True)
        ]

    def __str__(self) -> str:
        return ",".join(
            str(self.sums.get((direction, hostile, material), ""))
            for direction, hostile in _GROUPS
            for material in (False, True)
        )

    @classmethod
    def parse(cls, text: str) -> RunningSums:
        """Return the sums that were written as `text`."""
        keys = ((d, hostile, material) for d, hostile in _GROUPS for material in (False, True))
        return cls({key: Dyadic.parse(part) for key, part in zip(keys, text.split(","), strict=True) if part})


def pressures_from_levels(levels: list[float], days: int, model: ScoringModel) -> dict[int, Pressures]:
    """Return the pressures per direction, `days` after the day of the `levels`."""
    verbal, material = 2.0 ** (-days / model.half_life_verbal), 2.0 ** (-days / model.half_life_material)
    decayed = [levels[index] * verbal + levels[index + 1] * material for index in range(0, len(levels), 2)]
    return {direction: Pressures(decayed[2 * direction], decayed[2 * direction + 1]) for direction in (0, 1, 2)}
