"""Lists read their pages by themselves, and tell of one state of the log however it moves meanwhile."""

import json
from typing import Any

import httpx
import pytest
from detente_client import Client, MovedWarning
from detente_client.errors import ListMovedError

FOUND = {
    "source": "RUS", "target": "TUR", "reciprocal": False, "type": "ASSAULT", "day": "2020-01-01", "publishers": 1,
    "reports": 1,
}  # fmt: skip


class MovingLog:
    """A service whose incidents are `now`, and were others at the `known_at` of its first answer."""

    def __init__(
        self, before: list[str], now: list[str], moves_behind: int = 1, *, knows_times: bool = True
    ) -> None:
        self.before, self.now = before, now
        self.moves_behind = moves_behind
        self.knows_times = knows_times
        self.asked: list[dict[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        asked = dict(request.url.params)
        has_moved = len(self.asked) >= self.moves_behind
        self.asked.append(asked)
        ids = self.now if has_moved and "known_at" not in asked else self.before
        start, limit = int(asked.get("cursor", "0")), int(asked["limit"])
        following = str(start + limit) if start + limit < len(ids) else None
        page: dict[str, Any] = {
            "items": [self.item(each) for each in ids[start : start + limit]],
            "next": following,
            "position": 8 if has_moved else 7,
        }
        if self.knows_times:
            page |= {"as_of": "2020-03-06", "known_at": "2020-03-05T10:00:00.000001Z"}
        return httpx.Response(200, content=json.dumps(page).encode())

    def item(self, name: str) -> dict[str, Any]:
        if self.knows_times:
            return {**FOUND, "id": name}
        return {"code": name, "kind": "state", "name": name}

    @property
    def client(self) -> Client:
        return Client("http://service", transport=httpx.MockTransport(self))


def names(count: int, first: int = 0) -> list[str]:
    return [f"i{number}" for number in range(first, first + count)]


def test_pages_are_asked_for_one_by_one() -> None:
    log = MovingLog(names(1200), names(1200), moves_behind=99)
    listing = iter(log.client.incidents())
    assert next(listing).id == "i0"
    assert len(log.asked) == 1
    assert sum(1 for _ in listing) == 1199
    assert [asked.get("cursor") for asked in log.asked] == [None, "500", "1000"]


def test_the_day_of_the_first_page_holds_for_all() -> None:
    log = MovingLog(names(600), names(600), moves_behind=99)
    list(log.client.incidents())
    assert [asked.get("as_of") for asked in log.asked] == [None, "2020-03-06"]


@pytest.mark.parametrize("limit", [1, 499, 500, 501, 1200, 5000])
def test_a_limit_is_of_all_pages(limit: int) -> None:
    log = MovingLog(names(1200), names(1200), moves_behind=99)
    assert [each.id for each in log.client.incidents(limit)] == names(min(limit, 1200))
    assert max(int(asked["limit"]) for asked in log.asked) <= min(limit, 500)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_of_nothing_is_refused_where_it_is_given(limit: int) -> None:
    with pytest.raises(ValueError, match="give at least 1"):
        MovingLog([], []).client.incidents(limit)


@pytest.mark.parametrize("moves_behind", [1, 2, 3])
def test_a_list_goes_on_as_it_was_when_the_log_moves(moves_behind: int) -> None:
    log = MovingLog(names(1700), [*names(600, 5000), *names(1700)], moves_behind)
    assert [each.id for each in log.client.incidents()] == names(1700)
    assert log.asked[-1]["known_at"] == "2020-03-05T10:00:00.000001Z"


def test_a_list_that_was_asked_for_as_known_at_a_time_is_not_begun_anew() -> None:
    log = MovingLog(names(1200), names(1300))
    found = list(log.client.at(known_at="2020-03-05").incidents())
    assert (len(found), len(log.asked)) == (1200, 3)
    assert {asked["known_at"] for asked in log.asked} == {"2020-03-05"}


def test_a_list_without_times_says_that_it_moved() -> None:
    log = MovingLog(names(1200), names(1200), knows_times=False)
    with pytest.warns(MovedWarning, match="from position 7 to 8"):
        found = list(log.client.actors())
    assert len(found) == 1200


def test_a_list_that_has_become_shorter_is_an_error() -> None:
    log = MovingLog(names(900), names(900))
    listing = iter(log.client.incidents())
    for _ in range(500):
        next(listing)
    log.before = names(400)
    with pytest.raises(ListMovedError, match="begin anew"):
        list(listing)


def test_each_time_it_is_gone_through_it_is_asked_for_anew() -> None:
    log = MovingLog(names(2), names(3))
    listing = log.client.incidents()
    assert [len(list(listing)), len(list(listing))] == [2, 3]
    assert listing.first() is not None
    assert listing.head().position == 8
