"""The log, on every kind of store: commands recorded once, whoever repeats them and however many at once."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta

import pytest

from api.running.service import Service
from domain.actors import ActorKind, AddActorName, RegisterActor
from domain.articles import (
    ArticlePosted,
    ClashReported,
    CorrectReport,
    RetractArticle,
    RetractReport,
    ReviseArticle,
)
from domain.errors import (
    ActorDiffers,
    ActorNotFound,
    ArticleDiffers,
    ArticleIsRetracted,
    ArticleNotFound,
    InvalidFacts,
)
from domain.log.application import Detente
from domain.log.article_log import Outcome
from domain.log.database_url import log_environment
from domain.rulings import LinkReports, ReportRef, WithdrawRuling
from tests.conftest import NewDatabase
from tests.language import BY_ANN, clash, header, post, statement


def test_a_posted_article_is_in_the_log_in_order(service: Service) -> None:
    outcome = service.log.post_article(post("a-1", statement(), clash()))
    notifications = service.log.read_log(0, 100)
    assert [type(service.log.decode(n)).__name__ for n in notifications] == [
        "ArticlePosted",
        "StatementReported",
        "ClashReported",
    ]
    positions = [n.id for n in notifications]
    assert positions == sorted(positions)
    stored = service.log.stored_article("a-1").digest
    assert outcome == Outcome(id="a-1", changed=True, position=positions[-1], version=3, stored=stored)
    assert service.log.position() == positions[-1]
    assert service.log.read_log(positions[0], 1)[0].id == positions[1]


def test_an_empty_log_is_at_position_0(service: Service) -> None:
    assert service.log.position() == 0
    assert service.log.read_log(0, 10) == []
    assert service.log.directory().names == {}


def test_a_moment_is_a_position_of_the_log(service: Service) -> None:
    for number in range(5):
        service.log.post_article(post(f"a-{number}", statement(), clash()))
    stored = service.log.read_log(0, 100)
    recorded = {event.id: service.log.decode(event).timestamp for event in stored}
    end = stored[-1].id
    for moment in recorded.values():
        expected = max(position for position, at in recorded.items() if at <= moment)
        assert service.log.position_at(moment, end) == expected
    assert service.log.position_at(min(recorded.values()) - timedelta(seconds=1), end) == 0
    assert service.log.position_at(max(recorded.values()), stored[0].id) == stored[0].id


def test_the_same_article_again_changes_nothing(service: Service) -> None:
    first = service.log.post_article(post("a-1", clash()))
    again = service.log.post_article(post("a-1", clash()))
    assert (first.changed, again.changed) == (True, False)
    assert again.position == first.position == service.log.position()


def test_other_content_under_the_same_id_is_refused(service: Service) -> None:
    service.log.post_article(post("a-1", clash()))
    with pytest.raises(ArticleDiffers):
        service.log.post_article(post("a-1", clash(killed=1)))
    service.log.retract_article(RetractArticle("a-1", None, BY_ANN))
    with pytest.raises(ArticleIsRetracted):
        service.log.post_article(post("a-1", clash()))


def test_an_article_posted_from_sixteen_threads_is_recorded_once(service: Service) -> None:
    with ThreadPoolExecutor(16) as threads:
        outcomes = list(threads.map(lambda _: service.log.post_article(post("a-1", clash())), range(16)))
    assert sorted(outcome.changed for outcome in outcomes) == [False] * 15 + [True]
    assert len(service.log.read_log(0, 100)) == 2


def test_changes_from_many_threads_are_all_recorded(service: Service) -> None:
    service.log.post_article(post("a-1", *(clash(killed=n) for n in range(6))))
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda n: service.log.retract_report(RetractReport("a-1", n, None, BY_ANN)), range(1, 6)))
    assert service.log.article("a-1").reports == {6: clash(killed=5)}


def test_each_article_of_a_batch_succeeds_or_fails_alone(service: Service) -> None:
    service.log.post_article(post("old", clash()))
    outcomes = service.log.post_articles(
        [
            post("new", clash()),
            post("bad", clash("SYR", "SYR")),
            post("old", clash()),
            post("old", statement()),
            post("twice", clash()),
            post("twice", clash()),
        ]
    )
    assert [o.changed if isinstance(o, Outcome) else type(o) for o in outcomes] == [
        True,
        InvalidFacts,
        False,
        ArticleDiffers,
        True,
        False,
    ]


def test_a_batch_of_new_articles_goes_into_one_transaction(service: Service) -> None:
    outcomes = service.log.post_articles([post(f"a-{n}", clash()) for n in range(50)])
    assert [outcome.position for outcome in outcomes if isinstance(outcome, Outcome)] == [
        n.id for n in service.log.read_log(0, 1000) if n.originator_version == 2
    ]


def test_changing_an_article_that_does_not_exist_is_refused(service: Service) -> None:
    for change in (
        lambda: service.log.revise_article(ReviseArticle("x", header(), (clash(),), None, BY_ANN)),
        lambda: service.log.correct_report(CorrectReport("x", 1, clash(), None, BY_ANN)),
        lambda: service.log.retract_report(RetractReport("x", 1, None, BY_ANN)),
        lambda: service.log.retract_article(RetractArticle("x", None, BY_ANN)),
        lambda: service.log.article_history("x"),
    ):
        with pytest.raises(ArticleNotFound):
            change()


def test_a_refused_change_records_nothing(service: Service) -> None:
    service.log.post_article(post("a-1", clash()))
    position = service.log.position()
    with pytest.raises(InvalidFacts):
        service.log.revise_article(ReviseArticle("a-1", header(), (), None, BY_ANN))
    with pytest.raises(InvalidFacts):
        service.log.correct_report(CorrectReport("a-1", 1, clash(killed=-1), None, BY_ANN))
    assert service.log.position() == position


def test_an_articles_history_is_what_happened_to_it(service: Service) -> None:
    service.log.post_article(post("a-1", clash()))
    service.log.post_article(post("a-2", clash()))
    service.log.revise_article(ReviseArticle("a-1", header(), (statement(),), "later", BY_ANN))
    history = service.log.article_history("a-1")
    assert [type(event) for event in history[:2]] == [ArticlePosted, ClashReported]
    assert [event.originator_version for event in history] == [1, 2, 3, 4, 5]


def test_actors_are_registered_once_and_gain_names(service: Service) -> None:
    log = service.log
    assert log.register_actor(RegisterActor("NATO", ActorKind.ORGANISATION, "NATO", ("Alliance",), BY_ANN)).changed
    assert not log.register_actor(
        RegisterActor("NATO", ActorKind.ORGANISATION, "NATO", ("Alliance",), BY_ANN)
    ).changed
    assert log.register_actor(
        RegisterActor("NATO", ActorKind.ORGANISATION, "NATO", ("Atlantic Alliance",), BY_ANN)
    ).changed
    assert log.add_actor_name(AddActorName("NATO", "OTAN", BY_ANN)).changed
    assert log.directory().find("otan") == log.directory().find("atlantic alliance") == ("NATO",)
    with pytest.raises(ActorDiffers):
        log.register_actor(RegisterActor("NATO", ActorKind.STATE, "NATO", (), BY_ANN))
    with pytest.raises(ActorNotFound):
        log.add_actor_name(AddActorName("XYZ", "Nobody", BY_ANN))


def test_of_several_actors_all_are_registered_or_none(service: Service) -> None:
    log = service.log
    nato = RegisterActor("NATO", ActorKind.ORGANISATION, "NATO", ("Alliance",), BY_ANN)
    syria = RegisterActor("SYR", ActorKind.STATE, "Syria", (), BY_ANN)
    with pytest.raises(InvalidFacts):
        log.register_actors([nato, RegisterActor("no code", ActorKind.STATE, "?", (), BY_ANN)])
    assert log.position() == 0
    log.register_actors([nato])
    with pytest.raises(ActorDiffers):
        log.register_actors([syria, nato])
    assert log.position() == 1
    assert log.directory().names == {"NATO": "NATO"}


def test_a_directory_sees_what_another_process_registered(new_database: NewDatabase) -> None:
    environment = log_environment(new_database())
    with Detente(environment) as one, Detente(environment) as other:
        assert one.directory().find("otan") == ()
        other.register_actor(RegisterActor("NATO", ActorKind.ORGANISATION, "NATO", ("OTAN",), BY_ANN))
        other.post_article(post("a-1", clash()))
        assert one.directory().find("otan") == ("NATO",)


@pytest.mark.parametrize("url", ["mysql://x", "sqlite://x", "", "/var/x.db"])
def test_an_unknown_database_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="sqlite:///"):
        log_environment(url)


def test_a_postgresql_url_gives_the_library_its_parts() -> None:
    environment = log_environment("postgresql://ann:p%40ss@db.example:6432/relations")
    assert {name: environment[f"POSTGRES_{name}"] for name in ("DBNAME", "HOST", "PORT", "USER", "PASSWORD")} == {
        "DBNAME": "relations",
        "HOST": "db.example",
        "PORT": "6432",
        "USER": "ann",
        "PASSWORD": "p@ss",
    }


def test_a_batch_of_hundreds_of_kilobytes_is_recorded_at_once(service: Service) -> None:
    reports = [clash(killed=n, summary="What happened, in many words. " * 10) for n in range(20)]
    outcomes = service.log.post_articles([post(f"a-{n}", *reports) for n in range(100)])
    assert all(isinstance(outcome, Outcome) and outcome.changed for outcome in outcomes)
    assert len(service.log.read_log(0, 10_000)) == 100 * 21


def test_many_may_open_a_log_at_once(new_database: NewDatabase) -> None:
    environment = log_environment(new_database())
    for _ in range(10):  # not only where nothing is there yet
        with ThreadPoolExecutor(8) as pool:
            opened = list(pool.map(lambda _: Detente(environment), range(8)))
        assert {log.position() for log in opened} == {0}
        for log in opened:
            log.close()


def test_one_article_is_changed_by_32_writers_of_two_services(new_database: NewDatabase) -> None:
    environment = log_environment(new_database())
    with closing(Detente(environment)) as ours, closing(Detente(environment)) as theirs:
        ours.post_article(post("a-1", clash()))

        def write(number: int) -> Outcome:
            log = ours if number % 2 else theirs
            return log.revise_article(ReviseArticle("a-1", header(), (clash(killed=number),), None, BY_ANN))

        with ThreadPoolExecutor(32) as threads:
            outcomes = list(threads.map(write, range(1, 65)))
        assert all(outcome.changed for outcome in outcomes)
        assert ours.article("a-1").version == max(outcome.version for outcome in outcomes)


def test_names_are_read_while_actors_are_registered(service: Service) -> None:
    before = service.log.directory()
    for number in range(3):
        code = f"NEW-{number}"
        service.log.register_actor(RegisterActor(code, ActorKind.GROUP, code, (), BY_ANN))
        now = service.log.directory()
        assert (before.find(code), now.find(code)) == ((), (code,))  # who reads sees nothing move
        before = now


def test_rulings_are_read_while_others_are_withdrawn(service: Service) -> None:
    service.log.post_article(post("a-1", clash(), clash(killed=1)))
    reports = (ReportRef("a-1", 1), ReportRef("a-1", 2))
    nothing = service.log.ruling_register()
    service.log.link_reports(LinkReports(reports, "one clash", BY_ANN, "r-1"))
    made = service.log.ruling_register()
    service.log.withdraw_ruling(WithdrawRuling("r-1", "two clashes", BY_ANN))
    withdrawn = service.log.ruling_register()
    standing = [register.ruling_on(reports[1]) for register in (nothing, made, withdrawn)]
    assert [entry and entry.id for entry in standing] == [None, "r-1", None]
    assert [entry.stands for entry in withdrawn.newest_first()] == [False]
