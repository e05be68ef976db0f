"""Many pairs at once stand as each of them does by itself."""

from datetime import date

import pytest

from api.running.service import Service
from projections.publishers.stale_weights import read_incident_columns
from projections.queries.question import Question
from projections.queries.relation import relation_at
from projections.queries.surveys.networks import BriefRelation, most_tense_actors, network_at, relations_among
from projections.scoring.models import MODEL_2026_1
from projections.storage.connection import Connection
from projections.times import to_day

DAY = to_day(date(2020, 2, 12))
QUESTIONS = [Question(DAY), Question(DAY - 8), Question(DAY, model=MODEL_2026_1), Question(DAY, known_at=2**60)]


def assert_as_alone(connection: Connection, relations: list[BriefRelation], question: Question) -> None:
    for relation in relations:
        alone = relation_at(connection, relation.pair, question)
        assert (relation.state, relation.since, relation.incidents) == (alone.state, alone.since, alone.incidents)
        assert relation.tension == pytest.approx(alone.scores.tension)
        assert relation.cooperation == pytest.approx(alone.scores.cooperation)


@pytest.mark.parametrize("question", QUESTIONS)
def test_ties_are_as_each_relation_is(shared_seeds: Service, question: Question) -> None:
    with shared_seeds.store.reading() as connection:
        found = network_at(connection, "TUR", question, 20, read_incident_columns)
        among = relations_among(connection, ["SYR", "TUR", "RUS"], question, read_incident_columns)
        assert_as_alone(connection, [*found.relations, *among], question)
    aligned = {("RUS", "SYR")} if question.model.uses_alignments else set()  # the two have no incident together
    assert {relation.pair for relation in among} == {("RUS", "TUR"), ("SYR", "TUR")} | aligned
    assert {"SYR", "RUS"} <= set(found.neighbours)
    assert found.others == 0


def test_a_network_of_few_counts_the_others(shared_seeds: Service) -> None:
    with shared_seeds.store.reading() as connection:
        whole = network_at(connection, "TUR", Question(DAY), 20, read_incident_columns)
        few = network_at(connection, "TUR", Question(DAY), 1, read_incident_columns)
    assert few.neighbours == ["SYR"]
    assert few.others == len(whole.neighbours) - 1
    assert [relation.pair for relation in few.relations] == [("SYR", "TUR")]


def test_the_most_tense_actors_are_those_of_the_tensest_pairs(shared_seeds: Service) -> None:
    with shared_seeds.store.reading() as connection:
        found = most_tense_actors(connection, Question(DAY), 2, (), read_incident_columns)
        without = most_tense_actors(connection, Question(DAY), 3, ("SYR",), read_incident_columns)
    assert found == ["SYR", "TUR"]
    assert "SYR" not in without
