"""Idlib in the spring of 2020, told as it came: which state each pair was in, by the default model."""

from collections.abc import Iterator
from datetime import date

import pytest

from api.http.schemas.sentences.relation_summaries import RelationView, summary
from api.importing.seeds import load_seeds
from api.running.service import Service
from domain.reports import Report
from projections.pairs import Pair
from projections.queries.load_pairs import load_pair
from projections.queries.question import Question
from projections.queries.relation import agreements_in_force, relation_at
from projections.scoring.pair_history import run_on
from projections.scoring.states import State
from projections.times import to_day
from tests.contract.asking import all_relations
from tests.language import agreement, backing, clash, cooperation, post, statement

FIGHTING = {State.HOSTILE, State.OPEN_CONFLICT}
RUS_SYR, RUS_TUR, SYR_TUR, NATO_SYR = ("RUS", "SYR"), ("RUS", "TUR"), ("SYR", "TUR"), ("NATO", "SYR")


def reported(publisher: str, published: str, *reports: Report) -> tuple[str, str, tuple[Report, ...]]:
    return publisher, published, reports


#: What was reported: by whom, published when.
STORY = [
    *(
        reported(publisher, "2020-02-28", clash("SYR", "TUR", "2020-02-27", killed=killed))
        for publisher, killed in (("Wire", 33), ("Agency", 22), ("Radio", 34), ("Gazette", 33))
    ),
    reported("Post", "2020-02-29", clash("RUS", "TUR", "2020-02-27", killed=33)),  # who flew is disputed
    reported(
        "Wire",
        "2020-03-02",
        statement("TUR", "NATO", "2020-02-28", "CONSULT", reciprocal=True),
        backing("NATO", "TUR", "1952"),
        clash("TUR", "SYR", "2020-03-01"),
    ),
    reported(
        "Wire",
        "2020-03-06",
        statement("RUS", "TUR", "2020-03-05", "CONSULT", reciprocal=True),
        agreement("RUS TUR", "2020-03-05", agreement="idlib-protocol-2020"),
    ),
    *(
        reported("Wire", day, cooperation("RUS", "TUR", day, type="COOPERATE", reciprocal=True))
        for day in ("2020-03-15", "2020-03-23", "2020-04-15", "2020-05-05", "2020-06-02")
    ),
    reported("Wire", "2020-03-20", clash("SYR-REB", "TUR", "2020-03-19", killed=2)),
]


@pytest.fixture
def told(sqlite_service: Service) -> Service:
    """Return a service with the seeds and the story, folded."""
    load_seeds(sqlite_service)
    for number, (publisher, published, reports) in enumerate(STORY):
        sqlite_service.log.post_article(
            post(f"story-{number}", *reports, publisher=publisher, published=published)
        )
    sqlite_service.projector.catch_up()
    return sqlite_service


def states(service: Service, pair: Pair, first: str = "2020-02-01", last: str = "2020-06-30") -> Iterator[State]:
    """Yield the state of a pair on each of some days."""
    days = [to_day(date.fromisoformat(day)) for day in (first, last)]
    with service.store.reading() as connection:
        question = Question(days[1])
        runs = load_pair(connection, pair, question).runs(question.model)
    return (run_on(day, runs)[0] for day in range(days[0], days[1] + 1))


def state_on(service: Service, pair: Pair, day: str) -> State:
    with service.store.reading() as connection:
        return relation_at(connection, pair, Question(to_day(date.fromisoformat(day)))).state


def test_russia_and_turkey_never_fight_though_russias_client_does(told: Service) -> None:
    assert FIGHTING.isdisjoint(states(told, RUS_TUR))
    assert state_on(told, RUS_TUR, "2020-03-15") is State.STRAINED_COOPERATION


def test_syria_and_turkey_are_at_war_for_thirty_days_after_the_last_clash(told: Service) -> None:
    assert state_on(told, SYR_TUR, "2020-02-12") is State.OPEN_CONFLICT
    assert state_on(told, SYR_TUR, "2020-03-20") is State.OPEN_CONFLICT
    assert state_on(told, SYR_TUR, "2020-04-01") is not State.OPEN_CONFLICT
    assert FIGHTING.isdisjoint(states(told, SYR_TUR, "2020-06-01"))


def test_who_backs_one_of_those_that_fight_is_not_hostile_to_the_other(told: Service) -> None:
    assert FIGHTING.isdisjoint(states(told, NATO_SYR))
    assert state_on(told, NATO_SYR, "2020-03-05") is State.UNKNOWN


def test_who_backs_another_is_aligned_where_nothing_else_is_known(told: Service) -> None:
    question = Question(to_day(date(2020, 2, 27)))
    for pair in (RUS_SYR, ("NATO", "TUR")):
        assert set(states(told, pair, "2020-02-01", "2020-02-27")) == {State.ALIGNED}
        with told.store.reading() as connection:
            listed = {each.pair: each for each in all_relations(connection, question)}[pair]
            alone = relation_at(connection, pair, question)
        assert (listed.state, listed.since) == (alone.state, alone.since)
        assert (alone.state, alone.tension_interval) == (State.ALIGNED, None)


def summary_on(service: Service, pair: Pair, day: str) -> str:
    question = Question(to_day(date.fromisoformat(day)))
    names = service.log.directory().names
    with service.store.reading() as connection:
        agreements = agreements_in_force(connection, pair, question)
        return summary(RelationView(relation_at(connection, pair, question), question, agreements, names))


def test_the_story_in_words(told: Service) -> None:
    assert summary_on(told, RUS_TUR, "2020-03-20") == (
        "As of 20 March 2020, Russia and Turkey have had relations that are strained and cooperative at once "
        "since 6 February 2020. Tension is 67.7 and cooperation 47.8, each of at most 100. About 52 % of the "
        "tension spills over from the conflicts of Syria (which Russia backs) with Turkey and of Syrian "
        "rebels (which Turkey backs) with Russia, which is no deed of the two. The trend is worsening: new "
        "conflict of the last 30 days weighs 9.6, 8.5 more than that of the 30 before (an assault told by 1 "
        "publisher weighs 4.5 on its day). For these two the conflict of the last 30 days is unusually much: "
        "it ranks at 97, where 0 is the quietest and 100 the most violent of 89 weeks before. The last "
        "assault between them was on 27 February 2020, 22 days before. What weighs most in tension, of "
        "what passed between the two: an assault by Russia against Turkey on 27 February 2020 (31.0 points of "
        "tension, 33 killed) and an accusation by Russia against Turkey between 3 and 9 February 2020 (1.8 "
        "points of tension); in cooperation: an act of cooperation between Russia and Turkey on 15 March 2020 "
        "(23.8 points of cooperation), an agreement between Russia and Turkey on 5 March 2020 (4.6 points of "
        "cooperation) and a consultation between Russia and Turkey on 5 March 2020 (4.6 points of cooperation). "
        "In force between them are "
        '"Demilitarised zone in Idlib", "idlib-protocol-2020" and "Withdrawal of the YPG from the Turkish '
        'border". The log knows of 15 incidents by then, told by 3 publishers; if each counted a little more or '
        "less, tension would be 47.9 to 78.5 in 8 of 10 cases."
    )
    assert summary_on(told, NATO_SYR, "2020-03-20") == (
        "As of 20 March 2020, how NATO and Syria stand is unknown: too little that counts was reported lately"
        " of what they did or said to each other. Tension is 49.4 and cooperation 0.0, each of at most 100. "
        "All of the tension spills over from the conflict of Turkey (which NATO backs) with Syria, which is "
        "no deed of the two: a state takes deeds or words of their own, so theirs is unknown all the same."
    )
    assert summary_on(told, RUS_SYR, "2020-02-27") == (
        "As of 27 February 2020, Russia and Syria have been aligned since 15 September 2015: Russia has "
        "counted as backing Syria since then, and too little that counts was reported lately of what they did "
        "or said to each other."
    )
