"""Given what reports say of one day, then which incidents they come to, where, and with which toll."""

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.scoring.incidents import Claim, Incident, incidents_of
from projections.scoring.models import MODEL_2026_1, MODEL_2026_2

ID = "SYR>TUR:ASSAULT:2020-02-27"
#: As publishers had it, and one mistyped.
FIGURES = (33, 33, 34, 33, 900)


def claim(place: str | None = None, publisher: str = "afp", **more: Any) -> Claim:
    fields: dict[str, Any] = {"killed": None, "wounded": None, "joined": None, "first_day": None, "last_day": None}
    stated = ("SYR", "TUR", False, "ASSAULT", 18319, "clash")
    names = ("source", "target", "reciprocal", "type", "day", "kind")
    known = dict(zip(names, stated, strict=True))
    return Claim(**{"incident": ID, "publisher": publisher, "place": place, **known, **fields, **more})


def found(*claims: Claim, **how: Any) -> list[Incident]:
    return sorted(incidents_of(claims, MODEL_2026_2, **how).values())


def shown(incidents: Sequence[Incident]) -> list[tuple[str, str | None, int]]:
    return [(incident.id.removeprefix(ID), incident.place, incident.reports) for incident in incidents]


def test_different_places_are_different_incidents_and_a_place_left_out_separates_nothing() -> None:
    assert shown(found(claim("idlib"), claim(None))) == [("", "idlib", 2)]
    assert shown(found(claim("idlib"), claim("saraqib"))) == [("", "idlib", 1), ("@saraqib", "saraqib", 1)]
    assert [i.beside for i in found(claim("idlib"), claim("saraqib"))] == [None, ID]


def test_what_names_no_place_goes_with_the_place_most_reports_name_in_whatever_order() -> None:
    told = [claim(None), claim("tell abyad"), claim("idlib"), claim("tell abyad")]
    for order in permutations(told):
        assert shown(found(*order)) == [("", "tell abyad", 3), ("@idlib", "idlib", 1)]
    assert shown(found(*told[:3])) == [("", "idlib", 2), ("@tell-abyad", "tell abyad", 1)]


def test_reports_that_are_joined_stay_together_whatever_they_name() -> None:
    week = [claim(place, joined="week") for place in (None, "saraqib", "idlib", "saraqib")]
    assert shown(found(*week, claim("idlib"))) == [("", "saraqib", 4), ("@idlib", "idlib", 1)]


def test_under_the_first_model_places_do_not_matter_and_the_highest_figure_counts() -> None:
    told = [claim("idlib", "afp", killed=33), claim("saraqib", "ap", killed=34), claim("hama", "dpa", killed=900)]
    (incident,) = incidents_of(told, MODEL_2026_1).values()
    assert (incident.id, incident.publishers, incident.killed, incident.is_disputed) == (ID, 3, 900, False)


def test_one_outlets_typing_error_does_not_outweigh_four_others() -> None:
    told = [claim(publisher=str(n), killed=killed, wounded=3) for n, killed in enumerate(FIGURES)]
    (incident,) = found(*told)
    assert (incident.killed, incident.killed_low, incident.killed_high, incident.is_disputed) == (
        33,
        33,
        900,
        True,
    )
    (agreed,) = found(*told[:4])
    assert (agreed.killed, agreed.killed_high, agreed.wounded, agreed.is_disputed) == (33, 34, 3, False)
    assert found(claim(killed=0), claim(publisher="ap", killed=1))[0].is_disputed


@pytest.mark.parametrize(("figures", "toll"), [((9, 33), 9), ((9, 22, 33), 22), ((9, 22, 29, 33), 22), ((8,), 8)])
def test_the_toll_is_the_median_the_lower_of_two(figures: tuple[int, ...], toll: int) -> None:
    (incident,) = found(*(claim(publisher=str(n), wounded=figure) for n, figure in enumerate(figures)))
    assert (incident.killed, incident.wounded) == (None, toll)


def test_a_publisher_has_one_figure_the_highest_and_an_alias_is_the_same_publisher() -> None:
    told = [
        claim(killed=9),
        claim(killed=33),
        claim(publisher="afp online", killed=40),
        claim("idlib", "ap", killed=30),
    ]
    (incident,) = found(*told, aliases={"afp online": "afp"})
    assert (incident.publishers, incident.killed, incident.killed_low, incident.killed_high) == (2, 30, 30, 40)


def test_of_several_spans_the_shortest_counts() -> None:
    month, week, day = (claim(first_day=first, last_day=last) for first, last in ((0, 28), (9, 15), (None, None)))
    assert [(i.first_day, i.last_day) for i in found(month, week)] == [(9, 15)]
    assert [(i.first_day, i.last_day) for i in found(month, week, day)] == [(None, None)]


@given(
    st.lists(
        st.builds(
            claim,
            st.sampled_from([None, "idlib", "saraqib", "hama"]),
            st.sampled_from("abc"),
            killed=st.none() | st.integers(0, 50),
            joined=st.sampled_from([None, None, "one", "two"]),
        ),
        min_size=1,
        max_size=8,
    ),
    st.randoms(),
)
def test_incidents_do_not_depend_on_the_order_of_reports_and_lose_none(told: list[Claim], random: Any) -> None:
    incidents = found(*told)
    mixed = list(told)
    random.shuffle(mixed)
    assert found(*mixed) == incidents
    assert sum(incident.reports for incident in incidents) == len(told)
    assert incidents[0].id == ID
    assert all((i.beside is None) is (i.id == ID) for i in incidents)
    named = {one.place for one in told if one.place and not one.joined}
    assert named <= {incident.place for incident in incidents} or any(one.joined for one in told)
