"""CAMEO's codes of deeds that lost their leading zeros, as a spreadsheet strips them: noticed by other columns.

GDELT repeats an event's code as its root, its base, a class of four, and a weight. Its classes are verbal
cooperation, roots 01 to 05; material cooperation, to 09; verbal conflict, to 14; material conflict, to 20 (event
codebook 2.0, and its own data). On Goldstein's scale for CAMEO, roots 06 to 08 are above 0, and 15 to 20 below.
"""

from typing import Final, NamedTuple

from api.importing.codes.icews import has_label
from api.importing.rows import Reject

_LAST_ROOTS: Final = (5, 9, 14, 20)  # of each class
_MATERIAL_CONFLICT: Final = 4
_FRIENDLY: Final = ("06", "07", "08")


class RepeatedCode(NamedTuple):
    """What other columns say of a code; empty where they are not there."""

    root: str = ""
    base: str = ""
    quad_class: str = ""
    weight: str = ""

    def fits(self, code: str) -> bool:
        """Return whether a code is what all of these say."""
        root, base = (_padded(text, width) for text, width in ((self.root, 2), (self.base, min(3, len(code)))))
        quad_class = _class_of(code)
        return (
            (not root or code.startswith(root))
            and (not base or code.startswith(base))
            and (not self.quad_class or self.quad_class == str(quad_class))
            and not (code[:2] in _FRIENDLY and _number(self.weight) < 0)
            and not (quad_class == _MATERIAL_CONFLICT and _number(self.weight) > 0)
        )


def repair_code(code: str, repeated: RepeatedCode) -> str:
    """Return a code, with the zero that other columns show it has lost. Raises `Reject` if they contradict it."""
    if not code.isdigit() or not any(repeated):
        return code
    possible = (code, f"0{code}") if has_label(f"0{code}") else (code,)
    fitting = [candidate for candidate in possible if _class_of(candidate) and repeated.fits(candidate)]
    if len(fitting) == 1:
        return fitting[0]
    columns = ", ".join(f"{name} {value}" for name, value in repeated._asdict().items() if value)
    if fitting:
        raise Reject("contradictory-codes", f"{code} may be {code} or 0{code}: {columns} fit both")
    raise Reject("contradictory-codes", f"the code {code} is not what other columns say: {columns}")


def restore_zero(code: str) -> str:
    """Return a code with the zero that it has lost, where no column repeats it. Raises `Reject` if it may be two.

    For data sets of codes of three or four digits: `42` is 042, and `19` may be 019, or part of 190.
    """
    padded = f"0{code}"
    if not code.isdigit() or len(code) > len("0211") - 1 or not has_label(padded):
        return code
    if _class_of(code) == 0:
        return padded
    if len(code) == len("19"):
        raise Reject("contradictory-codes", f"{code} may be {code} or {padded}: nothing repeats it")
    return code


def contradicts_weight(code: str, weight: str) -> bool:
    """Return whether a weight that a row gives beside a code is not of its kind: hostile, or friendly."""
    return not RepeatedCode(weight=weight).fits(code)


def _padded(text: str, width: int) -> str:
    return text.zfill(width) if text else ""


def _class_of(code: str) -> int:
    """Return the class of four of a code's root; 0 for what is no code."""
    if len(code) not in (2, 3, 4) or code[:2] == "00":
        return 0
    root = int(code[:2])
    return next((number for number, last in enumerate(_LAST_ROOTS, 1) if root <= last), 0)


def _number(text: str) -> float:
    try:
        return float(text or 0)
    except ValueError:
        return 0.0
