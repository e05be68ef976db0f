"""Names of groups: found where a list or the registry has them, and never taken for another's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.importing.actors.actor_finder import ActorFinder
from api.importing.names.new_actors import code_of_name, unique_code
from api.importing.names.party_names import PartyNames
from api.importing.rows import Reject
from domain.actors import ActorKind, RegisterActor
from domain.standards.text import comparable
from tests.unit.api.importing.support import KINDS, PROVENANCE, finder, register, seeded_directory


def names(*actors: RegisterActor) -> tuple[PartyNames, ActorFinder]:
    directory = seeded_directory()
    register(directory, actors)
    made = ActorFinder(directory, KINDS, strict=False)
    return PartyNames(made, {"PKK": "PKK"}), made


def test_a_name_that_nobody_has_is_an_actor_of_its_own() -> None:
    found, actors = names()
    party = found.party("Example Front", "Syria")
    assert (party.code, party.is_doubtful) == ("EXAMPLE-FRONT", True)
    assert actors.new_actors["EXAMPLE-FRONT"].name == "Example Front"
    assert found.party("EXAMPLE front", "Iraq").code == "EXAMPLE-FRONT"


def test_an_acronym_is_only_whose_the_list_says() -> None:
    found, actors = names()
    assert found.party("PKK", "Turkey").code == "PKK"
    other = found.party("JEM", "Sudan")
    assert (other.code, other.is_doubtful) == ("JEM-SUDAN", True)
    assert "Jaish-e-Mohammed" in other.why
    assert actors.new_actors["JEM-SUDAN"].name == "JEM (Sudan)"
    with pytest.raises(Reject, match="ambiguous-actor"):
        found.party("JEM", "")


def test_a_name_in_brackets_is_not_left_out() -> None:
    found, _ = names()
    party = found.party("Taliban (Pakistan)", "Pakistan")
    assert (party.code, party.is_doubtful) == ("TALIBAN-PAKISTAN", True)
    assert "TALIBAN" in party.why


def test_what_was_registered_is_known_and_no_doubt_any_more() -> None:
    front = RegisterActor("XYZ", ActorKind.GROUP, "Example Front", (), PROVENANCE)
    jem = RegisterActor("JEM-SUDAN", ActorKind.GROUP, "JEM (Sudan)", (), PROVENANCE)
    found, actors = names(front, jem)
    assert [(p.code, p.is_doubtful) for p in (found.party("Example Front", ""), found.party("JEM", "Sudan"))] == [
        ("XYZ", False),
        ("JEM-SUDAN", False),
    ]
    assert not actors.new_actors


def test_a_code_that_another_has_is_not_taken() -> None:
    party = names()[0].party("Splm N.", "Sudan")
    assert party.code == unique_code("Splm N.") != "SPLM-N"


def test_nobody_is_registered_where_that_is_not_wanted() -> None:
    with pytest.raises(Reject, match="unknown-actor"):
        PartyNames(finder(strict=True), {}).party("Example Front", "")


@given(st.text(), st.text())
def test_names_that_compare_alike_have_one_code(one: str, other: str) -> None:
    assert (code_of_name(one) == code_of_name(other)) == (comparable(one) == comparable(other))


def test_countries_are_known_by_the_names_of_data_sets_and_by_one_meaning_alone() -> None:
    found, _ = names()
    assert found.country("Palestinian Territory, Occupied") == "PSE"
    assert found.country("Turkey") == "TUR"
    assert found.country("Congolese") is None  # of two
    assert found.country("Hezbollah") is None  # no country


def test_a_name_of_several_actors_is_refused_and_so_is_none() -> None:
    found, _ = names()
    with pytest.raises(Reject, match="ambiguous-actor"):
        found.known("Congolese")
    with pytest.raises(Reject, match="no-actor"):
        found.new("  ", ActorKind.GROUP, "nobody")
