"""Which scheme a file of the KEDS family is coded in, by the codes that only one scheme has.

Deeds that lost their leading zeros in a spreadsheet show it by those that no scheme has otherwise: `42`, `311`.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from api.importing.codes.cameo_deeds import restore_zero
from api.importing.codes.icews import has_label
from api.importing.codes.keds_actors import is_disputed, is_older_only
from api.importing.codes.schemes import CodeScheme
from api.importing.codes.weis import is_weis
from api.importing.rows import Reject
from domain.standards.plover import cameo_to_plover

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
    have_lost_zeros = any(map(_needs_a_zero, deeds))
    weis = sorted(filter(_WEIS_ONLY.fullmatch, deeds))
    cameo = sorted(filter(_CAMEO_ONLY.fullmatch, deeds))
    if have_lost_zeros and cameo:
        weis = [deed for deed in weis if not has_label(f"0{deed}")]
    elif have_lost_zeros and weis and all(has_label(f"0{deed}") for deed in weis):
        detail = f"its deeds have lost their zeros, and {weis[0]} is a code of WEIS, or 0{weis[0]} of CAMEO"
        raise Reject("unknown-codes", f"{detail}; give --codes weis or cameo")
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


def lost_zeros(deeds: Iterable[str], scheme: CodeScheme) -> bool:
    """Return whether some of the deeds' codes are codes of a scheme with a zero before them alone."""
    if scheme is CodeScheme.WEIS:
        return any(not is_weis(deed) and is_weis(f"0{deed}") and deed[-1] not in "789" for deed in deeds)
    return any(not _is_cameo(deed) and has_label(f"0{deed}") for deed in deeds)


def with_zero(code: str, scheme: CodeScheme) -> str:
    """Return the code of a deed in a file whose codes have lost their zeros. Raises `Reject` if it may be two."""
    if scheme is not CodeScheme.WEIS:
        return restore_zero(code)
    padded = f"0{code}"
    if is_weis(code) and is_weis(padded):
        detail = f"{code} may be {code} or {padded}: other codes of the file have lost a zero"
        raise Reject("contradictory-codes", detail)
    return padded if is_weis(padded) else code


def _needs_a_zero(deed: str) -> bool:
    """Return whether no scheme has a code of a deed, and CAMEO has it with a zero."""
    return not _is_cameo(deed) and not is_weis(deed) and has_label(f"0{deed}")


def _is_cameo(code: str) -> bool:
    try:
        cameo_to_plover(code)
    except KeyError:
        return False
    return True
