"""What the views for SQL say, beside the answers that the API is made of."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection

from api.http.schemas.incidents import reported_place
from projections.pairs import Pair
from projections.queries.agreements import agreements_on
from projections.queries.articles import latest_articles, reports_by_incident
from projections.queries.load_pairs import load_all_incidents
from projections.queries.question import Question
from projections.queries.tension_series import Interval, tension_points
from projections.storage.views.definitions import definitions_in
from projections.storage.views.sql_dialects import PostgresqlDialect, SqliteDialect
from projections.times import to_date
from tests.contract.asking import all_relations

Record = dict[str, Any]
SCORES = ("tension", "cooperation", "conflict_pressure", "cooperation_pressure", "spillover_pressure")
close = pytest.approx


def view_rows(connection: Connection, view: str, today: int, condition: str = "1 = 1") -> list[Record]:
    """Return the rows of a view as they are on a day; dates as dates, on SQLite too."""
    is_sqlite = connection.dialect.name == "sqlite"
    dialect = type("Then", (SqliteDialect if is_sqlite else PostgresqlDialect,), {"today": str(today)})()
    statement = f"SELECT * FROM ({definitions_in(dialect)[view]}) AS shown WHERE {condition}"  # noqa: S608
    found = connection.exec_driver_sql(statement if is_sqlite else statement.replace("%", "%%"))
    rows = [dict(row) for row in found.mappings()]
    return [{name: _as_date(name, value) for name, value in row.items()} for row in rows]


def _as_date(name: str, value: Any) -> Any:
    is_date = name == "day" or name.endswith(("_day", "_incident", "since")) or name == "affirmed"
    return date.fromisoformat(value) if is_date and isinstance(value, str) else value


def assert_views_agree(connection: Connection, day: int, pairs: Iterable[Pair]) -> None:
    """Hold the views, as of a day, against the answers to a plain question of that day; series of some pairs."""
    question = Question(day)
    now = view_rows(connection, "relation_now", day)
    answers = {found.pair: found for found in all_relations(connection, question)}
    if all(row["settled"] for row in now):
        _assert_facts_agree(connection, question)
    weights_settled = not connection.exec_driver_sql("SELECT * FROM stale_weights").all()
    if not weights_settled:
        assert not any(row["settled"] for row in now)
        return
    assert {(row["a"], row["b"]) for row in now} == answers.keys()
    for row in now:
        answer = answers[row["a"], row["b"]]
        scores = answer.scores
        expected = (
            scores.tension,
            scores.cooperation,
            scores.conflict,
            scores.cooperation_pressure,
            scores.spillover,
        )
        assert tuple(row[name] for name in SCORES) == close(expected, abs=1e-9)
        assert (row["incidents"], row["publishers"]) == (answer.incidents, answer.publishers)
        if row["settled"]:
            since = None if answer.since is None else to_date(answer.since)
            assert (row["state"], row["since"], row["day"]) == (answer.state.value, since, to_date(day))
    for pair in pairs:
        _assert_series_agrees(connection, question, pair)


def _assert_series_agrees(connection: Connection, question: Question, pair: Pair) -> None:
    found = tension_points(connection, pair, question, None, Interval.DAY)
    rows = view_rows(connection, "tension_daily", question.day, f"a = '{pair[0]}' AND b = '{pair[1]}'")
    if found.history.days() is None:
        assert rows == []
        return
    rows.sort(key=lambda row: row["day"])
    assert [row["day"] for row in rows] == [to_date(point.day) for point in found.points]
    for row, point in zip(rows, found.points, strict=True):
        expected = (point.tension, point.cooperation, point.conflict, point.cooperation_pressure, point.spillover)
        assert tuple(row[name] for name in SCORES) == close(expected, abs=1e-9)


def _assert_facts_agree(connection: Connection, question: Question) -> None:
    incidents = [each for of_pair in load_all_incidents(connection, question).values() for each in of_pair]
    assert sorted(
        (r["id"], r["a"], r["b"], r["day"], r["publishers"], r["reports"], r["killed"], r["weight"])
        for r in view_rows(connection, "incident", question.day)
    ) == sorted((i.id, i.a, i.b, to_date(i.day), i.publishers, i.reports, i.killed, i.weight) for i in incidents)
    reports = reports_by_incident(connection, (each.id for each in incidents), question)
    assert {row["id"]: row["place"] for row in view_rows(connection, "incident", question.day)} == {
        each.id: reported_place(reports.get(each.id, ())) for each in incidents
    }
    assert sorted(
        (r["incident"], r["article_id"], r["number"], r["publisher"], r["counts_as"] or "")
        for r in view_rows(connection, "incident_report", question.day)
    ) == sorted(
        (id_, r.article_id, r.number, r.publisher, r.counts_as or "")
        for id_, of_one in reports.items()
        for r in of_one
    )
    entries = (agreement.entry for agreement in agreements_on(connection, question))
    assert sorted(
        (r["id"], r["title"], r["parties"], r["status"], r["since"], r["status_since"])
        for r in view_rows(connection, "agreement_status", question.day)
    ) == [
        (e.agreement, e.title, ";".join(e.parties), e.status.value, to_date(e.since), to_date(e.status_since))
        for e in entries
    ]
    assert sorted(
        (r["id"], r["publisher"], r["published"], bool(r["retracted"]), r["headline"])
        for r in view_rows(connection, "article", question.day)
    ) == sorted(
        (e.article_id, e.publisher, e.published, e.retracted, e.headline)
        for _, e in latest_articles(connection, None, 1000)
    )
