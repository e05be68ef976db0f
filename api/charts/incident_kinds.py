"""What kinds of incidents pictures tell apart: sixteen PLOVER types have more colours than eyes tell apart."""

from enum import StrEnum
from typing import Final

from domain.standards.plover import ASSAULT, INTENSITY, HalfLife, half_life_class


class IncidentKind(StrEnum):
    """A kind of incidents, from the most hostile on."""

    ASSAULT = "assault"
    HOSTILE_DEED = "hostile_deed"
    HOSTILE_WORD = "hostile_word"
    FRIENDLY_WORD = "friendly_word"
    FRIENDLY_DEED = "friendly_deed"
    OTHER = "other"


#: A shape of its own for each kind, so that none is told by its colour alone.
SHAPES: Final = {
    IncidentKind.ASSAULT: "circle",
    IncidentKind.HOSTILE_DEED: "square",
    IncidentKind.HOSTILE_WORD: "diamond",
    IncidentKind.FRIENDLY_WORD: "triangle-up",
    IncidentKind.FRIENDLY_DEED: "triangle-down",
    IncidentKind.OTHER: "cross",
}


def incident_kind(plover_type: str | None) -> IncidentKind:
    """Return the kind of a PLOVER type: by the sign of its intensity, and whether it is a deed or words."""
    intensity = INTENSITY.get(plover_type or "", 0.0)
    if plover_type == ASSAULT:
        return IncidentKind.ASSAULT
    if not intensity:
        return IncidentKind.OTHER
    is_deed = half_life_class(plover_type) is HalfLife.MATERIAL
    if intensity < 0:
        return IncidentKind.HOSTILE_DEED if is_deed else IncidentKind.HOSTILE_WORD
    return IncidentKind.FRIENDLY_DEED if is_deed else IncidentKind.FRIENDLY_WORD
