"""How SQLite finds what reads ask for: no table that grows is gone through, but where all of it is asked for.

The statements are those that real requests make, so that a new one is looked at by itself.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import pytest
from sqlalchemy import Connection

from projections.queries.agreements import load_ceasefires_naming
from projections.queries.articles import reports_by_tie
from projections.queries.question import Question
from projections.storage.history.changed_since import BuildEnd, incidents_changed_since
from projections.storage.tables import metadata
from tests.contract.api.http.routes.test_statements import DAY, KNOWN, PAIR, PATHS, SCORED, transactions
from tests.e2e.app_client import AppClient, app_client

#: Tables that do not grow with the log: of what somebody decides on, or of what waits.
SMALL: Final = {
    "projection_progress",
    "actors",
    "parked_events",
    "publisher_aliases",
    "publisher_names",
    "stale_states",
    "stale_weights",
}
GROWING: Final = {table.name for table in metadata.sorted_tables} - SMALL
#: What is asked for is all there is, or a choice of it that no index makes: such reads go through these tables.
OF_ALL: Final = {
    "/v1/relations": {"relations", "evidence", "incidents", "incident_columns"},
    "/v1/matrix": {"relations", "evidence"},
    "/v1/pictures/matrix": {"relations", "evidence"},
    "/v1/actors/RUS/network": {"relations", "evidence"},
    "/v1/pictures/actors/RUS/network": {"relations", "evidence"},
    "/v1/models/tension-bands": {"evidence", "incidents"},
    "/v1/incidents/suggestions": {"relations"},
    "/v1/agreements": {"agreement_developments"},
    "/v1/publishers": {"articles"},
}
#: Of these, what is asked of all rows is in an index, which is a fraction of the table.
NARROW: Final = {"/v1/publishers": "articles"}
#: A page in the order of an index, which stops when it is full.
PAGES_IN_ORDER: Final = {"/v1/articles": {"articles"}}
#: Names that are not there, for which others are looked up that are like them.
UNKNOWN: Final = [
    f"{PAIR}?what_if=without_publisher:Nobody",
    f"{PAIR}?what_if=without_article:nothing",
    "/v1/agreements?actor=SYR&actor=TUR",
]
PUBLISHED: Final = [
    f"{path}?{asked}"
    for path in SCORED
    for asked in (f"{DAY}&published_by=2020-02-11", f"published_by=2020-02-11&{KNOWN}")
]
#: Indexes of few rows: of what analysts, or articles, say that it is one.
OF_FEW: Final = {"evidence_joined"}

#: The second is a search in name: it leaves out what belongs to no incident.
_GOES_THROUGH: Final = re.compile(r"SCAN (\w+)|SEARCH (?=(\w+) .*\(incident>\?\)$)")
_OF_ACTORS: Final = re.compile(r"incidents\.type = 'ASSAULT'[^)]*incidents\.[ab] IN")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppClient]:
    with app_client(tmp_path_factory.mktemp("plans"), settings={"projector": "none"}) as client:
        client.app.state.service.projector.catch_up()
        yield client


def scanned(client: AppClient, path: str) -> dict[str, list[str]]:
    """Return how the statements of a request go through tables that grow, by table."""
    with transactions() as seen:
        client.get(path)
    return _scanned_by(client, seen)


def _scanned_by(client: AppClient, seen: list[list[str]]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    with client.app.state.service.store.reading() as connection:
        for statement in {each for one in seen for each in one if each.lstrip().startswith(("SELECT", "WITH"))}:
            if any(name in statement for name in GROWING):  # and is not of the log, or of keys
                for table, step in scans(connection, statement).items():
                    found[table].append(f"{step}: {statement}")
    return found


def scans(connection: Connection, statement: str) -> dict[str, str]:
    """Return the steps of a statement that go through a table that grows, by table."""
    tables = {name: name for name in GROWING} | _aliases(statement)
    steps = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")]
    steps = [step for step in steps if not any(f" INDEX {index}" in step for index in OF_FEW)]
    named = [(match[1] or match[2], step) for step in steps if (match := _GOES_THROUGH.match(step))]
    return {tables[name]: step for name, step in named if tables.get(name) in GROWING}


def _aliases(statement: str) -> dict[str, str]:
    return {alias: table for table, alias in re.findall(r"\b(\w+) AS (\w+)", statement) if table in GROWING}


def may_be_gone_through(path: str) -> set[str]:
    """Return the tables that a request may go through."""
    route, _, query = path.partition("?")
    if "actor=" in query and route == "/v1/agreements":
        return set()
    return OF_ALL.get(route, set()) | PAGES_IN_ORDER.get(route, set())


@pytest.mark.parametrize("path", [*PATHS, *UNKNOWN, *PUBLISHED])
def test_a_read_goes_through_no_table_that_grows(app: AppClient, path: str) -> None:
    article = app.get("/v1/articles?limit=1").json()["items"][0]["id"]
    allowed = may_be_gone_through(path)

    found = scanned(app, path.replace("{article}", article))

    assert {table: statements for table, statements in found.items() if table not in allowed} == {}


@pytest.mark.parametrize(("path", "table"), NARROW.items())
def test_what_is_asked_of_all_rows_comes_from_an_index(app: AppClient, path: str, table: str) -> None:
    steps = scanned(app, f"{path}?limit=7")[table]  # which was not answered before
    assert steps
    assert [step for step in steps if "USING COVERING INDEX" not in step.partition(": ")[0]] == []


@pytest.mark.parametrize("query", ["as_of=2020-02-05", "as_of=2020-02-05&model=goldstein-mean"])
def test_the_clashes_of_actors_come_from_indexes_of_clashes(app: AppClient, query: str) -> None:
    with transactions() as seen:
        app.get(f"{PAIR}?{query}")
    seen = [[each for each in one if _OF_ACTORS.search(each)] for one in seen]
    assert steps_of(app, seen, "ASSAULT", "incidents") == {
        "SEARCH incidents USING INDEX incidents_of_clashes",
        "SEARCH incidents USING INDEX incidents_of_clashes_by_b",
    }


def test_reports_of_a_tie_come_from_the_index_of_alignments(app: AppClient) -> None:
    with transactions() as seen, app.app.state.service.store.reading() as connection:
        assert reports_by_tie(connection, [("TUR", "SYR-REB")], Question(18304))
    assert steps_of(app, seen, "FROM evidence", "evidence") == {
        "SEARCH evidence USING INDEX evidence_of_alignments"
    }


def test_ceasefires_of_pairs_come_from_the_index_of_ceasefires(app: AppClient) -> None:
    with transactions() as seen, app.app.state.service.store.reading() as connection:
        load_ceasefires_naming(connection, [("RUS", "TUR")])
    assert steps_of(app, seen, "'ceasefire'", "agreement") == {
        "SEARCH agreement_developments USING COVERING INDEX developments_of_ceasefires"
    }


def steps_of(client: AppClient, seen: list[list[str]], words: str, table: str) -> set[str]:
    """Return how statements with some words find rows of a table, or of some, without what they look for."""
    statements = {each for one in seen for each in one if words in each}
    with client.app.state.service.store.reading() as connection:
        steps = [row[3] for one in statements for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}")]
    return {re.sub(r" \(.*", "", step) for step in steps if table in step}


def test_what_changed_since_a_history_comes_from_indexes(app: AppClient) -> None:
    with transactions() as seen, app.app.state.service.store.reading() as connection:
        incidents_changed_since(connection, BuildEnd(position=1, recorded=2**62, parked=frozenset()))
    assert any("evidence" in each for one in seen for each in one)
    assert _scanned_by(app, seen) == {}


def test_a_scan_would_be_seen(app: AppClient) -> None:
    with app.app.state.service.store.reading() as connection:
        assert scans(connection, "SELECT publisher FROM articles AS x WHERE x.headline = 'a'") != {}
        assert scans(connection, "SELECT publisher FROM articles WHERE articles.article = 1") == {}


def test_columns_of_a_pair_come_from_an_index(app: AppClient) -> None:
    with transactions() as seen:
        app.get(f"{PAIR}/tension?interval=day&from=2014-03-05")  # which was not answered before
    of_incidents = {each for one in seen for each in one if "FROM incidents" in each}
    assert of_incidents
    with app.app.state.service.store.reading() as connection:
        steps = [
            row[3] for each in of_incidents for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {each}")
        ]
    assert [step for step in steps if "USING COVERING INDEX incidents_by_pair" not in step] == []
