"""Why tension moved: the parts add up exactly, and each holds what it says."""

from math import fsum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.scoring.attribution import Cause, Explanation, Part, Side, explain
from projections.scoring.incidents import Incident
from projections.scoring.models import DEFAULT_MODEL as MODEL
from projections.scoring.models import MODEL_2026_1, PressureModel
from projections.scoring.pair_history import PairHistory
from projections.scoring.spillover import IncidentGroup, Tie

PAIR = ("RUS", "TUR")
SLOW = MODEL.with_constants("slow", half_life_verbal=300, half_life_material=900)
STERN = MODEL.with_constants("stern", prior=3.0, damping=1.5, spillover=0.9)


def incident(number: int, day: int, weight: float, a: str = "RUS", b: str = "TUR") -> Incident:
    plover = "ASSAULT" if weight < -4 else "ACCUSE" if weight < 0 else "CONSULT"
    identifier = f"{a}>{b}:{number}:{day}"
    return Incident(identifier, a, b, 0, plover, day, abs(weight) > 4, 1, 1, None, None, weight)


def history(*own: Incident, spilled: tuple[IncidentGroup, ...] = ()) -> PairHistory:
    return PairHistory(PAIR, IncidentGroup.of(own), spilled)


def parts(explanation: Explanation) -> dict[str, float]:
    return {f"{part.part} {part.via or ''}".strip(): part.change for part in explanation.parts}


# Exactness


numbers = st.integers(0, 30)
days = st.integers(0, 400)
weights = st.one_of(st.just(0.0), st.floats(-36, 10))
ties = st.builds(
    lambda turns, first: (tuple(sorted(turns)), first),
    st.sets(days, min_size=1, max_size=4),
    st.booleans(),
)


@st.composite
def incidents(draw: st.DrawFn, a: str = "RUS", most: int = 12) -> list[Incident]:
    """Incidents whose ids are those of others drawn now and then, with other weights: corrected ones."""
    drawn = draw(st.dictionaries(numbers, weights, max_size=most))
    return [incident(number, number * 13, weight, a) for number, weight in sorted(drawn.items())]


@st.composite
def histories(draw: st.DrawFn) -> PairHistory:
    """A pair with up to three clients, whose ties begin and end and begin."""
    spilled = []
    for patron, client in [("RUS", "SYR"), ("RUS", "IRN"), ("TUR", "SYR-REB")]:
        if draw(st.booleans()):
            turns, first = draw(ties)
            tie = Tie(patron, client, turns, tuple((n % 2 == 0) == first for n in range(len(turns))))
            spilled.append(IncidentGroup.of(draw(incidents(client)), tie))
    return PairHistory(PAIR, IncidentGroup.of(draw(incidents())), tuple(spilled))


models = st.sampled_from([MODEL, SLOW, STERN])


@settings(deadline=None)
@given(histories(), histories(), st.booleans(), days, days, models, models)
def test_the_parts_add_up_to_the_change_whatever_differs(
    one: PairHistory,
    other: PairHistory,
    same: bool,
    first: int,
    last: int,
    model: PressureModel,
    other_model: PressureModel,
) -> None:
    before, after = Side(one, first, model), Side(one if same else other, last, other_model)

    found = explain(before, after)

    by_the_sides = other_tension(after) - other_tension(before)
    assert found.change == pytest.approx(by_the_sides, abs=1e-9)
    assert fsum(part.change for part in found.parts) == pytest.approx(by_the_sides, abs=1e-9)
    for part in found.parts:
        assert fsum(moved.change for moved in part.largest) == pytest.approx(part.change, abs=1e-9)
        assert part.incidents == len({moved.incident.id for moved in part.largest})
        assert {(moved.via, moved.patron) for moved in part.largest} == {(part.via, part.patron)} or (
            part.part is Part.MODEL
        )


def other_tension(side: Side) -> float:
    return side.history.scores_on(side.day, side.model).tension


@settings(deadline=None)
@given(histories(), days, days, models)
def test_a_limit_cuts_what_is_named_and_no_total(
    one: PairHistory, first: int, last: int, model: PressureModel
) -> None:
    before, after = Side(one, first, model), Side(one, last, model)

    cut, whole = explain(before, after, limit=1), explain(before, after)

    assert [(p.part, p.via, p.change, p.incidents) for p in cut.parts] == [
        (p.part, p.via, p.change, p.incidents) for p in whole.parts
    ]
    assert [p.largest for p in cut.parts] == [p.largest[:1] for p in whole.parts]
    sizes = [abs(part.change) for part in whole.parts]
    assert sizes == sorted(sizes, reverse=True)


@settings(deadline=None)
@given(histories(), days, models)
def test_nothing_changes_between_two_sides_that_are_the_same(
    one: PairHistory, day: int, model: PressureModel
) -> None:
    found = explain(Side(one, day, model), Side(one, day, model))

    assert (found.change, found.parts) == (0.0, ())


@settings(deadline=None)
@given(histories(), histories(), days, models)
def test_a_change_back_is_the_change_with_the_other_sign(
    one: PairHistory, other: PairHistory, day: int, model: PressureModel
) -> None:
    there = explain(Side(one, day, model), Side(other, day, model))
    back = explain(Side(other, day, model), Side(one, day, model))

    for part in (Part.CORRECTED, Part.COOPERATION):
        assert sum(p.change for p in back.parts if p.part is part) == pytest.approx(
            -sum(p.change for p in there.parts if p.part is part), abs=1e-9
        )
    assert [p.change for p in back.parts if p.part is Part.RETRACTED] == pytest.approx(
        [-p.change for p in there.parts if p.part is Part.NEWLY_KNOWN], abs=1e-9
    )


# The parts


def test_what_happened_between_is_new_and_what_happened_before_decays() -> None:
    pair = history(incident(1, 0, -9.0), incident(2, 10, -9.0), incident(3, 11, -3.0), incident(4, 21, -9.0))

    found = explain(Side(pair, 10, MODEL), Side(pair, 20, MODEL))

    new, decay = found.parts
    assert (new.part, [moved.incident.day for moved in new.largest]) == (Part.NEW, [11])
    assert (decay.part, [moved.incident.day for moved in decay.largest]) == (Part.DECAY, [10, 0])
    assert new.change > 0 > decay.change
    assert new.largest[0].weight_before == 0
    assert new.largest[0].weight_after == pytest.approx(-3 * 2 ** (-9 / 30))
    assert decay.largest[0].weight_after == pytest.approx(-9 * 2 ** (-10 / 90))


def test_the_points_of_a_step_are_those_of_the_formula() -> None:
    pair = history(incident(1, 0, -9.0), incident(2, 0, 2.5), incident(3, 5, -3.0))
    c0, k0 = 9.0, 2.5
    fading, c_new, k1 = 9.0 * 2 ** (-5 / 90), 3.0, 2.5 * 2 ** (-5 / 30)
    c1 = fading + c_new
    product = (c0 + 10 + 0.25 * k0) * (c1 + 10 + 0.25 * k1)
    per_conflict = 100 * (10 + 0.25 * (k0 + k1) / 2) / product
    per_cooperation = -100 * 0.25 * (c0 + c1) / 2 / product

    found = parts(explain(Side(pair, 0, MODEL_2026_1), Side(pair, 5, MODEL_2026_1)))

    assert found == pytest.approx(
        {
            "new": per_conflict * c_new,
            "decay": per_conflict * (fading - 9.0),
            "cooperation": per_cooperation * (k1 - k0),
        }
    )


def test_more_cooperation_takes_tension_off_and_fading_cooperation_gives_it_back() -> None:
    pair = history(incident(1, 0, -9.0), incident(2, 1, 10.0))

    more = explain(Side(pair, 0, MODEL_2026_1), Side(pair, 1, MODEL_2026_1))
    less = explain(Side(pair, 1, MODEL_2026_1), Side(pair, 100, MODEL_2026_1))

    assert parts(more)["cooperation"] < 0 < parts(less)["cooperation"]
    causes = [p.largest[0].cause for e in (more, less) for p in e.parts if p.part is Part.COOPERATION]
    assert causes == [Cause.NEW, Cause.DECAY]


def test_without_damping_cooperation_moves_no_tension() -> None:
    pair = history(incident(1, 0, -9.0), incident(2, 1, 10.0))

    assert parts(explain(Side(pair, 0, MODEL), Side(pair, 1, MODEL))).keys() == {"decay"}


def test_cooperation_without_conflict_changes_nothing() -> None:
    pair = history(incident(1, 0, 10.0), incident(2, 3, 2.5))

    assert explain(Side(pair, 0, MODEL), Side(pair, 5, MODEL)).parts == ()


def test_what_weighs_nothing_is_in_no_part() -> None:
    pair = history(incident(1, 0, -9.0), incident(2, 3, 0.0), incident(3, 3, -0.0))

    (decay,) = explain(Side(pair, 0, MODEL), Side(pair, 5, MODEL)).parts

    assert (decay.part, decay.incidents) == (Part.DECAY, 1)


def test_a_tie_that_begins_or_ends_belongs_to_the_spill_over_by_way_of_its_client() -> None:
    client = IncidentGroup.of(
        [incident(1, 0, -9.0, "SYR"), incident(2, 7, -9.0, "SYR"), incident(3, 0, 9.0, "SYR")],
        Tie("RUS", "SYR", (5, 50), (True, False)),
    )
    pair = history(incident(1, 0, -3.0), spilled=(client,))

    begun = {p.part: p for p in explain(Side(pair, 4, MODEL), Side(pair, 8, MODEL)).parts}[Part.SPILLOVER]
    ended = {p.part: p for p in explain(Side(pair, 49, MODEL), Side(pair, 50, MODEL)).parts}[Part.SPILLOVER]
    after = explain(Side(pair, 50, MODEL), Side(pair, 60, MODEL))

    assert (begun.via, begun.patron, begun.incidents) == ("SYR", "RUS", 2)
    assert {moved.cause for moved in begun.largest} == {Cause.TIE, Cause.NEW}
    assert begun.change > 0 > ended.change
    assert {moved.cause for moved in ended.largest} == {Cause.TIE}
    assert all(moved.weight_after == 0 for moved in ended.largest)
    assert parts(after).keys() == {"decay"}


def test_each_client_has_a_part_of_its_own() -> None:
    spilled = tuple(
        IncidentGroup.of([incident(1, 1, -9.0, client)], Tie(patron, client, (0,), (True,)))
        for patron, client in [("RUS", "SYR"), ("TUR", "SYR-REB")]
    )

    found = explain(Side(history(spilled=spilled), 0, MODEL), Side(history(spilled=spilled), 1, MODEL))

    assert sorted((p.part.value, p.via, p.patron) for p in found.parts) == [
        ("spillover", "SYR", "RUS"),
        ("spillover", "SYR-REB", "TUR"),
    ]


def test_what_is_known_otherwise_is_corrected_retracted_or_newly_known() -> None:
    known = history(incident(1, 0, -9.0), incident(2, 1, -9.0), incident(3, 2, -4.0), incident(9, 8, -9.0))
    known_later = history(incident(1, 0, -9.0), incident(2, 1, -18.0), incident(4, 2, -5.0), incident(8, 9, -9.0))

    found = explain(Side(known, 5, MODEL), Side(known_later, 5, MODEL))

    assert {p.part: [m.incident.id for m in p.largest] for p in found.parts} == {
        Part.CORRECTED: ["RUS>TUR:2:1"],
        Part.NEWLY_KNOWN: ["RUS>TUR:4:2"],
        Part.RETRACTED: ["RUS>TUR:3:2"],
    }
    assert parts(found)["retracted"] < 0


def test_what_was_corrected_comes_before_the_day_moves() -> None:
    known = history(incident(1, 0, -9.0))
    known_later = history(incident(1, 0, -18.0), incident(2, 8, -9.0))

    found = {p.part: p for p in explain(Side(known, 5, MODEL), Side(known_later, 10, MODEL)).parts}

    assert found.keys() == {Part.CORRECTED, Part.NEW, Part.DECAY}
    corrected, decay = found[Part.CORRECTED].largest[0], found[Part.DECAY].largest[0]
    assert corrected.weight_after == decay.weight_before == pytest.approx(-18 * 2 ** (-5 / 90))


def test_a_tie_that_became_known_is_spill_over_and_its_client_s_incidents_are_not_news() -> None:
    client = IncidentGroup.of([incident(1, 0, -9.0, "SYR")], Tie("RUS", "SYR", (0,), (True,)))

    (part,) = explain(Side(history(), 5, MODEL), Side(history(spilled=(client,)), 5, MODEL)).parts
    (taken_back,) = explain(Side(history(spilled=(client,)), 5, MODEL), Side(history(), 5, MODEL)).parts

    assert (part.part, part.largest[0].cause, part.change > 0) == (Part.SPILLOVER, Cause.TIE, True)
    assert (taken_back.part, taken_back.largest[0].cause) == (Part.SPILLOVER, Cause.TIE)


def test_the_model_comes_first_and_all_else_is_told_in_the_points_of_the_second() -> None:
    pair = history(incident(1, 0, -9.0), incident(2, 8, -9.0), incident(3, 0, 2.5))

    found = explain(Side(pair, 5, MODEL), Side(pair, 10, STERN))

    under = pair.scores_on(5, STERN).tension
    assert parts(found)["model"] == pytest.approx(under - pair.scores_on(5, MODEL).tension, abs=1e-9)
    then = explain(Side(pair, 5, STERN), Side(pair, 10, STERN))
    assert {k: v for k, v in parts(found).items() if k != "model"} == pytest.approx(parts(then), abs=1e-9)


def test_weights_that_depend_on_the_model_belong_to_its_change() -> None:
    pair, remodelled = history(incident(1, 0, -9.0)), history(incident(1, 0, -12.0))
    trusting = MODEL.with_constants("trusting", doubt=0.2)

    found = explain(Side(pair, 5, MODEL), Side(remodelled, 5, trusting), remodelled)

    assert parts(found).keys() == {"model"}


def test_a_model_with_other_bounds_of_states_only_changes_no_tension() -> None:
    pair = history(incident(1, 0, -9.0), incident(2, 0, 9.0))

    assert explain(Side(pair, 5, MODEL), Side(pair, 5, MODEL.with_constants("x", high=60.0))).parts == ()
