"""How PostgreSQL can find what reads ask for: by an index, wherever SQLite does.

A plan of few rows says little of many, so going through a table is forbidden first: then there is none but where
no index helps.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event, text

from api.app import create_app
from api.running.settings import Settings
from tests.contract.api.http.routes.test_query_plans import GROWING, UNKNOWN, may_be_gone_through
from tests.contract.api.http.routes.test_statements import PATHS
from tests.e2e.app_client import AppClient, client_of
from tests.postgres import Databases

pytestmark = pytest.mark.postgresql

Asked = tuple[Any, Any]  # a statement and its parameters
_BY_INDEX = {"Index Scan", "Index Only Scan"}
_OF_FEW = {"developments_of_ceasefires"}  # which a plan may begin with
#: Has the planner take tables for long: it looks how many pages there are, and here how many rows are on one.
_MANY = text(
    "UPDATE pg_class SET reltuples = 10000000, relpages = 1"
    " WHERE relkind = 'r' AND relname = ANY(:tables) AND relnamespace NOT IN ("
    "SELECT oid FROM pg_namespace WHERE nspname LIKE 'pg_%')"
)


@pytest.fixture(scope="module")
def noted() -> Iterator[list[Asked]]:
    """Return what connections, from now on, are asked: a list that grows."""
    asked: list[Asked] = []

    class Noting(psycopg.Cursor[Any]):
        def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
            asked.append((query, params))
            return super().execute(query, params, **options)

    def note(connection: Any, _record: object) -> None:
        if isinstance(connection, psycopg.Connection):
            connection.cursor_factory = Noting

    event.listen(Engine, "connect", note)
    yield asked
    event.remove(Engine, "connect", note)


@pytest.fixture(scope="module")
def app(databases: Databases, noted: list[Asked]) -> Iterator[AppClient]:
    assert noted == []  # from before there are connections
    url = databases.make()
    app = create_app(Settings(database_url=url, seed=True, projector="none"))
    with client_of(app) as client:
        client.app = app
        app.state.service.projector.catch_up()
        with app.state.service.store.writing() as connection:
            connection.execute(_MANY, {"tables": sorted(GROWING)})
        yield client
    databases.drop(url)


@contextmanager
def planning(client: AppClient) -> Iterator[Any]:
    """Yield a function that returns the plan of a statement, where no table may be gone through."""
    with client.app.state.service.store.reading() as connection, connection.connection.cursor() as cursor:
        for way in ("seqscan", "hashjoin", "mergejoin"):  # joins by which a side is gone through
            cursor.execute(f"SET LOCAL enable_{way} = off")

        def plan(query: Any, parameters: Any = None) -> Any:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {query}", parameters)
            (found,) = cursor.fetchone()
            return (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]

        yield plan


def gone_through(plan: dict[str, Any], *, limited: bool = False) -> Iterator[tuple[str, str]]:
    """Yield the tables that grow of which a plan goes through all rows, or through a whole index, and the step.

    What is `limited` stops after the first rows in the order of an index, unless it looks for some of them.
    """
    kind, table = plan["Node Type"], plan.get("Relation Name")
    stops = (limited and "Filter" not in plan) or plan.get("Index Name") in _OF_FEW
    if table in GROWING and (kind == "Seq Scan" or (kind in _BY_INDEX and "Index Cond" not in plan and not stops)):
        yield table, kind
    for part in plan.get("Plans", ()):
        yield from gone_through(part, limited=kind == "Limit")


@pytest.mark.parametrize("path", [*PATHS, *UNKNOWN])
def test_a_read_goes_through_no_table_that_grows(app: AppClient, noted: list[Asked], path: str) -> None:
    article = app.get("/v1/articles?limit=1").json()["items"][0]["id"]
    noted.clear()

    app.get(path.replace("{article}", article))

    asked = {
        str(query): parameters for query, parameters in noted if str(query).lstrip().startswith(("SELECT", "WITH"))
    }
    found: defaultdict[str, list[str]] = defaultdict(list)
    with planning(app) as plan:
        for query, parameters in asked.items():
            if any(name in query for name in GROWING):
                for table, step in gone_through(plan(query, parameters)):
                    found[table].append(f"{step}: {query}")
    assert {table: steps for table, steps in found.items() if table not in may_be_gone_through(path)} == {}


def test_a_scan_would_be_seen(app: AppClient) -> None:
    with planning(app) as plan:
        assert [*gone_through(plan("SELECT publisher FROM articles AS x WHERE x.headline = 'a'"))] != []
        assert [*gone_through(plan("SELECT article_id FROM articles ORDER BY article"))] != []
        assert [*gone_through(plan("SELECT publisher FROM articles WHERE article = 1"))] == []
