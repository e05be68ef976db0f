"""The definitions of pictures: valid Vega-Lite, with all that they show in them."""

import json
import re
from importlib.resources import files
from itertools import pairwise
from typing import Any

import jsonschema
import pytest

from api.charts.definition import cut_into_lines
from api.charts.incident_map import box_of, incident_map
from api.charts.map_boxes import Box
from api.charts.render_process import loads_anything
from api.charts.themes import STATES_IN_ORDER, ThemeName
from projections.scoring.models.state_rules import State
from tests.unit.api.charts.pictures import CAPTION, look, pictures, places, tension

PICTURES = pictures()


@pytest.fixture(scope="module")
def vega_lite() -> Any:
    """Return what validates Vega-Lite, by the JSON schema that Altair is made from."""
    schema = json.loads((files("altair.vegalite.v6.schema") / "vega-lite-schema.json").read_text("utf-8"))
    schema["$ref"] = "#/definitions/TopLevelLayerSpec"  # of which all of ours are: the faults are told apart
    return jsonschema.Draft7Validator(schema)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_valid_vega_lite(name: str, vega_lite: Any) -> None:
    first_rows = {dataset: rows[:2] for dataset, rows in PICTURES[name]["datasets"].items()}
    fault = next(vega_lite.iter_errors({**PICTURES[name], "datasets": first_rows}), None)
    assert fault is None, fault and jsonschema.exceptions.best_match([fault])


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_has_its_caption_and_all_of_its_data(name: str) -> None:
    picture = PICTURES[name]
    assert picture["title"]["text"] == [CAPTION.title]
    assert " ".join(picture["title"]["subtitle"]) == " ".join(CAPTION.lines)
    assert picture["description"].startswith(CAPTION.title)
    assert not loads_anything(picture)
    assert {layer["data"]["name"] for layer in picture["layer"]} <= set(picture["datasets"])
    assert json.dumps(picture, allow_nan=False)


def test_the_states_of_a_pair_are_a_band_without_gaps() -> None:
    states = tension()["datasets"]["states"]
    assert len(states) == len(STATES_IN_ORDER)
    assert all(before["to"] == after["from"] for before, after in pairwise(states))


def test_where_nothing_is_known_there_is_no_curve() -> None:
    rows = tension()["datasets"]["points"]
    last = STATES_IN_ORDER.index(State.UNKNOWN) * 41
    assert [row["points"] is None for row in rows[: last + 1]] == [False] * last + [True]


def test_a_map_shows_all_places_and_the_small_over_the_large() -> None:
    shown = incident_map(places(), CAPTION, look())["datasets"]["places"]
    assert [row["toll"] for row in shown] == sorted((row["toll"] for row in shown), reverse=True)
    box = box_of(places())
    assert all(box.west < each.longitude < box.east for each in places())
    assert all(box.south < each.latitude < box.north for each in places())


def test_a_map_of_a_part_of_the_world_has_its_edge_and_names_that_do_not_cover_each_other() -> None:
    idlib, near = places()[0], places()[0]._replace(name="Near Idlib", longitude=36.7)
    whole, part = (
        incident_map([idlib, near], CAPTION, look(), box) for box in (None, Box(30.0, 30.0, 45.0, 40.0))
    )
    assert len(part["layer"]) == len(whole["layer"]) + 1
    assert part["layer"][0]["projection"]["center"][0] == 37.5
    assert [row["name"] for row in part["datasets"]["names"]] == ["Idlib"]
    assert len(part["datasets"]["places"]) == 2


def test_dark_pictures_differ_in_their_colours_alone() -> None:
    light, dark = (pictures(theme)["network"] for theme in (ThemeName.LIGHT, ThemeName.DARK))
    assert light != dark
    texts = (re.sub("#[0-9a-f]{6}", "#", json.dumps(each)) for each in (light, dark))
    assert len(set(texts)) == 1


def test_a_caption_is_cut_between_words_and_within_none_but_the_longest() -> None:
    assert cut_into_lines("one two three", 7) == ["one two", "three"]
    assert cut_into_lines("a abcdefgh b", 3) == ["a", "abc", "def", "gh", "b"]
    assert cut_into_lines("", 7) == [""]
