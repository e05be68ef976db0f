"""Which scheme a file of the KEDS family is coded in, by the codes that only one scheme has."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from api.importing.codes.keds_actors import is_disputed, is_older_only
from api.importing.codes.schemes import CodeScheme
from api.importing.rows import Reject

_WEIS_ONLY = re.compile(r"2[12]\d?")  # seize, force: CAMEO ends with 20
_CAMEO_ONLY = re.compile(r"(0\d|1\d|20)\d\d|(0[1-9]|1[0-47-9]|20)0")  # of four digits, or not specified further


class CodedRow(NamedTuple):
    """The codes of a row."""

    source: str
    target: str
    deed: str


def scheme_of(rows: Iterable[CodedRow]) -> CodeScheme:
    """Return the scheme of some rows. Raises `Reject` where they leave a doubt that matters."""
    actors: set[str] = set()
    deeds: set[str] = set()
    for row in rows:
        actors.update((row.source, row.target))
        deeds.add(row.deed)
    if any(map(str.islower, actors)) and not any(map(str.isupper, actors)):
        example = min(filter(str.islower, actors))
        detail = f"all actors are in small letters, as CAMEO has peoples and no countries: {example}"
        raise Reject("unknown-codes", f"{detail}; write countries in capitals, or give --codes")
    weis = sorted(filter(_WEIS_ONLY.fullmatch, deeds))
    cameo = sorted(filter(_CAMEO_ONLY.fullmatch, deeds))
    if weis and cameo:
        detail = f"{weis[0]} is a code of WEIS and {cameo[0]} of CAMEO"
        raise Reject("unknown-codes", f"{detail}; give --codes weis or cameo")
    if weis:
        return CodeScheme.WEIS
    older, disputed = sorted(filter(is_older_only, actors)), sorted(filter(is_disputed, actors))
    if older and disputed:
        detail = f"{older[0]} is an older code of KEDS, and {disputed[0]} one that CAMEO has for another actor"
        raise Reject("unknown-codes", f"{detail}; give --codes keds, weis or cameo")
    return CodeScheme.KEDS if older else CodeScheme.CAMEO
