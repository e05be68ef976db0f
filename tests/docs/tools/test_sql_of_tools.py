"""The SQL on the pages of BI tools runs on PostgreSQL as the role that they make, and has the columns they say."""

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.docs.pages import Block, blocks
from tests.docs.tools.test_tool_pages import TOOLS, columns_of, marked
from tests.e2e.command import detente
from tests.postgres import Databases

Reader = psycopg.Connection[dict[str, Any]]

QUERIES = [block for block in marked("sql") if block.info != "sql grants"]
#: What the tools put in place of their own words in SQL.
INSTEAD = {
    "{{a}}": "'SYR'",
    "{{b}}": "'TUR'",
    "{{first_day}}": "'2020-01-01'",
    "{{last_day}}": "'2020-06-30'",
    "[[AND state = {{state}}]]": "",
    "$__timeFilter(day)": "day BETWEEN '2020-01-01T00:00:00Z' AND '2020-06-30T23:59:59.999Z'",
    "'$a'": "'SYR'",
    "'$b'": "'TUR'",
}


@pytest.fixture(scope="module")
def reader(databases: Databases) -> Iterator[Reader]:
    """Yield a connection of the role that reads, to a database with the seeds."""
    url = databases.make()
    seeded = detente(url, "seed")
    assert seeded.returncode == 0, seeded.stderr
    (grants,) = blocks(TOOLS / "superset.md", "sql grants")
    (password,) = re.findall("PASSWORD '(.*)'", grants.code)
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(grants.code.encode())
    with psycopg.connect(url, user="bi", password=password, autocommit=True, row_factory=dict_row) as connection:
        yield connection
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("DROP OWNED BY bi")
        owner.execute("DROP ROLE bi")
    databases.drop(url)


def in_sql(query: str) -> str:
    """Return a query as a tool sends it to the database."""
    for word, text in INSTEAD.items():
        query = query.replace(word, text)
    assert not re.search(r"\$|\{\{|\[\[", query), query
    return query


@pytest.mark.parametrize("block", QUERIES, ids=lambda block: block.name)
def test_a_query_has_the_columns_that_its_page_says(block: Block, reader: Reader) -> None:
    rows = reader.execute(in_sql(block.code).encode()).fetchall()
    assert rows, "no rows"
    assert list(rows[0]) == columns_of(block)
    for score in {"tension", "cooperation"} & rows[0].keys():
        assert all(isinstance(row[score], float) and 0 <= row[score] <= 100 for row in rows)


def test_a_state_may_be_chosen(reader: Reader) -> None:
    """In Metabase what stands in double brackets is there once its variable has a value."""
    (block,) = [block for block in QUERIES if "[[" in block.code]
    chosen = block.code.replace("[[", "").replace("]]", "").replace("{{state}}", "'unknown'")
    rows = reader.execute(in_sql(chosen).encode()).fetchall()
    assert {row["state"] for row in rows} == {"unknown"}


def test_there_are_queries_for_each_tool() -> None:
    assert {block.page.stem for block in QUERIES} == {"superset", "metabase", "grafana"}


def test_the_role_sees_no_keys_and_no_log(reader: Reader) -> None:
    """As the page on Superset promises: nothing but what is in the schema of the views."""
    tables = reader.execute(
        "SELECT nspname, relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace"
        " WHERE relkind = 'r' AND nspname NOT IN ('pg_catalog', 'information_schema')"
        " AND has_table_privilege(pg_class.oid, 'SELECT')"
    ).fetchall()
    assert tables == []
