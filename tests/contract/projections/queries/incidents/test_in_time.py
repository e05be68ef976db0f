"""The incidents of a stretch of time are those of all pairs, however they are asked for."""

from collections.abc import Iterator
from datetime import date

import pytest

from api.running.service import Service
from projections.queries.incidents import in_time as module
from projections.queries.incidents.in_time import TooManyIncidents, incidents_in_time
from projections.queries.incidents.incident_filter import IncidentFilter
from projections.queries.incidents.search import find_incidents
from projections.queries.load_pairs import load_all_incidents
from projections.queries.question import Question
from projections.scoring.incidents import Incident
from projections.scoring.models import MODEL_2026_1
from projections.storage.connection import Connection
from projections.times import to_day

DAY = to_day(date(2020, 2, 12))
QUESTIONS = [Question(DAY), Question(DAY - 5), Question(DAY, model=MODEL_2026_1), Question(DAY, known_at=2**60)]
ASKED = [
    IncidentFilter(),
    IncidentFilter(first=DAY - 9),
    IncidentFilter(types=("ACCUSE", "ASSAULT")),
    IncidentFilter(("RUS",), first=DAY - 9),
    IncidentFilter(("TUR",), ("AGREE",)),
]


def all_of(connection: Connection, question: Question) -> Iterator[Incident]:
    for of_pair in load_all_incidents(connection, question).values():
        yield from of_pair


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("asked", ASKED)
def test_incidents_are_all_that_are_meant(
    shared_seeds: Service, question: Question, asked: IncidentFilter
) -> None:
    with shared_seeds.store.reading() as connection:
        found = incidents_in_time(connection, asked, question)
        expected = {
            each.id: each
            for each in all_of(connection, question)
            if (asked.first or 0) <= each.day <= question.day
            and (not asked.types or each.type in asked.types)
            and all(actor in (each.a, each.b) for actor in asked.actors)
        }
    assert {each.id: each for each in found} == expected
    assert [each.id for each in found] == [e.id for e in sorted(found, key=lambda e: (-e.day, e.id))]
    assert expected


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("said", [{"publisher": "reuters"}, {"place": "IDLIB"}, {"text": "strike"}])
def test_what_reports_say_decides_as_it_does_where_incidents_are_looked_for(
    shared_seeds: Service, question: Question, said: dict[str, str]
) -> None:
    wanted = IncidentFilter(first=DAY - 40, **said)  # type: ignore[arg-type]
    with shared_seeds.store.reading() as connection:
        found = incidents_in_time(connection, wanted, question)
        looked_for = find_incidents(connection, question, wanted, None, 1000).found
    assert found == [told.incident for told in looked_for]
    assert found


def test_too_many_are_refused(shared_seeds: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_INCIDENTS", 3)
    with shared_seeds.store.reading() as connection, pytest.raises(TooManyIncidents, match="incidents"):
        incidents_in_time(connection, IncidentFilter(), Question(DAY))
