"""Caches filled by strangers' words: they are bounded by all that they keep."""

from typing import Final

from tests.attacks.cost import MEGABYTE, memory
from tests.server import ServerClient

PATH: Final = "/v1/relations/RUS/TUR"


def test_long_headers_do_not_fill_the_cache(attacked: ServerClient) -> None:
    assert attacked.get(PATH).is_success
    before = memory(attacked)
    for number in range(1000):
        accept = f"application/json, x/{number}, {'y' * 60_000}/z;q=0.1"
        assert attacked.get(PATH, headers={"Accept": accept}).is_success
    assert memory(attacked) - before < 30 * MEGABYTE  # they have 60 together


def test_the_way_in_which_a_format_is_asked_for_makes_no_other_answer(attacked: ServerClient) -> None:
    asked = ["text/csv", "text/csv;q=0.5", "application/json;q=0.1, text/csv", "text/*"]
    answers = [attacked.get(PATH, params={"as_of": "2020-02-12"}, headers={"Accept": accept}) for accept in asked]
    assert len({answer.headers["etag"] for answer in answers}) == 1
    assert len({answer.content for answer in answers}) == 1
    assert attacked.get(PATH, params={"as_of": "2020-02-12"}).headers["content-type"] == "application/json"
