"""Given what is recorded, then which incidents are found by who, what, when, where and in which words."""

from datetime import date

import pytest

from api.running.service import Service
from projections.queries.incidents import by_column, search
from projections.queries.incidents.by_column import all_incident_columns
from projections.queries.incidents.incident_filter import IncidentFilter
from projections.queries.incidents.search import (
    FoundIncident,
    LastFound,
    all_incidents,
    find_incidents,
)
from projections.queries.question import Question
from projections.times import from_micros, to_day
from tests.language import clash, post, statement

TODAY = Question(to_day(date(2020, 3, 1)))
STRIKE, OTHER_STRIKE = "SYR>TUR:ASSAULT:2020-02-03", "SYR>TUR:ASSAULT:2020-02-05"
THREAT, BLAME = "TUR>SYR:THREATEN:2020-02-05", "RUS>TUR:ACCUSE:2020-01-02"


@pytest.fixture(scope="module")
def reported(shared_service: Service) -> Service:
    """Return a service on which two publishers report four incidents; tests only read."""
    words = {"summary": "Shells fell on an Émigré quarter.", "place": "Saraqib, Idlib"}
    strikes = (clash(**words), clash(day="2020-02-05"))
    shared_service.log.post_article(post("a-1", *strikes, headline="A day of strikes"))
    threat = statement("TUR", "SYR", "2020-02-05", "THREATEN")
    shared_service.log.post_article(post("b-1", clash(), threat, publisher="TASS"))
    shared_service.log.post_article(post("c-1", statement(day="2020-01-02", type="ACCUSE", quote="Not 100% true")))
    shared_service.projector.catch_up()
    return shared_service


def ids(found: list[FoundIncident]) -> list[str]:
    return [each.incident.id for each in found]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (IncidentFilter(), [OTHER_STRIKE, THREAT, STRIKE, BLAME]),
        (IncidentFilter(actors=("TUR",)), [OTHER_STRIKE, THREAT, STRIKE, BLAME]),
        (IncidentFilter(actors=("RUS", "TUR")), [BLAME]),
        (IncidentFilter(types=("ASSAULT", "ACCUSE")), [OTHER_STRIKE, STRIKE, BLAME]),
        (IncidentFilter(first=to_day(date(2020, 2, 4))), [OTHER_STRIKE, THREAT]),
        (IncidentFilter(publisher="tass"), [THREAT, STRIKE]),
        (IncidentFilter(publisher="Reuters", types=("ASSAULT",), place="idlib"), [STRIKE]),
        (IncidentFilter(place="SARAQIB"), [STRIKE]),
        (IncidentFilter(text="emigre Quarter"), [STRIKE]),
        (IncidentFilter(text="day of strikes"), [OTHER_STRIKE, STRIKE]),
        (IncidentFilter(text="100%"), [BLAME]),
        (IncidentFilter(text="summary"), []),
        (IncidentFilter(actors=("FRA",)), []),
    ],
)
def test_all_that_is_looked_for_has_to_hold(
    reported: Service, wanted: IncidentFilter, expected: list[str]
) -> None:
    with reported.store.reading() as connection:
        assert ids(find_incidents(connection, TODAY, wanted, None, 10).found) == expected
        everything = TODAY._replace(published_by=TODAY.day)  # which is not answered by what is stored
        assert ids(find_incidents(connection, everything, wanted, None, 10).found) == expected


@pytest.mark.parametrize(("scans", "looked_up"), [(0, 50), (4, 50), (4, 0)])  # 0: days by their index
@pytest.mark.parametrize(("at_a_time", "in_arrays"), [(1, 1), (1, 2), (2, 3), (3, 2), (1, 99), (99, 99)])
@pytest.mark.parametrize(
    "wanted", [IncidentFilter(), IncidentFilter(actors=("RUS",)), IncidentFilter(actors=("FRA",))]
)
def test_all_of_them_by_column_are_all_of_them(
    reported: Service,
    monkeypatch: pytest.MonkeyPatch,
    wanted: IncidentFilter,
    at_a_time: int,
    in_arrays: int,
    scans: int,
    looked_up: int,
) -> None:
    limits = {"_AT_A_TIME": at_a_time, "_IN_ARRAYS": in_arrays, "_SCANS": scans, "_LOOKED_UP": looked_up}
    for name, limit in limits.items():
        monkeypatch.setattr(by_column, name, limit)
    everything = TODAY._replace(published_by=TODAY.day)  # which is not answered by what is stored
    for question in (TODAY, everything):
        with reported.store.reading() as connection:
            expected = [each for some in all_incidents(connection, question, wanted) for each in some]
            pieces = list(all_incident_columns(connection, question, wanted))
        for name in ("id", "a", "b", "direction", "type", "day", "publishers", "reports", "killed", "place"):
            assert [value for piece in pieces for value in piece[name]] == [getattr(it, name) for it in expected]
        assert [each.id for each in expected] == ids_of(wanted)


@pytest.mark.parametrize("tolls", [(None, None), (7, None), (None, 7)])
@pytest.mark.parametrize("at_a_time", [1, 2, 99])
def test_a_toll_is_in_all_of_them_by_column_wherever_it_stands(
    service: Service, monkeypatch: pytest.MonkeyPatch, tolls: tuple[int | None, int | None], at_a_time: int
) -> None:
    days = ("2020-02-03", "2020-02-05")
    told = [
        clash(day=day) if toll is None else clash(day=day, killed=toll)
        for day, toll in zip(days, tolls, strict=True)
    ]
    service.log.post_article(post("t-1", *told, statement(day="2020-01-02", type="ACCUSE")))
    service.projector.catch_up()
    monkeypatch.setattr(by_column, "_AT_A_TIME", at_a_time)
    monkeypatch.setattr(by_column, "_LOOKED_UP", 0)
    with service.store.reading() as connection:
        pieces = list(all_incident_columns(connection, TODAY, IncidentFilter()))
    killed = dict(zip((STRIKE, OTHER_STRIKE), tolls, strict=True))
    found = {id_: toll for piece in pieces for id_, toll in zip(piece["id"], piece["killed"], strict=True)}
    assert list(found) == [OTHER_STRIKE, STRIKE, BLAME]
    assert found == {**killed, BLAME: None}


def ids_of(wanted: IncidentFilter) -> list[str]:
    """Return the incidents that are of some actors, in their order."""
    return [
        each for each in (OTHER_STRIKE, THREAT, STRIKE, BLAME) if all(actor in each for actor in wanted.actors)
    ]


def test_they_come_with_their_reports_as_they_were_known_and_had_happened(reported: Service) -> None:
    with reported.store.reading() as connection:
        whole = find_incidents(connection, TODAY, IncidentFilter(), None, 10).found
        assert [[each.article_id for each in told.reported_by] for told in whole] == [
            ["a-1"],
            ["b-1"],
            ["a-1", "b-1"],
            ["c-1"],
        ]
        first_known = min(each.known_from for told in whole for each in told.reported_by)
        then = TODAY._replace(known_at=first_known)
        assert ids(find_incidents(connection, then, IncidentFilter(), None, 10).found) == [OTHER_STRIKE, STRIKE], (
            from_micros(first_known)
        )
        earlier = Question(to_day(date(2020, 2, 4)))
        assert ids(find_incidents(connection, earlier, IncidentFilter(), None, 10).found) == [STRIKE, BLAME]


@pytest.mark.parametrize("published_by", [None, TODAY.day])
@pytest.mark.parametrize("most", [1, 2, 2000])
def test_pages_of_bounded_work_come_to_the_whole(
    reported: Service, monkeypatch: pytest.MonkeyPatch, published_by: int | None, most: int
) -> None:
    monkeypatch.setattr(search, "MOST_LOOKED_AT", most)
    monkeypatch.setattr(search, "_READ_AT_ONCE", 1)
    monkeypatch.setattr(search, "_AT_ONCE", 1)
    question = TODAY._replace(published_by=published_by)
    for wanted in (IncidentFilter(), IncidentFilter(text="strikes")):
        with reported.store.reading() as connection:
            found: list[str] = []
            behind: LastFound | None = None
            for _ in range(10):
                page = find_incidents(connection, question, wanted, behind, 1)
                assert len(page.found) <= 1
                found += ids(page.found)
                behind = page.following
                if behind is None:
                    break
        expected = [OTHER_STRIKE, THREAT, STRIKE, BLAME] if wanted.text is None else [OTHER_STRIKE, STRIKE]
        assert found == expected
