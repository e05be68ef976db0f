"""No name moves from one actor to another without an administrator's word, however many ask at once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from eventsourcing.persistence import StoredEvent

from api.importing.seeds import read_actors, seed_actors
from api.running.service import Service
from domain.actors import (
    Actor,
    ActorKind,
    ActorNameAdded,
    ActorNameRemoved,
    ActorRegistered,
    AddActorName,
    RegisterActor,
    RemoveActorName,
    actor_uuid,
)
from domain.errors import ActorDiffers, ActorNotFound, InvalidFacts, NameNotFound, NameTaken, UnreadableHistory
from domain.events import DomainEvent
from domain.log.application import Detente
from domain.log.article_log import Outcome
from domain.log.database_url import log_environment
from tests.conftest import NewDatabase
from tests.language import BY_ANN, clash, post


def turkey(*aliases: str) -> RegisterActor:
    return RegisterActor("TUR", ActorKind.STATE, "Türkiye", ("Ankara", *aliases), BY_ANN)


def group(code: str, *aliases: str, share: bool = False) -> RegisterActor:
    return RegisterActor(code, ActorKind.GROUP, f"Group {code}", aliases, BY_ANN, share)


def removing(name: str, code: str = "TUR") -> RemoveActorName:
    return RemoveActorName(code, name, "not a name", BY_ANN)


def recorded(log: Detente, after: int = 0) -> Sequence[DomainEvent]:
    return [log.decode(notification) for notification in log.read_log(after, 100)]


def test_a_code_that_is_a_name_of_another_is_refused(service: Service) -> None:
    service.log.register_actor(turkey())
    with pytest.raises(NameTaken, match=r"code: 'ANKARA' belongs to TUR \(Türkiye\)"):
        service.log.register_actor(group("ANKARA"))
    with pytest.raises(NameTaken):
        service.log.register_actors([group("NEW"), group("ANKARA")])
    assert [type(event) for event in recorded(service.log)] == [ActorRegistered]


def test_actors_that_are_registered_together_take_no_names_from_each_other(service: Service) -> None:
    with pytest.raises(NameTaken, match="aliases/0: 'one' belongs to ONE"):
        service.log.register_actors([group("ONE"), group("TWO", "one")])
    assert service.log.position() == 0


@pytest.mark.parametrize("name", ["ANKARA", "the Ankara", "turkiye", "tur"])
def test_a_name_that_is_anothers_is_not_added(service: Service, name: str) -> None:
    service.log.register_actors([turkey(), group("NEW")])
    for command in (AddActorName("NEW", name, BY_ANN), group("NEW", "free", name)):
        with pytest.raises(NameTaken) as caught:
            (service.log.add_actor_name if isinstance(command, AddActorName) else service.log.register_actor)(
                command  # type: ignore[arg-type]
            )
        assert caught.value.faults[0].candidates == ("TUR",)
    assert service.log.position() == 2


def test_an_administrators_word_is_recorded_with_whom_the_name_is_shared(service: Service) -> None:
    log = service.log
    log.register_actors([turkey(), group("NEW")])
    log.add_actor_name(AddActorName("NEW", "Ankara", BY_ANN, share=True))
    log.register_actor(group("ANKARA", share=True))
    _, _, added, registered = recorded(log)
    assert isinstance(added, ActorNameAdded)
    assert isinstance(registered, ActorRegistered)
    assert (added.shared_with, added.recorded_by) == (("TUR",), "ann")
    assert registered.shared_with == ("NEW", "TUR")
    assert log.directory().find("Ankara") == ("ANKARA",)


def test_a_registration_that_is_sent_again_is_no_change_whoever_has_the_names_by_now(service: Service) -> None:
    service.log.register_actors([turkey(), group("NEW")])
    service.log.add_actor_name(AddActorName("NEW", "Ankara", BY_ANN, share=True))
    assert not service.log.register_actor(turkey()).changed
    assert not service.log.add_actor_name(AddActorName("TUR", "Ankara", BY_ANN)).changed


def test_a_name_is_taken_back_in_all_its_spellings_and_again_is_no_change(service: Service) -> None:
    log = service.log
    log.register_actor(turkey("ANKARA", "Türk"))
    outcome = log.remove_actor_name(removing("änkara"))
    events = recorded(log, after=1)
    assert [(type(event), vars(event)["name"]) for event in events] == [
        (ActorNameRemoved, "Ankara"),
        (ActorNameRemoved, "ANKARA"),
    ]
    assert (outcome.changed, outcome.position) == (True, 3)
    assert log.directory().find("Ankara") == ()
    assert not log.remove_actor_name(removing("Ankara")).changed
    assert log.register_actor(group("NEW", "Ankara")).changed


def test_the_first_name_is_followed_by_the_next_and_then_by_the_code(service: Service) -> None:
    log = service.log
    log.register_actor(turkey())
    log.remove_actor_name(removing("Türkiye"))
    assert log.directory().names["TUR"] == "Ankara"
    log.remove_actor_name(removing("Ankara"))
    assert log.directory().names["TUR"] == "TUR"
    log.add_actor_name(AddActorName("TUR", "Turkey", BY_ANN))
    assert log.directory().find("turkey") == ("TUR",)


def test_what_is_no_name_is_not_taken_back(service: Service) -> None:
    service.log.register_actor(turkey())
    for name, code, error in (
        ("Moscow", "TUR", NameNotFound),
        ("...", "TUR", NameNotFound),
        ("tur", "TUR", InvalidFacts),
        ("Ankara", "NEW", ActorNotFound),
    ):
        with pytest.raises(error):
            service.log.remove_actor_name(removing(name, code))
    assert service.log.position() == 1


def test_of_many_that_want_a_name_at_once_one_gets_it(new_database: NewDatabase) -> None:
    environment = log_environment(new_database())
    with closing(Detente(environment)) as ours, closing(Detente(environment)) as theirs:

        def register(number: int) -> Outcome | NameTaken:
            log = ours if number % 2 else theirs
            log.post_article(post(f"a-{number}", clash()))  # which stands in nobody's way
            try:
                return log.register_actor(group(f"G{number}", "The Front"))
            except NameTaken as taken:
                return taken

        with ThreadPoolExecutor(8) as threads:
            outcomes = [*threads.map(register, range(8))]
        (winner,) = [outcome.id for outcome in outcomes if isinstance(outcome, Outcome)]
        assert ours.directory().find("The Front") == theirs.directory().find("the front") == (winner,)
        with ThreadPoolExecutor(8) as threads:  # none of which is refused
            log = {0: ours, 1: theirs}
            registered = threads.map(lambda number: log[number % 2].register_actor(group(f"H{number}")), range(8))
            assert all(outcome.changed for outcome in registered)


def test_names_of_an_old_log_that_clash_are_read_as_they_were(service: Service) -> None:
    log = service.log
    for code, aliases in (("TUR", ["Ankara", "Korea"]), ("ANKARA", []), ("KOR", ["Korea"])):
        log.save(Actor.register(code, ActorKind.OTHER, f"Actor {code}", aliases, BY_ANN))
    assert (log.directory().find("ankara"), log.directory().find("korea")) == (("ANKARA",), ("KOR", "TUR"))
    assert [shared.name for shared in log.directory().shared_names()] == ["ankara", "korea"]
    assert not log.register_actor(RegisterActor("KOR", ActorKind.OTHER, "Actor KOR", ("Korea",), BY_ANN)).changed
    log.remove_actor_name(removing("Korea"))
    assert log.directory().find("korea") == ("KOR",)


def test_seeds_leave_out_what_others_have_and_say_so(
    sqlite_service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    log = sqlite_service.log
    log.register_actor(group("ONE", "Moscow", "Iran"))
    seeds = len(read_actors(BY_ANN))
    assert seed_actors(sqlite_service, BY_ANN) == seeds
    assert log.directory().find("Moscow") == log.directory().find("Iran") == ("ONE",)
    assert (log.directory().find("Kremlin"), log.directory().find("Korea")) == (("RUS",), ("KOR", "PRK"))
    assert log.directory().names["IRN"] == "IRN"
    warned = [record.getMessage() for record in caplog.records]
    assert ["RUS" in warned[1], "'Moscow' belongs to ONE (Group ONE)" in warned[1]] == [True, True]
    assert "IRN" in warned[0]


def test_an_actor_that_cannot_be_read_is_registered_already(service: Service) -> None:
    service.log.recorder.insert_events([StoredEvent(actor_uuid("TUR"), 1, ActorRegistered.TOPIC, b"{}")])
    with pytest.raises(ActorDiffers):
        service.log.register_actors([turkey()])
    with pytest.raises(UnreadableHistory):
        service.log.register_actor(turkey())
