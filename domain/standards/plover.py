"""The field's coding scheme: PLOVER types, their intensities and half-life classes, and CAMEO's codes.

Types and base intensities: the PLOVER manual (draft 0.8, 2021), Goldstein's scale rescaled to -10 hostile ..
+10 friendly. The CAMEO map: the conversion table published with that manual (CAMEO2PLOVER, 17 September 2021),
written as prefixes: a code takes the type of its longest prefix below. CAMEO roots 01 (make public statement)
and 02 (appeal) carry no PLOVER type; such a report is a statement of intensity 0.
"""

from enum import StrEnum
from functools import lru_cache
from typing import Final


class Kind(StrEnum):
    """The five kinds of reported event."""

    STATEMENT = "statement"
    CLASH = "clash"
    AGREEMENT = "agreement"
    COOPERATION = "cooperation"
    ALIGNMENT = "alignment"


class HalfLife(StrEnum):
    """How fast an event of this class is forgotten; the days are the scoring model's."""

    VERBAL = "verbal"
    MATERIAL = "material"


#: Types an article may report, by kind.
TYPES: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.STATEMENT: ("CONSULT", "SUPPORT", "REQUEST", "ACCUSE", "REJECT", "THREATEN", "CONCEDE"),
    Kind.AGREEMENT: ("AGREE",),
    Kind.COOPERATION: ("COOPERATE", "AID", "RETREAT"),
    Kind.CLASH: ("PROTEST", "SANCTION", "MOBILIZE", "COERCE", "ASSAULT"),
    Kind.ALIGNMENT: ("SUPPORT",),
}

#: The type of what is a clash among incidents: a pair's last one, what violates an agreement, what the risk is of.
ASSAULT: Final = "ASSAULT"

#: Base intensity g of a type, -10 (hostile) .. +10 (friendly).
INTENSITY: Final[dict[str, float]] = {
    "CONSULT": 2.5,
    "SUPPORT": 5.0,
    "REQUEST": 0.0,
    "ACCUSE": -3.0,
    "REJECT": -2.0,
    "THREATEN": -3.5,
    "CONCEDE": 4.5,
    "AGREE": 2.5,
    "COOPERATE": 9.5,
    "AID": 10.0,
    "RETREAT": 6.5,
    "PROTEST": -5.0,
    "SANCTION": -6.0,
    "MOBILIZE": -5.5,
    "COERCE": -7.0,
    "ASSAULT": -9.0,
}

#: The type a development of an agreement weighs as; `expired` ends a deal without anyone's act, so weighs nothing.
DEVELOPMENT_TYPES: Final[dict[str, str | None]] = {
    "reached": "AGREE",
    "reaffirmed": "AGREE",
    "implemented": "AGREE",
    "breached": "REJECT",
    "suspended": "REJECT",
    "terminated": "REJECT",
    "expired": None,
}

#: What an agreement may be for.
AGREEMENT_PURPOSES: Final = ("ceasefire", "peace", "border", "trade", "military", "other")

#: What may be reported of a standing tie.
ALIGNMENT_DEVELOPMENTS: Final = ("standing", "begun", "ended")

_MATERIAL: Final = frozenset(TYPES[Kind.COOPERATION] + TYPES[Kind.CLASH])

#: CAMEO code prefix to PLOVER type; None where PLOVER has no type.
CAMEO: Final[dict[str, str | None]] = {
    "01": None,
    "02": None,
    "03": "AGREE",
    "04": "CONSULT",
    "05": "SUPPORT",
    "06": "COOPERATE",
    "07": "AID",
    "08": "CONCEDE",
    "0813": "RETREAT",  # ease curfew
    "0814": "RETREAT",  # ease state of emergency
    "084": "RETREAT",  # return, release
    "085": "RETREAT",  # ease sanctions, boycott, embargo
    "086": "RETREAT",  # allow international involvement
    "087": "RETREAT",  # de-escalate militarily
    "09": "ACCUSE",
    "10": "REQUEST",
    "11": "ACCUSE",
    "12": "REJECT",
    "13": "THREATEN",
    "14": "PROTEST",
    "15": "MOBILIZE",
    "16": "SANCTION",
    "163": "COERCE",  # impose embargo, boycott, sanctions
    "17": "COERCE",
    "1712": "ASSAULT",  # destroy property
    "175": "ASSAULT",  # violent repression
    "18": "ASSAULT",
    "19": "ASSAULT",
    "191": "COERCE",  # blockade
    "192": "COERCE",  # occupy territory
    "20": "ASSAULT",
}


def half_life_class(plover_type: str | None) -> HalfLife:
    """Return whether events of this type are words or deeds."""
    return HalfLife.MATERIAL if plover_type in _MATERIAL else HalfLife.VERBAL


def intensity(plover_type: str | None) -> float:
    """Return the base intensity g of a type, 0 where there is none."""
    return 0.0 if plover_type is None else INTENSITY[plover_type]


@lru_cache(maxsize=1024)
def cameo_to_plover(code: str) -> str | None:
    """Return the PLOVER type of a CAMEO code (two to four digits), None for roots 01 and 02.

    Raises `KeyError` for what is not a CAMEO code.
    """
    if code.isascii() and code.isdigit() and 2 <= len(code) <= 4:
        for length in range(len(code), 1, -1):
            if code[:length] in CAMEO:
                return CAMEO[code[:length]]
    raise KeyError(code)


@lru_cache(maxsize=64)
def kinds_of(plover_type: str | None) -> tuple[Kind, ...]:
    """Return the kinds under which a type may be reported; no type is a statement."""
    if plover_type is None:
        return (Kind.STATEMENT,)
    return tuple(kind for kind, types in TYPES.items() if plover_type in types)
