"""Given incidents of pairs and of their clients, then which weights say how sure a tension is."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from projections.pairs import Pair
from projections.queries.all_pairs.weighed_by_pair import WeighedByPair
from projections.queries.question import Question
from projections.queries.tension_interval import load_uncertainty
from projections.scoring.bootstrap import uncertainty
from projections.scoring.models import DEFAULT_MODEL, MODELS
from projections.scoring.pressures import WeighedColumns

DAY = 1000
NO_CONNECTION: Any = SimpleNamespace()  # all is at hand
OWN, CLIENT, OTHER = ("A", "B"), ("B", "C"), ("C", "D")


def weighed(*weights: float, day: int = DAY) -> WeighedColumns:
    return WeighedColumns(np.full(len(weights), day), np.array(weights), np.zeros(len(weights), np.bool_))


INCIDENTS = {OWN: weighed(-2.0, 1.0), CLIENT: weighed(-4.0, 3.0, 0.0), OTHER: weighed()}


@pytest.mark.parametrize("model", [DEFAULT_MODEL, MODELS["goldstein-mean"]])
@pytest.mark.parametrize("at_hand", [INCIDENTS, WeighedByPair.of(INCIDENTS)])
def test_only_conflict_spills_over_into_the_weights_of_a_pair(at_hand: Any, model: Any) -> None:
    clients: dict[Pair, list[Pair]] = {OWN: [CLIENT], CLIENT: [], OTHER: []}
    found = load_uncertainty(NO_CONNECTION, clients, Question(DAY, model=model), at_hand)
    spilled = np.array([-2.0, 1.0, -4.0 * model.spillover_share])
    assert found[OWN] == uncertainty(spilled, np.ones(3), model)
    assert found[CLIENT] == uncertainty(np.array([-4.0, 3.0, 0.0]), np.ones(3), model)
    assert found[OTHER].interval is None


def test_what_is_still_to_come_or_long_gone_does_not_count() -> None:
    long_ago = DAY - max(DEFAULT_MODEL.window) - 1
    incidents = WeighedByPair.of({OWN: weighed(-2.0, day=long_ago), CLIENT: weighed(-4.0, day=DAY + 1)})
    found = load_uncertainty(NO_CONNECTION, {OWN: [CLIENT]}, Question(DAY), incidents)
    assert found[OWN].effective_incidents == 0


def test_incidents_of_more_pairs_come_behind_those_of_others() -> None:
    one, more = (
        WeighedByPair.of({OWN: weighed(-1.0), OTHER: weighed()}),
        WeighedByPair.of({CLIENT: weighed(2.0, 3.0)}),
    )
    both = one.joined(more)
    assert [(pair, own.weight.tolist()) for pair, own in both.items()] == [
        (OWN, [-1.0]),
        (OTHER, []),
        (CLIENT, [2, 3]),
    ]
    nothing = WeighedByPair.of({})
    assert (len(nothing), nothing.joined(one), one.joined(nothing)) == (0, one, one)
