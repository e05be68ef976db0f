"""The renderer: the same bytes each time, none of what loads anything, and an end to what takes too much."""

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest

from api.charts.definition import Definition
from api.charts.renderer import Limits, NotRendered, Renderer, RendererBusy, TooDear
from tests.unit.api.charts.pictures import pictures, tension

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    made = Renderer()
    yield made
    made.close()


def rendered(renderer: Renderer, definition: Definition, form: str = "svg") -> bytes:
    return asyncio.run(renderer.render(definition, form))


def test_every_picture_is_made_and_says_what_is_in_it(renderer: Renderer) -> None:
    for name, picture in pictures().items():
        svg = rendered(renderer, picture)
        assert svg.startswith(b"<svg "), name
        assert "Syria – Turkey".encode() in svg, name
        assert b"<style" not in svg
        assert b"<script" not in svg
        assert b"Iran <b>" not in svg


def test_the_same_definition_gives_the_same_bytes_also_from_another_process(renderer: Renderer) -> None:
    clipped = pictures()["map"]
    first = [rendered(renderer, tension(60), "png"), rendered(renderer, clipped), rendered(renderer, clipped)]
    other = Renderer()
    try:
        assert [rendered(other, tension(60), "png"), rendered(other, clipped)] == first[:2]
    finally:
        other.close()
    assert first[1] == first[2]
    assert first[0].startswith(PNG)


@pytest.mark.parametrize("address", ["http://localhost/a.json", "file:///etc/passwd", "data:text/csv,a"])
def test_nothing_is_loaded(renderer: Renderer, address: str) -> None:
    with pytest.raises(NotRendered, match="loads none"):
        rendered(renderer, {**tension(2), "data": {"url": address}})


def test_after_what_is_no_definition_the_same_process_goes_on(renderer: Renderer) -> None:
    rendered(renderer, tension(2))
    before = renderer.process_id()
    with pytest.raises(NotRendered):
        rendered(renderer, {"mark": 3})
    assert rendered(renderer, tension(2)).startswith(b"<svg ")
    assert renderer.process_id() == before is not None


def test_a_process_that_was_ended_is_started_again(renderer: Renderer) -> None:
    rendered(renderer, tension(2))
    ended = renderer.process_id()
    assert ended is not None
    os.kill(ended, signal.SIGKILL)
    os.waitid(os.P_PID, ended, os.WEXITED | os.WNOWAIT)
    assert rendered(renderer, tension(2)).startswith(b"<svg ")
    assert renderer.process_id() != ended


@pytest.mark.parametrize(
    "limits",
    [Limits(wall_seconds=0.01), Limits(data_bytes=96 << 20)],
    ids=["time", "memory"],
)
def test_what_takes_too_much_is_refused(limits: Limits) -> None:
    bounded = Renderer(limits)
    try:
        with pytest.raises(TooDear, match="takes more than"):
            rendered(bounded, tension(400), "png")
        assert bounded.process_id() is None
    finally:
        bounded.close()


def test_only_so_many_wait() -> None:
    bounded = Renderer(most_waiting=0)
    with pytest.raises(RendererBusy):
        rendered(bounded, tension(2))
    bounded.close()
