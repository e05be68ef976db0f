"""Pairs with many incidents, on every kind of store: what is read of them in part is what the whole would say."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from sqlalchemy import select

from api.running.service import Service
from projections.pairs import Pair
from projections.queries.context import publishers
from projections.queries.explanations import explanation_of
from projections.queries.load_pairs import load_incidents, load_pair
from projections.queries.question import Exclusions, Question
from projections.queries.relation import contribution_page, contributions_at, relation_at, risk_shares_at
from projections.queries.stored import history_of_pair, learned_later
from projections.queries.stored.history_of_pair import StoredIncidents
from projections.scoring.clash_risk.risk_model import DEFAULT_RISK_MODEL
from projections.scoring.models import MODEL_2026_1, MODELS
from projections.storage.tables import evidence
from projections.times import to_day, to_micros
from tests.contract.projections.folding.acts import Act, lives, on_sqlite
from tests.examples import examples
from tests.language import BY_ANN, clash, cooperation, post, statement

DAY = to_day(date(2020, 2, 12))
NOW = Question(DAY)
SYR_TUR, RUS_TUR = ("SYR", "TUR"), ("RUS", "TUR")
PAIRS = [RUS_TUR, SYR_TUR, ("RUS", "SYR-REB"), ("FJI", "ISL")]
NO_SUCH_ARTICLE = Exclusions(articles=frozenset({1 << 40}))
QUESTIONS = [
    NOW,
    Question(DAY - 9),
    Question(DAY - 4000),
    NOW._replace(known_at=to_micros(BY_ANN.recorded)),
    NOW._replace(published_by=DAY - 5),
    NOW._replace(left_out=NO_SUCH_ARTICLE, what_if=("left out",)),
    *(NOW._replace(model=model) for model in MODELS.values()),
    NOW._replace(model=MODEL_2026_1.with_constants("slow", half_life_verbal=300, half_life_material=900)),
]


@pytest.fixture(params=[1, 200])
def of_many(request: pytest.FixtureRequest) -> Iterator[pytest.MonkeyPatch]:
    """Take every pair for one with many incidents, of which few days are looked up one by one, or many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history_of_pair, "_FEW", 0)
        patch.setattr(history_of_pair, "_FEW_DAYS", request.param)
        yield patch


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.usefixtures("of_many")
def test_a_page_of_incidents_is_a_part_of_the_whole_list(shared_seeds: Service, pair: Pair) -> None:
    with shared_seeds.store.reading() as connection:
        for question in QUESTIONS:
            scores, whole = contributions_at(connection, pair, question)
            for after, limit in ((0, 1), (1, 3), (2, 100), (len(whole), 5), (len(whole) + 3, 5)):
                page = contribution_page(connection, pair, question, after, limit)
                assert page == (scores, whole[after : after + limit], len(whole))


@pytest.mark.parametrize("pair", PAIRS)
def test_what_moved_is_the_same_whichever_way_incidents_are_read(
    shared_seeds: Service, pair: Pair, of_many: pytest.MonkeyPatch
) -> None:
    def explained(limit: int | None) -> list[object]:
        with shared_seeds.store.reading() as connection:
            return [
                explanation_of(connection, pair, question._replace(day=question.day - days), question, limit)
                for question in QUESTIONS
                if question.model.explains_changes
                for days in (0, 5, 30, 4000)
            ]

    few, every = explained(2), explained(None)
    of_many.setattr(history_of_pair, "_FEW", 1 << 40)
    assert (few, every) == (explained(2), explained(None))


def all_known(service: Service, instants: Collection[int]) -> list[object]:
    """Return what is answered about pairs on some days, as it was known at some instants."""
    found: list[object] = []
    with service.store.reading() as connection:
        for known_at in sorted(instants):
            for day in (DAY - 10, DAY, DAY + 300):
                question = Question(day, known_at)
                for pair in (RUS_TUR, SYR_TUR):
                    found.append(relation_at(connection, pair, question))
                    found.append(contribution_page(connection, pair, question, 0, 3))
                    found.append(risk_shares_at(connection, pair, question, DEFAULT_RISK_MODEL))
    return found


def assert_known_alike(service: Service, instants: Collection[int]) -> None:
    """Hold what is told by what was learned later against what all evidence says that was known."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history_of_pair, "_FEW", 0)
        patch.setattr(publishers, "_AT_ONCE", 1)
        found = all_known(service, instants)
        patch.setattr(learned_later, "_MOST", -1)
        patch.setattr(publishers, "_possible_publishers", lambda *_: ["nobody, so that all evidence is read"])
        assert found == all_known(service, instants)


def test_the_past_of_what_is_known_is_told_by_what_was_learned_later(shared_seeds: Service) -> None:
    with shared_seeds.store.reading() as connection:
        recorded = connection.execute(select(evidence.c.known_from).distinct()).scalars().all()
        ended = connection.execute(select(evidence.c.known_to).distinct()).scalars().all()
    assert_known_alike(
        shared_seeds, {instant - less for instant in {*recorded, *ended} - {None} for less in (0, 1)}
    )


@examples(5)
@given(lives())
def test_whatever_was_done_later_the_past_of_what_is_known_stays(done: Sequence[Act]) -> None:
    with TemporaryDirectory() as folder:
        service = on_sqlite(folder)
        instants = {to_micros(service.clock())}
        for act in done:
            act.do(service)
            instants.add(to_micros(service.clock()))
        service.projector.catch_up()
        assert_known_alike(service, instants)
        service.close()


def test_incidents_are_read_by_their_days(service: Service, of_many: pytest.MonkeyPatch) -> None:
    days = [f"2020-01-{day:02}" for day in range(1, 21)]
    told = [report for day in days for report in (clash(day=day), statement("TUR", "SYR", day))]
    service.log.post_article(post("a-1", *told, cooperation("SYR", "TUR", days[0]), clash("RUS", "SYR", days[0])))
    service.projector.catch_up()
    of_many.setattr(history_of_pair, "_FEW_DAYS", 3)
    with service.store.reading() as connection:
        expected = load_incidents(connection, [SYR_TUR], NOW)[SYR_TUR]
        found = load_pair(connection, SYR_TUR, NOW, asks_for_few=True).own.incidents
        assert isinstance(found, StoredIncidents)
        assert (len(found), found[-1], found[3:5]) == (41, expected[-1], expected[3:5])
        assert list(found) == list(reversed(found))[::-1] == expected
        with pytest.raises(IndexError):
            found[41]


def test_of_few_incidents_all_are_read_at_once(shared_seeds: Service) -> None:
    with shared_seeds.store.reading() as connection:
        history = load_pair(connection, SYR_TUR, NOW, asks_for_few=True)
    assert isinstance(history.own.incidents, list)
    assert len(history.own.incidents) > 0
