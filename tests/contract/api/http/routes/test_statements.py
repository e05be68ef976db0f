"""What a read asks of the database: nothing twice, and no incident twice."""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, select

from projections.storage.incident_cache import IncidentCache
from projections.storage.tables import generations, progress, stale_states
from tests.e2e.app_client import AppClient, app_client

#: What is selected from incidents, as far as their table.
FROM_INCIDENTS = re.compile(r"SELECT (?:(?!SELECT|FROM ).)*FROM (?=(?:wanted CROSS JOIN )?incidents\b)", re.DOTALL)
#: ASSAULTs of either actor, whosever else: an index has all that is asked of them.
FROM_INDEX = "incidents.type = 'ASSAULT' AND"
#: The three heaviest, read whole: of all others the weights alone have been read, and of these too.
HEAVIEST = "incidents.day IN ("
#: What goes before the texts that all incidents come in: an index of pairs, and which weights there are.
BEFORE_ALL = ("count(*) AS number FROM incidents", "SELECT DISTINCT weight FROM incidents ORDER BY weight")
NOT_READ = (FROM_INDEX, HEAVIEST, *BEFORE_ALL)
IN_TEXTS = "group_concat(day)"
LOOK = str(select(progress.c.position, progress.c.revision, progress.c.recorded, progress.c.digest))
PAIR = "/v1/relations/RUS/TUR"
DAY = "as_of=2020-02-12"
KNOWN = "known_at=2100-01-01"
WITHOUT = "what_if=without_publisher:NN&what_if=without_publisher:Reuters&what_if=half_life_verbal:60"
TEMPLATES = {  # the routes, with a path of each
    "/v1/relations": "/v1/relations",
    "/v1/relations/{a}/{b}": PAIR,
    "/v1/relations/{a}/{b}/tension": f"{PAIR}/tension",
    "/v1/relations/{a}/{b}/incidents": f"{PAIR}/incidents",
    "/v1/relations/{a}/{b}/incidents/suggestions": f"{PAIR}/incidents/suggestions",
    "/v1/incidents": "/v1/incidents?text=attack&place=idlib",
    "/v1/incidents/suggestions": "/v1/incidents/suggestions",
    "/v1/relations/{a}/{b}/explanation": f"{PAIR}/explanation",
    "/v1/relations/{a}/{b}/clash-risk": f"{PAIR}/clash-risk",
    "/v1/relations/{a}/{b}/episodes": f"{PAIR}/episodes",
    "/v1/series": "/v1/series?pair=RUS,TUR&pair=SYR,TUR&from=2020-01-01&to=2020-02-12",
    "/v1/models/tension-bands": "/v1/models/tension-bands",
    "/v1/agreements": "/v1/agreements",
    "/v1/agreements/{agreement}": "/v1/agreements/idlib-dmz-2018",
    "/v1/actors": "/v1/actors",
    "/v1/actors/{actor}": "/v1/actors/RUS",
    "/v1/actors/{actor}/network": f"/v1/actors/RUS/network?{DAY}",
    "/v1/matrix": f"/v1/matrix?{DAY}&actor=SYR&actor=TUR&actor=RUS",
    "/v1/map": f"/v1/map?{DAY}",
    "/v1/pictures/relations/{a}/{b}/tension": f"/v1/pictures/relations/SYR/TUR/tension?format=vl.json&{DAY}",
    "/v1/pictures/actors/{actor}/network": f"/v1/pictures/actors/RUS/network?format=vl.json&{DAY}",
    "/v1/pictures/matrix": f"/v1/pictures/matrix?format=vl.json&{DAY}&actor=SYR&actor=TUR",
    "/v1/pictures/map": f"/v1/pictures/map?format=vl.json&{DAY}",
    "/v1/articles": "/v1/articles",
    "/v1/articles/{article_id}": "/v1/articles/{article}",
    "/v1/imports": "/v1/imports",
    "/v1/imports/{import_id}": "/v1/imports/none",
    "/v1/publishers": "/v1/publishers",
    "/v1/publishers/aliases": "/v1/publishers/aliases",
    "/v1/rulings": "/v1/rulings",
    "/v1/rulings/{ruling_id}": "/v1/rulings/none",
    "/v1/events": "/v1/events",
    "/v1/models": "/v1/models",
    "/health": "/health",
    "/health/live": "/health/live",
    "/health/ready": "/health/ready",
    "/metrics": "/metrics",
}
PAGES = ("/relations/RUS/TUR", "/relations/RUS/TUR/incidents")  # which make several answers at once
SCORED = [path for path in TEMPLATES.values() if path.startswith("/v1/relations") and "suggestions" not in path]
ASKED = ["", DAY, f"{DAY}&{KNOWN}", f"{DAY}&model=goldstein-mean", f"{DAY}&{WITHOUT}"]
OTHERS = [
    f"/v1/relations?{DAY}&state=hostile&state=open_conflict&state=strained&state=unknown&sort=pair",
    f"/v1/relations?{DAY}&{KNOWN}&state=open_conflict",
    f"{PAIR}/explanation?from=2019-01-01&to=2020-02-12",
    f"{PAIR}/explanation?to=2020-02-12&known_from=2000-01-01",
    f"{PAIR}/explanation?from=2019-01-01&to=2020-02-12&known_from=2100-01-01&known_to=2100-01-02",
    f"{PAIR}/explanation?from=2020-02-01&to=2020-02-12&{WITHOUT}",
    "/v1/relations/SYR/TUR?as_of=2020-02-05",
    *(f"{page}?{asked}" for page in PAGES for asked in (DAY, f"{DAY}&{KNOWN}", WITHOUT)),
]
PATHS = [*TEMPLATES.values(), *(f"{path}?{asked}" for path in SCORED for asked in ASKED if asked), *OTHERS]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppClient]:
    with app_client(tmp_path_factory.mktemp("statements"), settings={"projector": "none"}) as client:
        client.app.state.service.projector.catch_up()
        yield client


@contextmanager
def transactions() -> Iterator[list[list[str]]]:
    """Note each statement that SQLite executes, with its parameters in it, by transaction."""
    seen: list[list[str]] = []

    def note(connection: Connection) -> None:
        seen.append([])
        _driver_of(connection).set_trace_callback(seen[-1].append)

    def forget(connection: Connection) -> None:
        _driver_of(connection).set_trace_callback(None)

    listeners = (("begin", note), ("commit", forget), ("rollback", forget))
    for name, listener in listeners:
        event.listen(Engine, name, listener)
    try:
        yield seen
    finally:
        for name, listener in listeners:
            event.remove(Engine, name, listener)


def _driver_of(connection: Connection) -> sqlite3.Connection:
    driver: Any = connection.connection.dbapi_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def repeated(client: AppClient, path: str) -> list[str]:
    """Return what a request executes more than once.

    Every transaction begins with a look at which generation is live; and the cache of answers looks at the state
    of the tables now and then, in transactions of its own.
    """
    own, _ = asked_by(client, path)
    return [one for one, times in Counter(own).items() if times > 1]


def asked_by(client: AppClient, path: str) -> tuple[list[str], list[str]]:
    """Return what a request executes; and the ids of the incidents that it reads."""
    with transactions() as seen:
        answer = client.get(path)
    is_refused = any(part in path for part in ("what_if", "none", "model="))  # or may be
    assert answer.status_code == 200 or is_refused, answer.text
    asked = [[one for one in each if "SELECT" in one and generations.name not in one] for each in seen]
    kept = [each for number, each in enumerate(asked) if not is_given_up(each, asked[number + 1 :])]
    own = [one for each in kept if each != [LOOK] for one in each]
    with client.app.state.service.store.reading() as connection:
        ids = [
            id_
            for statement in own
            if FROM_INCIDENTS.search(statement) and not any(part in statement for part in NOT_READ)
            for (id_,) in connection.exec_driver_sql(ids_of(statement))
        ]
    return own, ids


def is_given_up(glance: list[str], later: list[list[str]]) -> bool:
    """Return whether a transaction was a glance that was not enough: a later one asks all of it anew, and more."""
    return any(set(glance) < set(each) for each in later)


def ids_of(statement: str) -> str:
    """Return a statement for the ids of the incidents that another one reads."""
    if IN_TEXTS in statement:
        return "SELECT incidents.id FROM incidents"
    return FROM_INCIDENTS.sub("SELECT incidents.id FROM ", statement)


def test_every_read_is_looked_at(app: AppClient) -> None:
    paths = app.get("/openapi.json").json()["paths"]
    assert set(TEMPLATES) == {path for path, operations in paths.items() if "get" in operations}


@pytest.mark.parametrize("path", PATHS)
def test_a_read_asks_nothing_twice(app: AppClient, path: str) -> None:
    article = app.get("/v1/articles?limit=1").json()["items"][0]["id"]

    assert repeated(app, path.replace("{article}", article)) == []


SAME = [  # which may read incidents for scores, states, intervals and the clash risk
    "/v1/relations?limit=999",
    f"/v1/relations?{DAY}",
    "/v1/relations?as_of=2020-02-05",
    "/v1/relations?as_of=2020-02-05&state=strained&state=open_conflict&state=unknown",
    "/v1/relations?state=strained&state=unknown",
    f"/v1/relations?{DAY}&{KNOWN}",
    f"/v1/relations?{DAY}&model=clash-count",
    f"{PAIR}?{DAY}",
    f"{PAIR}?as_of=2020-02-05",
    *PAGES,
    *(f"{page}?{DAY}" for page in PAGES),
]


@pytest.mark.parametrize("is_stale", [False, True], ids=["up to date", "stale"])
@pytest.mark.parametrize("path", SAME)
def test_no_incident_is_read_twice(app: AppClient, path: str, is_stale: bool) -> None:
    service = app.app.state.service
    service.incident_cache = IncidentCache()
    case = 1 + is_stale  # a position, which makes it another question to the cache of answers
    with service.store.writing() as connection:
        if is_stale:
            connection.exec_driver_sql("INSERT INTO stale_states VALUES ('RUS', 'TUR', 0), ('SYR', 'TUR', 0)")
    try:
        _, ids = asked_by(app, f"{path}{'&' if '?' in path else '?'}min_position={case}")
    finally:
        with service.store.writing() as connection:
            connection.exec_driver_sql("DELETE FROM stale_states")
    assert [id_ for id_, times in Counter(ids).items() if times > 1] == []


def test_a_first_look_sends_few_statements(app: AppClient) -> None:
    with transactions() as seen:
        app.get("/v1/relations/SYR/SYR-REB").raise_for_status()

    (of_look,) = [each for each in seen if any(stale_states.name in one for one in each)]
    selects = [one for one in of_look if one.lstrip().startswith(("SELECT", "WITH"))]
    # Which tables are live, where they stand, agreements, the pair, ties; its incidents, last clash, heaviest.
    assert len(selects) == 8


def test_what_is_out_of_date_is_worked_out_from_one_read(app: AppClient) -> None:
    service = app.app.state.service
    with service.store.writing() as connection:
        connection.exec_driver_sql("INSERT INTO stale_states VALUES ('RUS', 'TUR', 0)")
    try:
        assert repeated(app, f"{PAIR}?{DAY}&format=json") == repeated(app, f"/v1/relations?{DAY}&limit=999") == []
    finally:
        service.projector.fold()
