"""Given what is recorded, then which incidents are offered as one, page by page, on every store."""

import pytest

from api.running.service import Service
from domain.articles import Article
from domain.events import Provenance
from domain.rulings import LinkReports, ReportRef
from projections.suggestions import load_suggestions
from projections.suggestions.load_suggestions import (
    Start,
    Suggestion,
    suggestions_for,
    suggestions_from,
    unrecorded,
)
from tests.language import BY_ANN, agreement, article, clash, header, post

PAIRS = (("IRN", "SYR"), ("RUS", "TUR"), ("SYR", "TUR"))


@pytest.fixture
def reported(service: Service) -> Service:
    """Return a service with a strike on two days between each of three pairs, and two strikes of the last."""
    strikes = [clash(a, b, f"2020-02-{day}", killed=33) for a, b in PAIRS for day in ("03", "04")]
    more = [clash("SYR", "TUR", f"2019-02-{day}", killed=9, place="Idlib") for day in ("03", "05")]
    service.log.post_article(post("b-1", *strikes, *more))
    service.projector.catch_up()
    return service


def ids(found: list[Suggestion]) -> list[tuple[str, ...]]:
    return [tuple(incident.id for incident in each.found.incidents) for each in found]


def test_suggestions_come_by_pair_in_pages_of_bounded_work(
    reported: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    with reported.store.reading() as connection:
        whole = suggestions_from(connection, Start(), 10)
        assert whole.following is None
        assert [each.found.incidents[0][1:3] for each in whole.suggestions] == [*PAIRS, PAIRS[-1]]
        for most in (1, 4, 5000):
            monkeypatch.setattr(load_suggestions, "MOST_INCIDENTS", most)
            for limit in (1, 3):
                found: list[Suggestion] = []
                start: Start | None = Start()
                while start is not None:
                    page = suggestions_from(connection, start, limit)
                    assert len(page.suggestions) <= limit
                    found, start = [*found, *page.suggestions], page.following
                assert ids(found) == ids(whole.suggestions)


def test_each_incident_comes_with_its_reports_and_what_is_linked_is_not_offered(reported: Service) -> None:
    with reported.store.reading() as connection:
        page = suggestions_from(connection, Start(*PAIRS[0]), 10, PAIRS[0])
    (offered,) = page.suggestions
    reports = [ReportRef(each.article_id, each.number) for of in offered.reports.values() for each in of]
    assert reports == [ReportRef("b-1", 1), ReportRef("b-1", 2)]
    reported.log.link_reports(LinkReports(tuple(reports), "one", Provenance("ann", reported.clock())))
    reported.projector.catch_up()
    with reported.store.reading() as connection:
        assert suggestions_from(connection, Start(*PAIRS[0]), 10, PAIRS[0]).suggestions == []


def test_an_article_that_is_not_recorded_brings_suggestions_of_its_own(reported: Service) -> None:
    strike = clash("SYR", "TUR", "2020-02", killed=34)
    deal = agreement("RUS TUR", "2020-02-05", agreement="deal")
    with reported.store.reading() as connection:
        (offered,) = suggestions_for(connection, unrecorded(connection, article(strike, deal)))
        revised = Article.post("b-1", header(), (clash("IRN", "SYR", "2020-02-05", killed=33),), BY_ANN)
        assert suggestions_for(connection, unrecorded(connection, revised)) == []
    assert [len(offered.reports[incident.id]) for incident in offered.found.incidents] == [1, 1, 1]
