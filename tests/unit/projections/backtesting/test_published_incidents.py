"""Incidents as readers could know them, by days of publication."""

from typing import Any

import numpy as np

from projections.backtesting.backtest import Cases, Method, methods_as_published, methods_of
from projections.backtesting.incident_table import IncidentTable
from projections.backtesting.published_incidents import (
    NO_END,
    ArticleVersion,
    PublishedIncidents,
    Readable,
    ReadClaim,
    ReadTurn,
    article_versions,
    published_incidents,
)
from projections.scoring.incidents import NO_ALIASES, Claim
from projections.scoring.models import DEFAULT_MODEL
from projections.scoring.spillover import Tie

PAIRS = [("A", "B"), ("A", "C"), ("B", "C")]


def test_an_article_that_was_never_revised_is_read_from_its_day_on() -> None:
    assert article_versions([(5, None)]) == [ArticleVersion(Readable(5), None)]


def test_each_day_has_the_last_version_that_was_published_by_then() -> None:
    first, second, third = (1, 100), (9, 200), (5, None)
    assert article_versions([first, second, third]) == [
        ArticleVersion(Readable(1, 5), 100),
        ArticleVersion(Readable(5, 9), None),
        ArticleVersion(Readable(9), None),
    ]
    assert article_versions([(9, 100), (5, None)]) == [
        ArticleVersion(Readable(5, 9), None),
        ArticleVersion(Readable(9), None),
    ]
    assert article_versions([(1, 100), (1, 200), (9, None)])[0] == ArticleVersion(Readable(1, 9), 200)


def test_what_was_taken_back_with_the_article_is_no_version() -> None:
    headers = [(1, 100), (2, 300), (9, None)]
    assert article_versions(headers, 200)[0] == ArticleVersion(Readable(2, 9), 300)
    assert article_versions(headers, 300) == [ArticleVersion(Readable(9), None)]


def test_a_version_has_what_stood_as_it_ended() -> None:
    stands, former = ArticleVersion(Readable(1), None), ArticleVersion(Readable(1, 9), 100)
    assert [stands.has(*known) for known in ((50, None), (50, 70))] == [True, False]
    periods = ((50, None), (50, 100), (50, 99), (100, None), (99, 100))
    assert [former.has(*known) for known in periods] == [True, True, False, False, True]


def claim(publisher: str, killed: int | None = None) -> Claim:
    return Claim("A>B:ASSAULT:3", "A", "B", False, "ASSAULT", 3, "clash", publisher, killed, None)


def test_an_incident_stands_otherwise_as_more_is_published_of_it() -> None:
    read = [
        ReadClaim(claim("one"), Readable(3)),
        ReadClaim(claim("two", 40), Readable(7, 9)),
        ReadClaim(claim("two", 4), Readable(9)),
        ReadClaim(claim("One again", 4), Readable(12)),
    ]
    found = published_incidents(read, DEFAULT_MODEL, {"One again": "one"})
    assert [((i.publishers, i.reports, i.killed), readable) for i, readable in found] == [
        ((1, 1, None), Readable(3, 7)),
        ((2, 2, 40), Readable(7, 9)),
        ((2, 2, 4), Readable(9, 12)),
        ((2, 3, 4), Readable(12, NO_END)),
    ]


def test_what_a_later_version_takes_back_has_an_end() -> None:
    found = published_incidents([ReadClaim(claim("one"), Readable(3, 8))], DEFAULT_MODEL, NO_ALIASES)
    assert [readable for _, readable in found] == [Readable(3, 8)]


def rows() -> list[tuple[Any, ...]]:
    return [
        (*PAIRS[day // 3 % 3], day, "ASSAULT" if day % 7 else "CONSULT", -4.5 + day % 2, True) for day in range(90)
    ]


def scored(table: IncidentTable, on: Cases) -> list[Method]:
    return methods_of(table, on, DEFAULT_MODEL)


def cases(table: IncidentTable, *cutoffs: int) -> Cases:
    nothing = np.zeros((len(table.pairs), len(cutoffs)), dtype=np.bool_)
    return Cases(table, np.array(cutoffs), 30, nothing, nothing, 0, 1)


def test_what_is_published_on_its_day_is_scored_as_ever() -> None:
    turn = ReadTurn("A", "C", 10, True, Readable(10))
    published = PublishedIncidents.of([(row, Readable(row[2])) for row in rows()], [turn])
    table = IncidentTable.of(rows(), ties=[Tie("A", "C", (10,), (True,))])
    on = cases(table, 5, 40, 80, 120)
    for one, other in zip(methods_as_published(published, on, scored), scored(table, on), strict=True):
        assert one[:2] == other[:2]
        np.testing.assert_allclose(one.scores, other.scores, rtol=1e-12)


def test_no_score_knows_what_was_published_after_the_cutoff() -> None:
    early = [(row, Readable(row[2] + 5)) for row in rows()]
    late = [((*PAIRS[0], day, "ASSAULT", -9.0, True), Readable(80)) for day in range(40)]
    turn = ReadTurn("A", "C", 10, True, Readable(80))
    on = cases(IncidentTable.of(rows()), 20, 60, 79)
    without, with_it = (
        methods_as_published(PublishedIncidents.of(some, turns), on, scored)
        for some, turns in ((early, []), (early + late, [turn]))
    )
    for one, other in zip(without, with_it, strict=True):
        np.testing.assert_array_equal(one.scores, other.scores)
