"""Each incident's share of the hazard: they add up, and each is what the hazard would change by."""

from math import fsum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.scoring.clash_risk.risk_model import DEFAULT_RISK_MODEL
from projections.scoring.clash_risk.shares import RiskShare, shares_of
from projections.scoring.incidents import Incident
from tests.unit.projections.scoring.clash_risk.incidents import drawn, incident
from tests.unit.projections.scoring.clash_risk.test_levels import levels

PAIR = ("A", "B")
MODEL = DEFAULT_RISK_MODEL


def shares(incidents: list[Incident], day: int) -> list[RiskShare]:
    own = [each for each in incidents if (each.a, each.b) == PAIR]
    elsewhere = [
        each for each in incidents if each.type == "ASSAULT" and (each.a, each.b) not in (PAIR, ("C", "D"))
    ]
    return shares_of(PAIR, own, elsewhere, levels(incidents, day), day, MODEL)


@settings(max_examples=40)
@given(drawn, st.integers(-3_100, 3_100))
def test_shares_and_the_constant_add_up_to_the_hazard(incidents: list[Incident], day: int) -> None:
    found = shares(incidents, day)
    total = MODEL.constant + fsum(each.share for each in found)
    assert total == pytest.approx(MODEL.hazard(levels(incidents, day).terms), abs=1e-9)
    assert all(each.share > 0 and each.incident.day <= day for each in found)


def test_an_own_incident_has_what_it_adds() -> None:
    before, clash = [incident(PAIR, 10, "COERCE")], incident(PAIR, 20)
    (share,) = [each for each in shares([*before, clash], 27) if each.incident == clash]
    added = [MODEL.hazard(levels(some, 27).terms) for some in ([*before, clash], before)]
    assert share.share == pytest.approx(added[0] - added[1])
    assert share.share == pytest.approx(0.118 / 2 + 0.029 * 2 ** (-7 / 90) + 0.0155 * 2 ** (-7 / 365))
    assert share.via is None


def test_a_clash_elsewhere_has_what_the_hazard_changes_by_as_its_weight_does() -> None:
    """Euler's rule: weight times derivative. With d of the weight more, the hazard grows by d of the share."""
    elsewhere = [incident(("A", "C"), 0), incident(("A", "C"), 30), incident(("B", "D"), 20)]
    first = {each.incident.id: each for each in shares(elsewhere, 40)}[elsewhere[0].id]
    grown = [elsewhere[0]._replace(weight=elsewhere[0].weight * 1.0001), *elsewhere[1:]]
    change = MODEL.hazard(levels(grown, 40).terms) - MODEL.hazard(levels(elsewhere, 40).terms)
    assert first.share == pytest.approx(change / 0.0001, rel=1e-3)
    assert (first.via, [each.via for each in shares(elsewhere, 40)]) == ("C", ["C", "C", "D"])


def test_clashes_of_one_side_alone_have_no_share() -> None:
    assert shares([incident(("A", "C"), 0), incident(("A", "C"), 30)], 40) == []
