"""The colours of pictures. Those of light and dark are the tokens of the pages' style sheet: a test compares."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from api.charts.incident_kinds import IncidentKind
from projections.scoring.models.state_rules import State

#: The renderer has the first built in, and the second is shipped for scripts that the first has no letters of.
FONT: Final = "Liberation Sans, Arial, Helvetica, DejaVu Sans, sans-serif"


class ThemeName(StrEnum):
    """For which ground a picture is made."""

    LIGHT = "light"
    DARK = "dark"
    PRINT = "print"


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of a picture by what they are for. `land` and `border` are those of countries on a map."""

    page: str
    ink: str
    faint: str
    line: str
    land: str
    border: str
    tension: str
    cooperation: str
    states: Mapping[State, str]

    def of_kind(self, kind: IncidentKind) -> str:
        """Return the colour of a kind of incidents."""
        return self.states[_STATE_LIKE[kind]]

    def config(self, *, narrow: bool) -> dict[str, Any]:
        """Return what all pictures have in common, as Vega-Lite's `config`: narrow ones have legends below."""
        below = {"orient": "bottom", "columns": 1} if narrow else {}
        label = {"labelColor": self.ink, "titleColor": self.ink, "labelFontSize": 12, "titleFontSize": 12}
        return {
            "background": self.page,
            "font": FONT,
            "view": {"stroke": None},
            "axis": {
                **label,
                "titleFontWeight": "normal",
                "domainColor": self.faint,
                "tickColor": self.faint,
                "gridColor": self.line,
            },
            "legend": {**label, "titleFontWeight": "normal", "symbolStrokeColor": self.faint, **below},
            "title": {
                "color": self.ink,
                "subtitleColor": self.faint,
                "anchor": "start",
                "frame": "bounds",
                "fontSize": 17,
                "fontWeight": "normal",  # bold letters of other scripts are not shipped
                "subtitleFontSize": 12,
                "subtitlePadding": 5,
                "offset": 14,
            },
            "text": {"color": self.ink, "fontSize": 12},
        }


#: The state whose colour a kind of incidents has: hostile deeds are red, friendly ones blue.
_STATE_LIKE: Final = {
    IncidentKind.ASSAULT: State.HOSTILE,
    IncidentKind.HOSTILE_DEED: State.STRAINED,
    IncidentKind.HOSTILE_WORD: State.STRAINED_COOPERATION,
    IncidentKind.FRIENDLY_WORD: State.CORDIAL,
    IncidentKind.FRIENDLY_DEED: State.COOPERATIVE,
    IncidentKind.OTHER: State.NEUTRAL,
}

_LIGHT: Final = Theme(
    page="#ffffff",
    ink="#1a1f24",
    faint="#545d66",
    line="#c9d1d9",
    land="#e8ecef",
    border="#a3adb7",
    tension="#b3261e",
    cooperation="#1f5f99",
    states={
        State.OPEN_CONFLICT: "#550910",
        State.HOSTILE: "#c81a19",
        State.STRAINED: "#e79c2e",
        State.STRAINED_COOPERATION: "#975cc7",
        State.NEUTRAL: "#7f8893",
        State.CORDIAL: "#6ac3ee",
        State.COOPERATIVE: "#1c4b74",
        State.ALIGNED: "#1f9c5e",
        State.UNKNOWN: "#d7dbde",
    },
)

THEMES: Final[Mapping[ThemeName, Theme]] = {
    ThemeName.LIGHT: _LIGHT,
    ThemeName.DARK: Theme(
        page="#12161b",
        ink="#e8edf2",
        faint="#a7b1bb",
        line="#3d464f",
        land="#272f38",
        border="#56616d",
        tension="#ff7b72",
        cooperation="#79b8ff",
        states={
            State.OPEN_CONFLICT: "#fac3c7",
            State.HOSTILE: "#ef4339",
            State.STRAINED: "#f4ab2e",
            State.STRAINED_COOPERATION: "#8f36cb",
            State.NEUTRAL: "#7a8894",
            State.CORDIAL: "#4495cd",
            State.COOPERATIVE: "#9dd5fe",
            State.ALIGNED: "#55cd77",
            State.UNKNOWN: "#40454b",
        },
    ),
    ThemeName.PRINT: Theme(
        page="#ffffff",
        ink="#000000",
        faint="#333333",
        line="#dddddd",
        land="#ffffff",
        border="#999999",
        tension="#000000",
        cooperation="#555555",
        states=_LIGHT.states,
    ),
}

#: The states from war to friendship, as legends list them.
STATES_IN_ORDER: Final = (
    State.OPEN_CONFLICT,
    State.HOSTILE,
    State.STRAINED,
    State.STRAINED_COOPERATION,
    State.NEUTRAL,
    State.CORDIAL,
    State.COOPERATIVE,
    State.ALIGNED,
    State.UNKNOWN,
)
