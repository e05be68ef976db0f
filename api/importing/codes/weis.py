"""WEIS's codes of deeds, and the PLOVER types they come to.

Codes: the 22 categories of the World Event/Interaction Survey and their subdivisions (McClelland, codebook ICPSR
5211), with what KEDS added behind them. Types: each code has that of the CAMEO code that says the same, by the
published table CAMEO2PLOVER (17 September 2021); CAMEO was made from WEIS, as its codebook says (1.1b3).
A code takes the type of its longest prefix below.
"""

from collections.abc import Mapping
from typing import Final

#: WEIS code prefix to PLOVER type; None where PLOVER has no type.
WEIS: Final[Mapping[str, str | None]] = {
    "01": "CONCEDE",  # yield
    "012": "RETREAT",  # yield position, retreat, evacuate
    "02": None,  # comment
    "03": "CONSULT",
    "04": "SUPPORT",  # approve
    "05": "AGREE",  # promise: CAMEO 03, express intent
    "06": "SUPPORT",  # grant: apologise, recognise, give a privilege
    "062": "CONSULT",  # give an invitation
    "063": "AID",  # grant asylum
    "065": "RETREAT",  # suspend sanctions, truce
    "066": "RETREAT",  # release, return
    "07": "AID",  # reward
    "08": "AGREE",
    "09": None,  # request: CAMEO 02, appeal
    "10": None,  # propose
    "11": "REJECT",
    "12": "ACCUSE",
    "13": "ACCUSE",  # protest in words: CAMEO 11, complain
    "14": None,  # deny
    "15": "REQUEST",  # demand: CAMEO 10
    "16": "THREATEN",  # warn
    "17": "THREATEN",
    "18": "PROTEST",  # demonstrate
    "182": "MOBILIZE",  # mobilise, exercise or display armed force
    "19": "SANCTION",  # reduce relationship
    "20": "SANCTION",  # expel
    "21": "COERCE",  # seize
    "22": "ASSAULT",  # force
    "224": "PROTEST",  # riot (KEDS)
}


def weis_to_plover(code: str) -> str | None:
    """Return the PLOVER type of a WEIS code (two or three digits), None where PLOVER has none.

    Raises `KeyError` for what is not a WEIS code.
    """
    if code.isascii() and code.isdigit() and len(code) in (2, 3):
        for length in (3, 2):
            if code[:length] in WEIS:
                return WEIS[code[:length]]
    raise KeyError(code)


def is_weis(code: str) -> bool:
    """Return whether a code is one of WEIS's deeds."""
    try:
        weis_to_plover(code)
    except KeyError:
        return False
    return True
