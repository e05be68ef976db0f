"""Cells of POLECAT that name several actors: which actors they are, with which countries and sectors."""

from collections import Counter

import pytest

from api.importing.formats.polecat_sides import find_side
from api.importing.rows import Reject
from tests.unit.api.importing.support import finder

FINDER = finder()


def found(name: str, country: str, sector: str = "") -> list[tuple[str, str | None]]:
    row = {"actor name": name, "actor country": country, "primary actor sector": sector}
    return [(actor.code, actor.role) for actor in find_side(row, "actor", FINDER)]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("France; Germany", "FRA; DEU", "GOV; MIL"), [("FRA", "GOV"), ("DEU", "MIL")]),
        (("Bolivia|Peru", "BOL|PER"), [("BOL", None), ("PER", None)]),
        (("France; Germany", "FRA; DEU", "MIL"), [("FRA", "MIL"), ("DEU", "MIL")]),
        (("Hamas; Hezbollah", "PSE; LBN", "MIL"), [("HAMAS", None), ("HEZBOLLAH", None)]),
        (("NATO; Russia", "None; RUS"), [("NATO", None), ("RUS", None)]),
        (("EU; NATO", "IGO"), [("EU", None), ("NATO", None)]),
        (("Macron; Le Drian", "FRA", "GOV"), [("FRA", "GOV")]),
        (("Macron; An Officer", "FRA; FRA", "GOV; MIL"), [("FRA", "GOV, MIL")]),
        (("A joint patrol", "FRA; DEU"), [("FRA", "A joint patrol"), ("DEU", "A joint patrol")]),
        (("A patrol; Russia", "FRA|DEU; RUS"), [("FRA", "A patrol"), ("DEU", "A patrol"), ("RUS", None)]),
        (("None", "FRA; DEU"), [("FRA", None), ("DEU", None)]),
        (("Merkel; NATO; Macron", "DEU; FRA", "GOV; MIL"), [("NATO", None), ("DEU", None), ("FRA", None)]),
        (("Macron", "FRA", "GOV; MIL"), [("FRA", "Macron")]),
    ],
)  # fmt: skip
def test_a_cell_is_a_list_of_actors(cells: tuple[str, ...], expected: list[tuple[str, str | None]]) -> None:
    assert found(*cells) == expected


def test_an_actor_that_is_not_found_does_not_take_the_others_with_it() -> None:
    row = {"actor name": "France; Some Front", "actor country": "FRA; None"}
    FINDER.texts.begin_row()
    assert [actor.code for actor in find_side(row, "actor", FINDER)] == ["FRA"]
    left_out: Counter[str] = Counter()
    FINDER.texts.count(Counter(), left_out)
    assert left_out == {"actor": 1}


@pytest.mark.parametrize(
    ("name", "country", "reason"),
    [("None", "None", "no-actor"), ("", "", "no-actor"), ("Some Front; Another", "None", "unknown-actor")],
)
def test_a_side_without_an_actor_is_rejected(name: str, country: str, reason: str) -> None:
    with pytest.raises(Reject, match=reason):
        found(name, country)
