"""The runs of many pairs at once: those of each pair by itself."""

from hypothesis import given
from hypothesis import strategies as st

from projections.pairs import Pair
from projections.scoring import runs_of_many as module
from projections.scoring.incidents import Incident
from projections.scoring.models import DEFAULT_MODEL, PRESSURE_MODELS, PressureModel
from projections.scoring.pair_history import PairHistory, run_on
from projections.scoring.pressures import columns_of
from projections.scoring.runs_of_many import runs_of_many
from projections.scoring.states import RunsEntry, State

PAIR: Pair = ("RUS", "TUR")
FORGOTTEN, LONG = 2_000, 40 * 365  # days: after which nothing is known, and for which a sum may not grow any more


def incident(day: int, weight: float, *, material: bool) -> Incident:
    type_ = "ASSAULT" if weight < -4 else "ACCUSE" if weight < 0 else "CONSULT"
    return Incident(f"{day}{weight}", *PAIR, 0, type_, day, material, 1, 1, None, None, weight)


days = st.integers(0, 90) | st.integers(0, FORGOTTEN) | st.integers(-LONG, LONG)
weights = st.sampled_from([-20.0, -10.0, -9.0, -5.0, -0.5, 0.0, 0.25, 0.5, 5.0, 10.0, 20.0]) | st.floats(-40, 40)
pairs = st.lists(st.builds(incident, days, weights, material=st.booleans()), min_size=1, max_size=6)
harsh = DEFAULT_MODEL.with_constants("harsh", damping=10.0, prior=0.1, clash_window=3)
models = st.sampled_from([*PRESSURE_MODELS.values(), harsh])


def runs_of_each(histories: list[list[Incident]], model: PressureModel) -> list[tuple[int, int, State]]:
    by_day = [sorted(each, key=lambda incident: incident.day) for each in histories]
    columns = columns_of([incident for each in by_day for incident in each])
    return sorted(runs_of_many(columns, [len(each) for each in by_day], model))


@given(st.lists(pairs, min_size=1, max_size=6), models)
def test_the_runs_of_many_pairs_are_those_of_each_by_itself(
    histories: list[list[Incident]], model: PressureModel
) -> None:
    alone = [
        (number, day, state)
        for number, each in enumerate(histories)
        for day, state in PairHistory.of(PAIR, {PAIR: each}, ()).runs(model)
    ]
    assert runs_of_each(histories, model) == alone


@given(st.lists(st.tuples(pairs, days), min_size=1, max_size=6), models)
def test_runs_that_are_entered_on_a_day_go_on_as_they_would_have(
    entered: list[tuple[list[Incident], int]], model: PressureModel
) -> None:
    histories = [sorted(each, key=lambda incident: incident.day) for each, _ in entered]
    alone = [PairHistory.of(PAIR, {PAIR: each}, ()) for each in histories]
    runs = [history.runs(model) for history in alone]
    entries = [RunsEntry(day, run_on(day - 1, each)[0]) for (_, day), each in zip(entered, runs, strict=True)]
    columns = columns_of([incident for each in histories for incident in each])
    found = list(runs_of_many(columns, [len(each) for each in histories], model, entries))
    for number, (entry, each) in enumerate(zip(entries, runs, strict=True)):
        later = [(day, state) for day, state in each if day >= entry.day]
        assert alone[number].runs_since(entry, model) == later
        assert [(run.first_day, run.state) for run in found if run.pair == number] == later


def test_pairs_that_go_through_more_days_than_one_portion_are_told_apart() -> None:
    clashes = [incident(day, -10.0, material=True) for day in range(0, module._DAYS // 2, 200)]
    alone = PairHistory.of(PAIR, {PAIR: clashes}, ()).runs(DEFAULT_MODEL)
    assert len(alone) > 1
    found = runs_of_each([clashes, clashes, clashes], DEFAULT_MODEL)
    assert found == [(number, day, state) for number in range(3) for day, state in alone]
