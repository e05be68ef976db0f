"""What a notebook shows is well-formed, and nothing that stands in data becomes markup."""

from datetime import date, timedelta
from xml.etree import ElementTree as Xml

import pytest
from detente_client.answers.relations import RelationAnswer, TensionPoint
from detente_client.notebook import curve_failed, curve_svg, relation_html

HOSTILE = "<script>alert(1)</script>\"'&]]>"


SCORES = dict.fromkeys(("cooperation", "conflict_pressure", "cooperation_pressure", "spillover_pressure"), 0.0)


def point(day: int, tension: float, state: str = "neutral") -> TensionPoint:
    told = {"day": date(2020, 1, 1) + timedelta(day), "tension": tension, "peak": tension, "state": state}
    return TensionPoint.model_validate({**SCORES, **told, "model": "m"})


def test_hostile_texts_stay_texts() -> None:
    told = {"pair": ("A", "B"), "as_of": date(2020, 1, 1), "state": "neutral", "tension": 1.0, "incidents": 0}
    rest = {"effective_incidents": 0.0, "publishers": 0, "position": 1, "model": "m", "summary": HOSTILE}
    answer = RelationAnswer.model_validate({**SCORES, **told, **rest})
    for curve in (curve_svg([point(0, 1.0), point(7, 50.0)], HOSTILE), curve_failed(ValueError(HOSTILE))):
        shown = relation_html(answer, curve)
        assert "<script" not in shown
        words = "".join(Xml.fromstring(shown).itertext())  # noqa: S314  # our own
        assert words.count("<script>alert(1)</script>") == 2


def test_where_nothing_is_known_there_is_no_curve() -> None:
    points = [
        point(0, 10),
        point(1, 20),
        point(2, 30, "unknown"),
        point(3, 40),
        point(4, 50),
        point(5, 0, "unknown"),
    ]
    assert curve_svg(points, "A").count("<polyline") == 4  # two of tension, two of cooperation
    assert curve_svg([point(0, 10)], "A").count("<circle") == 2
    assert "<svg" not in curve_svg([], "A")


@pytest.mark.parametrize("tension", [0.0, 100.0, 50.0])
def test_scores_are_drawn_within_the_picture(tension: float) -> None:
    drawn = Xml.fromstring(curve_svg([point(0, tension), point(9, tension)], "A"))  # noqa: S314  # our own
    lines = [line.get("points", "") for line in drawn.iter("{http://www.w3.org/2000/svg}polyline")]
    heights = {float(place.split(",")[1]) for place in lines[0].split()}
    assert heights == {10 + 126 * (1 - tension / 100)}
