"""What the process that renders answers, asked within this one."""

import json
from io import BytesIO
from typing import Any

import pytest

from api.charts import render_process
from api.charts.render_process import _answer, _memory
from tests.unit.api.charts.pictures import tension


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process pass for a small one, whatever other tests have left in it."""
    monkeypatch.setattr(render_process, "_memory", lambda: 1)


def answered(definition: dict[str, Any], form: str) -> tuple[dict[str, Any], bytes]:
    body, answers = json.dumps(definition).encode(), BytesIO()
    request = {"format": form, "scale": 1.0, "length": len(body)}
    assert not _answer(request, BytesIO(body), answers)
    head, _, picture = answers.getvalue().partition(b"\n")
    return json.loads(head), picture


@pytest.mark.parametrize(("form", "begins"), [("svg", b"<svg "), ("png", b"\x89PNG")])
def test_a_definition_becomes_a_picture_of_the_length_that_is_said(form: str, begins: bytes) -> None:
    head, picture = answered(tension(2), form)
    assert picture.startswith(begins)
    assert head == {"ok": True, "length": len(picture), "is_last": False}


@pytest.mark.parametrize("definition", [{"mark": 3}, {"layer": [{"data": {"url": "http://localhost/"}}]}])
def test_what_is_no_definition_or_loads_anything_is_refused(definition: dict[str, Any]) -> None:
    head, said = answered(definition, "svg")
    assert not head["ok"]
    assert said


def test_a_process_that_came_to_be_large_gives_its_last_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render_process, "_memory", lambda: 1 << 40)
    body = json.dumps(tension(2)).encode()
    assert _answer({"format": "svg", "scale": 1.0, "length": len(body)}, BytesIO(body), BytesIO())


def test_a_process_knows_how_large_it_is() -> None:
    assert 10 << 20 < _memory() < 10 << 30
