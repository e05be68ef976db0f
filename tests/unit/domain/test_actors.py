"""Actors and the directory of their names."""

import pytest

from domain.actor_directory import ActorDirectory
from domain.actors import Actor, ActorEvent, ActorKind, ActorNameAdded, ActorRegistered
from domain.errors import ActorDiffers, Fault, InvalidFacts
from tests.language import BY_ANN

_ACTORS = [
    ("RUS", "Russia", ["Moscow", "Kremlin", "Russian"]),
    ("COD", "DR Congo", ["Congo", "Congolese"]),
    ("COG", "Congo-Brazzaville", ["Congo", "Congolese"]),
    ("AU", "African Union", []),
    ("AUS", "Australia", ["AU of the south"]),
    ("NLD", "Netherlands", ["The Hague"]),
]


@pytest.fixture
def directory() -> ActorDirectory:
    made = ActorDirectory()
    for code, name, aliases in _ACTORS:
        for event in Actor.register(code, ActorKind.STATE, name, aliases, BY_ANN).collect_events():
            assert isinstance(event, ActorEvent)
            made.apply(event)
    return made


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("RUS", "RUS"),
        ("rus", "RUS"),
        ("Kremlin", "RUS"),
        ("the Kremlin", "RUS"),
        (" KREMLÍN ", "RUS"),
        ("The Hague", "NLD"),
        ("congo brazzaville", "COG"),
        ("au", "AU"),
    ],
)
def test_a_code_or_any_name_finds_the_actor(directory: ActorDirectory, text: str, code: str) -> None:
    assert directory.resolve(text, ()) == code


def test_an_ambiguous_name_lists_the_candidates(directory: ActorDirectory) -> None:
    fault = directory.resolve("Congo", ("a",))
    assert isinstance(fault, Fault)
    assert (fault.path, fault.code, fault.candidates) == (("a",), "ambiguous-actor", ("COD", "COG"))
    assert "COD (DR Congo) or COG (Congo-Brazzaville)" in fault.detail


@pytest.mark.parametrize(("text", "near"), [("Rusia", ("RUS",)), ("Kremln", ("RUS",)), ("xyzzy", ()), ("", ())])
def test_an_unknown_name_suggests_near_ones(directory: ActorDirectory, text: str, near: tuple[str, ...]) -> None:
    fault = directory.resolve(text, ())
    assert isinstance(fault, Fault)
    assert (fault.code, fault.candidates) == ("unknown-actor", near)


def test_a_name_added_is_found_and_added_once(directory: ActorDirectory) -> None:
    actor = Actor.register("XKX", ActorKind.STATE, "Kosovo", [], BY_ANN)
    actor.add_name("Pristina", BY_ANN)
    actor.add_name("Pristina", BY_ANN)
    actor.add_name("Kosovo", BY_ANN)
    events = [event for event in actor.collect_events() if isinstance(event, ActorEvent)]
    assert [type(event) for event in events] == [ActorRegistered, ActorNameAdded]
    for event in events:
        directory.apply(event)
    assert directory.resolve("pristina", ()) == "XKX"


@pytest.mark.parametrize(
    ("code", "name", "aliases", "path"),
    [
        ("x", "X", [], ("code",)),
        ("", "X", [], ("code",)),
        ("A B", "X", [], ("code",)),
        ("ABC", "-", [], ("name",)),
        ("ABC", "X", ["ok", "!"], ("aliases", 1)),
    ],
)
def test_an_actor_needs_a_code_and_names_that_can_be_looked_up(
    code: str, name: str, aliases: list[str], path: tuple[str | int, ...]
) -> None:
    with pytest.raises(InvalidFacts) as caught:
        Actor.register(code, ActorKind.OTHER, name, aliases, BY_ANN)
    assert [fault.path for fault in caught.value.faults] == [path]


def test_an_actor_cannot_be_registered_as_something_else() -> None:
    actor = Actor.register("NATO", ActorKind.ORGANISATION, "NATO", [], BY_ANN)
    actor.check_same(ActorKind.ORGANISATION, "NATO")
    with pytest.raises(ActorDiffers):
        actor.check_same(ActorKind.STATE, "NATO")
    with pytest.raises(InvalidFacts):
        actor.add_name("...", BY_ANN)
