"""Reads the older codes of KEDS and WEIS: what their dictionary has, before what CAMEO has."""

from collections.abc import Callable
from typing import Final

from api.importing.codes import cameo, cameo_parties, ethnic, keds
from api.importing.codes.cameo_actors import CameoActors
from api.importing.codes.coded_actor import CodedActor
from api.importing.rows import Reject

_WHOLE: Final = {**keds.COUNTRIES, **keds.ORGANISATIONS, **keds.PARTIES}
#: Codes that both generations have, for different actors.
_IN_BOTH: Final = frozenset({"AUS", "MAC", "SWZ", "SER", "CRO", *keds.DOUBTFUL}) - {"SAF"}  # CAMEO's in most files


class KedsActors:
    """Reads codes; `is_country` says whether three letters are the registry's code of a country."""

    def __init__(self, is_country: Callable[[str], bool]) -> None:
        self._cameo = CameoActors(is_country)

    def read(self, code: str) -> CodedActor:
        """Return what a code means. Raises `Reject` if it names no actor, is none, or may be either of two."""
        if code in _WHOLE:
            return CodedActor(_WHOLE[code], "", f"KEDS: {code}")
        head, rest = code[:3], code[3:]
        if head in keds.DOUBTFUL:
            detail = f"{head} is {keds.DOUBTFUL[head]}, and older data do not tell which"
            raise Reject("ambiguous-actor", detail)
        if head == ethnic.ETHNIC and (people := _people(rest[:3])):
            return CodedActor(people, rest[3:], f"KEDS: {cameo.COMMUNITIES[people]}")
        if head in _WHOLE and len(code) % 3 == 0:
            return self._behind(_WHOLE[head], head, rest)
        meaning = self._cameo.read(code)
        if head in keds.UNSAID and len(code) % 3 == 0:
            return meaning._replace(why=f"{meaning.why}; {keds.UNSAID[head]}", is_doubtful=True)
        return meaning

    def _behind(self, actor: str, head: str, rest: str) -> CodedActor:
        if rest[:3] in cameo.PARTS.get(actor, {}):
            return CodedActor(cameo.PARTS[actor][rest[:3]], rest[3:], f"KEDS: {rest[:3]} behind {head}")
        return CodedActor(actor, rest, f"KEDS: {head}")


def is_older_only(code: str) -> bool:
    """Return whether a code is of the older dictionaries, and CAMEO has none of its beginning."""
    head = code[:3]
    if head == ethnic.ETHNIC and len(code) % 3 == 0 and _people(code[3:6]) and not _is_religion(code[3:6]):
        return True
    if head in _IN_BOTH or head in cameo_parties.GROUPS_ALONE:
        return False
    return code in _WHOLE or (head in _WHOLE and len(code) % 3 == 0)


def _people(code: str) -> str | None:
    """Return CAMEO's code of the people, or the religion, that stands behind ETH."""
    return keds.PEOPLES.get(code) or (code if code in cameo.COMMUNITIES else None)


def _is_religion(code: str) -> bool:
    return code in cameo.RELIGIONS and code not in keds.PEOPLES


def is_disputed(code: str) -> bool:
    """Return whether the older dictionaries and CAMEO each have another actor for a code."""
    return len(code) % 3 == 0 and code[:3] in _IN_BOTH
