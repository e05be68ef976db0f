"""Parts of the world, moved and zoomed: never beyond the world, and back to where they were."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.charts.map_boxes import FURTHEST, Box, latitude_at, mercator, moved, zoomed

LEVANT = Box(32.0, 32.0, 42.0, 38.0)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    west, across = draw(st.floats(-180, 179)), draw(st.floats(0.1, 360))
    south, up = draw(st.floats(-80, 79)), draw(st.floats(0.1, 160))
    return Box(west, south, min(west + across, 180.0), min(south + up, FURTHEST))


@given(boxes(), st.sampled_from((0.5, 2.0)), st.sampled_from((-0.5, 0.0, 0.5)), st.sampled_from((-0.5, 0.0, 0.5)))
@settings(max_examples=30, deadline=None)
def test_a_part_stays_a_part_of_the_world(box: Box, factor: float, east: float, north: float) -> None:
    for each in (zoomed(box, factor), moved(box, east, north)):
        assert -180 <= each.west < each.east <= 180
        assert -FURTHEST <= each.south < each.north <= FURTHEST


def test_what_is_zoomed_or_moved_comes_back() -> None:
    assert zoomed(zoomed(LEVANT, 0.5), 2.0) == pytest.approx(LEVANT, abs=0.01)
    assert moved(moved(LEVANT, 0.5, 0.5), -0.5, -0.5) == pytest.approx(LEVANT, abs=0.01)
    assert zoomed(LEVANT, 0.5).west == 34.5
    assert moved(LEVANT, 0.5, 0).west == 37.0
    assert latitude_at(mercator(35.0)) == pytest.approx(35.0)


def test_at_the_edge_of_the_world_there_is_no_further() -> None:
    at_edge = Box(170.0, 70.0, 180.0, FURTHEST)
    assert moved(at_edge, 0.5, 0.5) == at_edge
    assert zoomed(Box(10.0, 10.0, 10.04, 10.03), 0.5).east - 10.0 > 0.04
