"""What a notebook shows is well-formed, and nothing that stands in data becomes markup."""

from datetime import date, timedelta
from xml.etree import ElementTree as Xml

import pytest
from detente_client.answers.relations import ClashRisk, Explanation, RelationAnswer, TensionPoint
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


SIDE = {**SCORES, "day": "2020-01-01", "model": "m", "tension": 1.0}
INCIDENT = {
    "id": HOSTILE, "source": "A", "target": "B", "type": "ASSAULT", "day": "2020-01-01", "reciprocal": False,
    "publishers": 1, "reports": 1, "place": HOSTILE,
}  # fmt: skip


def explanation(parts: int) -> Explanation:
    incident = {**INCIDENT, "cause": "new", "change": 1.0, "weight_before": 0.0, "weight_after": 1.0}
    part = {"part": "new", "via": HOSTILE, "change": -1e-9, "incident_count": 1, "incidents": [incident]}
    told = {"pair": ("A", "B"), "position": 1, "sentence": HOSTILE, "change": 1.0, "before": SIDE, "after": SIDE}
    return Explanation.model_validate({**told, "items": [part] * parts})


def risk(shares: int, clash_risk: float | None) -> ClashRisk:
    told = {"pair": ("A", "B"), "position": 1, "constant": 0.002, "clash_risk_model": "m", "hazard": clash_risk}
    items = [{**INCIDENT, "share": 0.01, "via": HOSTILE}] * shares
    return ClashRisk.model_validate({**told, "clash_risk": clash_risk, "items": items})


class TestAnswersThatAreShown:
    @pytest.mark.parametrize(("shown", "hostile"), [(explanation(1), 3), (risk(1, 0.5), 2)], ids=["e", "r"])
    def test_hostile_texts_stay_texts_in_tables(self, shown: Explanation | ClashRisk, hostile: int) -> None:
        html = shown._repr_html_()
        assert "<script" not in html
        words = "".join(Xml.fromstring(html).itertext())  # noqa: S314  # our own
        assert words.count("<script>alert(1)</script>") == hostile

    def test_an_explanation_is_its_sentence_and_its_parts(self) -> None:
        assert repr(explanation(1)).splitlines() == [HOSTILE, f"     0.00  new by way of {HOSTILE} (1 incident)"]
        assert str(explanation(1)) == repr(explanation(1))

    def test_what_is_left_out_is_said(self) -> None:
        assert repr(explanation(12)).endswith("\n  ... and 2 more")
        assert explanation(12)._repr_html_().endswith("<p>... and 2 more</p></div>")

    def test_a_risk_begins_with_its_probability(self) -> None:
        lines = repr(risk(1, 0.5)).splitlines()
        assert lines[0].startswith("A – B: a clash within 30 days has a probability of 50.0%")
        assert len(lines) == 3
        assert repr(risk(0, None)) == "A – B: no incident of the two by the day, so no risk of a clash is told"

    def test_any_answer_shows_what_is_there_and_counts_what_is_within(self) -> None:
        (part,) = explanation(1).items
        shown = repr(part)
        assert "incidents=[1 of MovedIncident]" in shown
        assert "patron" not in shown
        assert "tie_reported_by" not in shown
