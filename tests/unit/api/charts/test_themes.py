"""The colours: those of the style sheet, apart for colour-blind readers, and each kind with a shape of its own."""

import re
from collections.abc import Mapping
from importlib.resources import files
from itertools import combinations

import numpy as np
import pytest

from api.charts.incident_kinds import SHAPES, IncidentKind, incident_kind
from api.charts.themes import STATES_IN_ORDER, THEMES, ThemeName
from domain.standards.plover import INTENSITY
from projections.arrays import Floats
from projections.scoring.models.state_rules import State

#: How people see who have no cones for long, or for middle waves: G. M. Machado, M. M. Oliveira and L. A. F.
#: Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency", 2009, severity 1.0.
SIGHTS = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}
_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_WHITE = np.array([0.9505, 1.0, 1.0888])
APART = 20.0  # of CIELAB's differences, where 2.3 can just be seen


def linear(colour: str) -> Floats:
    channels = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(rgb: Floats) -> Floats:
    """Return a colour in CIELAB."""
    ratio = _TO_XYZ @ np.clip(rgb, 0, 1) / _WHITE
    x, y, z = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def difference(one: str, other: str, sight: str) -> float:
    seen = [lab(SIGHTS[sight] @ linear(colour)) for colour in (one, other)]
    return float(np.linalg.norm(seen[0] - seen[1]))


def tokens(sheet: str) -> Mapping[str, str]:
    return dict(re.findall(r"--([\w-]+): (#\w+);", sheet))


def test_the_colours_are_those_of_the_style_sheet() -> None:
    sheet = (files("api.pages") / "static" / "desk.css").read_text("utf-8")
    light, dark = sheet.split("@media (prefers-color-scheme: dark)", 1)
    of_scheme = {ThemeName.LIGHT: tokens(light), ThemeName.DARK: tokens(dark.split("*, ::before")[0])}
    for name, found in of_scheme.items():
        theme = THEMES[name]
        assert {state: found[state.replace("_", "-")] for state in State} == theme.states, name
        for token in ("page", "ink", "faint", "line", "tension", "cooperation"):
            assert getattr(theme, token) == found[token], (name, token)


@pytest.mark.parametrize("theme", ThemeName)
@pytest.mark.parametrize("sight", SIGHTS)
def test_states_are_told_apart_by_everyone(theme: ThemeName, sight: str) -> None:
    near = [
        (one, other)
        for one, other in combinations(STATES_IN_ORDER, 2)
        if difference(THEMES[theme].states[one], THEMES[theme].states[other], sight) < APART
    ]
    assert not near


@pytest.mark.parametrize("theme", ThemeName)
def test_states_are_seen_on_the_ground(theme: ThemeName) -> None:
    ground = THEMES[theme].page
    colours = [colour for state, colour in THEMES[theme].states.items() if state is not State.UNKNOWN]
    assert min(difference(colour, ground, "usual") for colour in colours) > APART


def test_each_kind_of_incident_has_a_shape_and_every_type_a_kind() -> None:
    assert len(set(SHAPES.values())) == len(SHAPES) == len(IncidentKind)
    assert {incident_kind(name) for name in (*INTENSITY, None)} == set(IncidentKind)
    assert incident_kind("ASSAULT") is IncidentKind.ASSAULT
    assert incident_kind("ACCUSE") is IncidentKind.HOSTILE_WORD
    assert incident_kind("AID") is IncidentKind.FRIENDLY_DEED
