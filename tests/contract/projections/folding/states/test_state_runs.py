"""Stale states are made anew a few at a time, between pages, on every kind of store: nothing is lost."""

from collections.abc import Callable
from itertools import combinations, pairwise
from typing import Any

import pytest
from sqlalchemy import func, select

from api.operations.health import read_health
from api.running.service import Service
from domain.events import Provenance
from domain.reports import Report
from projections.folding.projector import Projector
from projections.folding.states import state_runs
from projections.folding.stretches import next_page
from projections.queries import load_pairs
from projections.queries.question import Question
from projections.queries.relation import relation_at
from projections.storage.tables import stale_states
from projections.times import to_micros
from tests.contract.tables import rows
from tests.language import backing, clash, post

ACTORS = ("IRN", "RUS", "SYR", "TUR", "USA")
PAIRS = list(combinations(ACTORS, 2))


class Crash(Exception):
    """The process ends here."""


class Slices(Projector):
    """A projector that says when it makes states anew, a pair at a time."""

    def __init__(self, service: Service, before: Callable[[int], object]) -> None:
        super().__init__(service.log, service.store)
        self.slices = 0
        self._before = before

    def _refresh(self) -> bool:
        self.slices += 1
        self._before(self.slices)
        return super()._refresh()


@pytest.fixture
def posted(service: Service, monkeypatch: pytest.MonkeyPatch) -> Service:
    """Return a service that has been told of many pairs at once, centuries apart."""
    monkeypatch.setattr(state_runs, "MOST_PAIRS", 1)
    for day in ("1500-01-01", "2020-02-01"):
        tell(service, f"all of {day}", *(clash(*pair, day) for pair in PAIRS))
    tell(service, "ties", backing("RUS", "SYR", "2020-02-01"))
    return service


def tell(service: Service, article_id: str, *reports: Report) -> None:
    by_ann = Provenance("ann", service.clock())
    service.log.post_article(post(article_id, *reports, provenance=by_ann, published="2020-02-01"))


def stale(service: Service) -> int:
    with service.store.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(stale_states)).scalar_one())


def folded_in_one_go(service: Service) -> dict[str, list[tuple[Any, ...]]]:
    service.store.clear()
    with pytest.MonkeyPatch.context() as all_at_once:
        all_at_once.setattr(state_runs, "MOST_PAIRS", 1000)
        Projector(service.log, service.store).catch_up()
    return rows(service.store)


def test_a_new_article_is_folded_after_one_slice_however_many_pairs_are_stale(posted: Service) -> None:
    seen: list[tuple[int, bool]] = []

    def look(slices: int) -> None:
        seen.append((stale(posted), posted.store.position() == posted.log.position()))
        if slices == 2:
            tell(posted, "late", clash("IRN", "RUS", "2020-01-31"))

    Slices(posted, look).catch_up()
    assert [is_up_to_date for _, is_up_to_date in seen[:3]] == [True, True, True]
    assert seen[2][0] >= len(PAIRS) - 2, "most pairs still wait"
    assert seen[-1] == (0, True)
    assert rows(posted.store) == folded_in_one_go(posted)


@pytest.mark.parametrize("lived", [1, 4])
def test_a_projector_that_ends_between_slices_loses_nothing(posted: Service, lived: int) -> None:
    def crash(slices: int) -> None:
        if slices > lived:
            raise Crash

    with pytest.raises(Crash):
        Slices(posted, crash).catch_up()
    waiting = stale(posted)
    assert 0 < waiting < len(PAIRS) + 1
    with posted.store.reading() as connection:
        for pair in PAIRS:  # what is stale is worked out from its incidents
            day = Question(18300)
            now, then = (
                relation_at(connection, pair, each) for each in (day, day._replace(known_at=_now(posted)))
            )
            assert (now.state, now.since) == (then.state, then.since)
    assert read_health(posted).projections[0].stale == waiting
    Projector(posted.log, posted.store).catch_up()
    assert rows(posted.store) == folded_in_one_go(posted)


def test_each_stale_pair_has_its_turn_whatever_becomes_stale_meanwhile(posted: Service) -> None:
    left: list[int] = []

    def post_of_the_first_pair(slices: int) -> None:
        left.append(stale(posted))
        if slices < 2 * len(PAIRS):
            tell(posted, f"more-{slices}", clash("IRN", "RUS", "2020-01-30"))

    Slices(posted, post_of_the_first_pair).catch_up()
    assert min(left[: len(PAIRS) + 2]) <= 1


def test_a_slice_is_bounded_by_the_incidents_that_it_goes_through(
    posted: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_runs, "MOST_PAIRS", 1000)
    monkeypatch.setattr(state_runs, "MOST_INCIDENTS", 4)  # two pairs' own
    left: list[int] = []
    Slices(posted, lambda _: left.append(stale(posted))).catch_up()
    assert all(0 < more - less <= 2 for more, less in pairwise(left))
    assert left[-1] == 0


def test_health_says_for_how_long_the_log_has_waited(posted: Service) -> None:
    (behind,) = read_health(posted).projections
    assert behind.lag == posted.log.position()
    assert behind.lag_seconds is not None
    assert behind.lag_seconds > 0
    lock = posted.store.lock("projector")
    assert lock.acquire()
    for _ in range(5):
        posted.clock()  # a second with each look
    found = read_health(posted)
    assert found.status == "degraded"
    assert any("seconds behind the log" in advice for advice in found.advice)
    lock.release()
    Projector(posted.log, posted.store).catch_up()
    (caught_up,) = read_health(posted).projections
    assert (caught_up.lag, caught_up.lag_seconds) == (0, 0.0)


def _now(service: Service) -> int:
    return to_micros(service.clock())


def test_a_page_ends_before_it_touches_too_many_pairs(posted: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(next_page, "PAGE_PAIRS", 12)
    day = "2020-01-30"
    tell(posted, "many", clash("IRN RUS", "SYR TUR", day), clash("IRN RUS SYR", "TUR USA", day))
    pages: list[int] = []
    Projector(posted.log, posted.store).catch_up(lambda position, _: pages.append(position))
    sizes = [after - before for before, after in pairwise([0, *sorted(set(pages))])]
    assert sizes == [11, 13, 3], "whole articles"
    assert rows(posted.store) == folded_in_one_go(posted)


def test_the_ties_that_count_are_the_same_whether_one_backs_few_or_many(
    posted: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(posted, "more ties", backing("RUS", "TUR"), backing("USA", "RUS"), backing("SYR", "XYZ"))
    tell(posted, "an end", backing("RUS", "SYR", "2020-01-31", development="ended"))
    posted.projector.catch_up()
    pairs = [*PAIRS, ("RUS", "XYZ"), ("SYR", "XYZ")]
    with posted.store.reading() as connection:
        as_of_few = load_pairs.load_ties_that_count(connection, pairs)
        monkeypatch.setattr(load_pairs, "_MANY", 0)
        assert load_pairs.load_ties_that_count(connection, pairs) == as_of_few
    found = {pair: [(tie.patron, tie.client) for tie in ties] for pair, ties in as_of_few.items()}
    assert found["RUS", "USA"] == [("RUS", "SYR"), ("RUS", "TUR"), ("USA", "RUS")]
    assert found["SYR", "XYZ"] == [("SYR", "XYZ")]
    assert found["RUS", "XYZ"] == []
