"""Articles that touch very many pairs: what is worked out of them is in proportion to these, and not squared."""

import itertools
from collections.abc import Callable
from time import thread_time
from typing import Final

import pytest

from domain.articles import Article
from domain.errors import InvalidFacts
from domain.report_rules import MAX_REPORTS
from domain.rulings import ReportRef, Ruling, RulingKind
from projections.evidence.evidence import evidence_of
from projections.scoring.incidents import Claim, incidents_of
from projections.scoring.models import DEFAULT_MODEL
from projections.suggestions.near_duplicates import near_duplicates
from tests.attacks.cost import cpu_seconds
from tests.e2e.support import article as sent
from tests.e2e.support import read
from tests.e2e.support import statement as said
from tests.language import BY_ANN, article, clash, header, statement
from tests.server import ServerClient

CPU: Final = 2.0  #: seconds of processor time
ONE_SIDE, OTHER_SIDE, ELSEWHERE = (" ".join(f"{side}{number}" for number in range(100)) for side in "ABC")


def with_parts() -> None:
    whole = statement(ONE_SIDE, OTHER_SIDE, ref="whole")
    assert len(evidence_of(article(whole, statement(ONE_SIDE, OTHER_SIDE, part_of="whole")))) == 20_000


def ruled_on() -> None:
    reports = {"a": statement(ONE_SIDE, OTHER_SIDE), "b": statement(ONE_SIDE, ELSEWHERE)}
    given = {id_: Article.post(id_, header(), [report], BY_ANN) for id_, report in reports.items()}
    named = [ReportRef(id_, 1) for id_ in given]
    with pytest.raises(InvalidFacts, match="no pair is in both"):
        Ruling.make(RulingKind.LINK, "r-1", named, "One night.", given, BY_ANN)


def in_many_places() -> None:
    crowds = (range(MAX_REPORTS), range(MAX_REPORTS, 2 * MAX_REPORTS))
    articles = [article(*(clash("A", "B", place=f"place {number}") for number in crowd)) for crowd in crowds]
    rows = [row for each in articles for row in evidence_of(each).values()]
    claims = [Claim(*(getattr(row, name) for name in Claim._fields)) for row in rows]
    assert near_duplicates(incidents_of(claims, DEFAULT_MODEL).values(), {}) == []


@pytest.mark.parametrize("work_out", [with_parts, ruled_on, in_many_places])
def test_what_an_article_comes_to_costs_as_much_as_it_says(work_out: Callable[[], None]) -> None:
    before = thread_time()
    work_out()
    assert thread_time() - before < CPU


def test_a_dry_run_of_many_pairs_on_many_days_costs_little(attacked: ServerClient) -> None:
    codes = [actor["code"] for actor in read(attacked, "/v1/actors", limit=15)["items"]]
    days = itertools.product(range(1, 11), range(1, 29))
    events = [said(codes[:10], codes[10:], f"2019-{month:02}-{day:02}") for month, day in days]
    before = cpu_seconds(attacked)
    answered = attacked.post("/v1/articles", params={"dry_run": True}, json=sent(*events))
    assert answered.is_success, answered.text
    assert cpu_seconds(attacked) - before < CPU
