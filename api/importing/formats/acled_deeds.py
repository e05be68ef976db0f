"""ACLED's types of events, as deeds of PLOVER, and who does them to whom.

Definitions: the ACLED codebook (2023 and 2024, chapters on event types and sub-event types, and on actors). Its
actors 1 and 2 say nothing of who began; of events that have a doer or a victim by definition, the types of the
actors tell which of them it is.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final, NamedTuple

from api.importing.rows import Reject


class ActorType(IntEnum):
    """What sort of actor ACLED says it is: its inter codes."""

    NONE = 0
    STATE = 1
    REBELS = 2
    POLITICAL_MILITIA = 3
    IDENTITY_MILITIA = 4
    RIOTERS = 5
    PROTESTERS = 6
    CIVILIANS = 7
    EXTERNAL = 8

    @property
    def is_armed(self) -> bool:
        """Whether those who are named beside it fight with it, and are not what its people belong to."""
        return self in (1, 2, 3, 4, 8)


_TYPES_BY_WORD: Final[Mapping[str, ActorType]] = {
    "": ActorType.NONE,
    "state force": ActorType.STATE,
    "rebel group": ActorType.REBELS,
    "rebel force": ActorType.REBELS,
    "political militia": ActorType.POLITICAL_MILITIA,
    "identity militia": ActorType.IDENTITY_MILITIA,
    "communal militia": ActorType.IDENTITY_MILITIA,
    "rioter": ActorType.RIOTERS,
    "protester": ActorType.PROTESTERS,
    "civilian": ActorType.CIVILIANS,
    "external/other force": ActorType.EXTERNAL,
    "external force": ActorType.EXTERNAL,
    "other force": ActorType.EXTERNAL,
}


class AcledDeed(NamedTuple):
    """What an event is: its PLOVER type, and how its direction is found.

    `mutual`: each did it to the other. Else actor 1 does it to actor 2, unless by their types only actor 2 is one
    of `doers`, or only actor 1 one of `victims`.
    """

    type: str
    mutual: bool = False
    doers: tuple[ActorType, ...] = ()
    victims: tuple[ActorType, ...] = ()


_BATTLE = AcledDeed("ASSAULT", mutual=True)
_REMOTE = AcledDeed("ASSAULT", victims=(ActorType.CIVILIANS,))
_ON_CIVILIANS = AcledDeed("ASSAULT", victims=(ActorType.CIVILIANS,))
_CROWD = (ActorType.PROTESTERS, ActorType.RIOTERS)
_PEACEFUL = (ActorType.PROTESTERS,)  # whoever intervenes against a protest, rioters among them, is no victim of it
_UNARMED = (*_CROWD, ActorType.CIVILIANS)

#: Sub-event types by event type; None where there is no deed between two actors that PLOVER has a type for.
DEEDS: Final[Mapping[str, Mapping[str, AcledDeed | None]]] = {
    "battles": {
        "armed clash": _BATTLE,
        "government regains territory": _BATTLE,
        "non-state actor overtakes territory": _BATTLE,
    },
    "explosions/remote violence": {
        "chemical weapon": _REMOTE,
        "air/drone strike": _REMOTE,
        "suicide bomb": _REMOTE,
        "shelling/artillery/missile attack": _REMOTE,
        "remote explosive/landmine/ied": _REMOTE,
        "grenade": _REMOTE,
    },
    "violence against civilians": {
        "sexual violence": _ON_CIVILIANS,
        "attack": _ON_CIVILIANS,
        "abduction/forced disappearance": _ON_CIVILIANS,
    },
    "protests": {
        "peaceful protest": AcledDeed("PROTEST", doers=(ActorType.PROTESTERS,)),
        "protest with intervention": AcledDeed("COERCE", victims=_PEACEFUL),
        "excessive force against protesters": AcledDeed("ASSAULT", victims=_PEACEFUL),
    },
    "riots": {
        "violent demonstration": AcledDeed("PROTEST", doers=(ActorType.RIOTERS,)),
        "mob violence": AcledDeed("ASSAULT", doers=(ActorType.RIOTERS,)),
    },
    "strategic developments": {
        "agreement": AcledDeed("AGREE", mutual=True),
        "arrests": AcledDeed("COERCE", doers=(ActorType.STATE,), victims=_UNARMED),
        "disrupted weapons use": AcledDeed("COERCE"),
        "looting/property destruction": AcledDeed("COERCE", victims=(ActorType.CIVILIANS,)),
        "headquarters or base established": AcledDeed("MOBILIZE"),
        "change to group/activity": None,
        "non-violent transfer of territory": None,
        "other": None,
    },
}

#: What stands alone, as in exports of before 2019, which have no sub-event types.
_ALONE: Final[Mapping[str, AcledDeed | None]] = {
    "battles": _BATTLE,
    "battle-no change of territory": _BATTLE,
    "battle-government regains territory": _BATTLE,
    "battle-non-state actor overtakes territory": _BATTLE,
    "explosions/remote violence": _REMOTE,
    "remote violence": _REMOTE,
    "violence against civilians": _ON_CIVILIANS,
    "riots/protests": AcledDeed("PROTEST", doers=_CROWD),
    "protests": AcledDeed("PROTEST", doers=(ActorType.PROTESTERS,)),
    "riots": AcledDeed("PROTEST", doers=(ActorType.RIOTERS,)),
    "headquarters or base established": AcledDeed("MOBILIZE"),
    "non-violent transfer of territory": None,
    "non-violent activity by a conflict actor": None,  # what strategic developments were called until 2016
    "strategic development": None,
    "strategic developments": None,
}


def deed_of(event_type: str, sub_event_type: str) -> AcledDeed:
    """Return what an event is. Raises `Reject` for what is no type of ACLED's, or no deed between two actors."""
    event, sub = (_words(text) for text in (event_type, sub_event_type))
    if not sub:
        known: Mapping[str, AcledDeed | None] = _ALONE
        name = event
    elif event in DEEDS:
        known, name = DEEDS[event], sub
    else:
        raise Reject("unknown-type", f"{event_type[:60]!r} is not a type of ACLED's")
    if name not in known:
        if any(sub in types for types in DEEDS.values()):
            detail = f"{sub_event_type[:60]!r} is no kind of {event_type[:60]!r}"
            raise Reject("contradictory-codes", detail)
        raise Reject("unknown-type", f"{(sub_event_type or event_type)[:60]!r} is not a type of ACLED's")
    deed = known[name]
    if deed is None:
        raise Reject("no-deed", f"{sub_event_type or event_type} is not what one actor does to another")
    return deed


def actor_type(text: str) -> ActorType | None:
    """Return an actor's type by its inter code, a number or words; None if it is neither."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        number = text.lstrip("0") or "0"
        return next((known for known in ActorType if number == str(known.value)), None)
    return _TYPES_BY_WORD.get(_words(text).removesuffix("s"))


def _words(text: str) -> str:
    return " ".join(text.lower().replace("protestors", "protesters").split())
