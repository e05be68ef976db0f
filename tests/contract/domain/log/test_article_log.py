"""Articles posted again, revised and expected in a state, on every kind of store."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager

import pytest
from eventsourcing.persistence import RecordConflictError

from api.running.service import Service
from domain.actors import ActorKind, RegisterActor
from domain.articles import CorrectReport, PostArticle, RetractArticle, RetractReport
from domain.errors import ArticleDiffers, ArticleIsRetracted, PreconditionFailed
from domain.events import Expectation
from domain.log.application import Detente
from domain.log.article_log import Outcome
from domain.log.database_url import log_environment
from domain.posting import OnConflict, PostingRule
from tests.language import BY_ANN, clash, post, statement


def test_what_is_recorded_already_uses_up_no_positions(database_url: str) -> None:
    """Whoever sends it again, alone or in a batch, and whoever is refused: the next position is the next."""
    commands = [post(f"a-{n}", clash(killed=n)) for n in range(5)]
    with opened(database_url, 1) as (log,), ThreadPoolExecutor(4) as threads:
        end = log.post_articles(commands)[-1]
        assert isinstance(end, Outcome)
        for _ in range(2):
            assert {again.changed for again in map(log.post_article, commands)} == {False}
            assert log.post_articles(commands) == [
                Outcome(id=it.article_id, changed=False, position=end.position, version=2) for it in commands
            ]
        assert [type(it) for it in log.post_articles([post("a-1", clash()), post("a-2", statement())])] == [
            ArticleDiffers,
            ArticleDiffers,
        ]
        assert log.position() == end.position
        raced = post("new", clash())
        outcomes = list(threads.map(lambda _: log.post_articles([raced, *commands])[0], range(4)))
        assert {it.position for it in outcomes if isinstance(it, Outcome)} == {end.position + 2}
        assert log.post_article(post("newer", clash())).position == end.position + 4


def test_a_write_that_comes_second_uses_up_no_positions(database_url: str) -> None:
    with opened(database_url, 2) as (log, other):
        article = log.preview_article(post("a-1", clash())).article
        first = other.post_article(post("a-1", clash()))
        with pytest.raises(RecordConflictError):
            log.save(article)
        _, seen = log.directory_seen()
        actor = RegisterActor("NATO", ActorKind.ORGANISATION, "NATO", (), BY_ANN)
        named = other.register_actor(actor)
        with pytest.raises(RecordConflictError):
            log.save(log.preview_article(post("a-2", clash())).article, seen=seen)
        assert log.post_article(post("a-3", clash())).position == named.position + 2 == first.position + 3


def test_an_article_that_comes_again_in_its_batch_meets_the_first(service: Service) -> None:
    """However many there are, each is read and recorded in the order of the batch."""
    outcomes = service.log.post_articles(
        [
            post("a", clash()),
            post("b", clash()),
            post("a", clash(killed=1)),
            post("b", clash()),
            post("a", clash(killed=1)),
            post("a", clash(killed=1)),
        ],
        PostingRule(OnConflict.REVISE),
    )
    assert [(it.changed, it.revised) for it in outcomes if isinstance(it, Outcome)] == [
        (True, False),
        (True, False),
        (True, True),
        (False, False),
        (False, False),
        (False, False),
    ]
    positions = [it.position for it in outcomes if isinstance(it, Outcome)]
    assert positions == sorted(positions)


def test_articles_of_many_events_are_read_one_part_after_the_other(service: Service) -> None:
    long = [post(name, *(clash(killed=n) for n in range(900))) for name in "abcd"]
    assert {it.changed for it in service.log.post_articles(long) if isinstance(it, Outcome)} == {True}
    again = service.log.post_articles([*long, post("e", clash())])
    assert [it.changed for it in again if isinstance(it, Outcome)] == [False] * 4 + [True]


def test_an_article_that_is_recorded_is_revised_if_the_rule_says_so(service: Service) -> None:
    log, revising = service.log, PostingRule(OnConflict.REVISE, "a new edition")
    assert log.post_article(post("a-1", clash(), statement()), revising).revised is False
    outcome = log.post_article(post("a-1", clash(killed=3), statement()), revising)
    assert (outcome.changed, outcome.revised) == (True, True)
    assert [type(event).__name__ for event in log.article_history("a-1")[3:]] == [
        "ArticleRevised",
        "ReportRetracted",
        "ClashReported",
    ]
    assert {getattr(event, "reason", "a new edition") for event in log.article_history("a-1")} == {"a new edition"}
    again = log.post_article(post("a-1", statement(), clash(killed=3)), revising)
    assert (again.changed, again.revised) == (False, False)


def test_what_was_retracted_stays_so_unless_the_rule_restores_it(service: Service) -> None:
    log = service.log
    log.post_article(post("a-1", clash()))
    position = log.retract_article(RetractArticle("a-1", "a hoax", BY_ANN)).position
    for command in (post("a-1", clash()), post("a-1", clash(killed=1))):
        with pytest.raises(ArticleIsRetracted):
            log.post_article(command, PostingRule(OnConflict.REVISE))
        assert isinstance(log.post_articles([command], PostingRule(OnConflict.REVISE))[0], ArticleIsRetracted)
    assert log.position() == position
    assert log.post_article(post("a-1", clash()), PostingRule(OnConflict.RESTORE)).revised
    assert not log.article("a-1").retracted


@pytest.mark.parametrize("processes", [1, 2])
def test_of_writers_who_saw_the_same_state_one_wins(database_url: str, processes: int) -> None:
    """Whether they are threads of one process, or of several."""
    with opened(database_url, processes) as logs:
        logs[0].post_article(post("a-1", clash()))
        revisions = [post("a-1", clash(killed=number)) for number in range(1, 9)]
        assert race(logs, revisions, lambda it: it is not None and it.version == 2) == ["late"] * 7 + ["won"]
        assert race(logs, [post("new", clash())] * 8, lambda it: it is None) == ["late"] * 7 + ["won"]
        assert len(logs[0].article_history("a-1")) == 5


def race(logs: Sequence[Detente], commands: Sequence[PostArticle], expects: Expectation) -> list[str]:
    """Post all at once, each in the state that is expected; return who won and who was late."""

    def attempt(number: int) -> str:
        rule = PostingRule(OnConflict.RESTORE, None, expects)
        try:
            logs[number % len(logs)].post_article(commands[number], rule)
        except PreconditionFailed:
            return "late"
        return "won"

    with ThreadPoolExecutor(len(commands)) as threads:
        return sorted(threads.map(attempt, range(len(commands))))


@contextmanager
def opened(database_url: str, processes: int) -> Iterator[list[Detente]]:
    """Open a log several times, as so many processes would."""
    with ExitStack() as stack:
        yield [stack.enter_context(closing(Detente(log_environment(database_url)))) for _ in range(processes)]


def test_a_change_of_what_is_in_another_state_than_expected_is_refused(service: Service) -> None:
    log = service.log
    position = log.post_article(post("a-1", clash())).position
    changes: tuple[Callable[[], object], ...] = (
        lambda: log.retract_article(RetractArticle("a-1", None, BY_ANN), never),
        lambda: log.correct_report(CorrectReport("a-1", 1, clash(killed=1), None, BY_ANN), never),
        lambda: log.retract_report(RetractReport("a-1", 1, None, BY_ANN), never),
    )
    for change in changes:
        with pytest.raises(PreconditionFailed):
            change()
    assert log.position() == position


def never(_: object) -> bool:
    return False
