"""Which articles may be documents of a data set, by their ids."""

import pytest

from api.running.event_places import is_of

MADE_FROM_URL = "2ed6657d-e927-568b-95e1-2665a8aea6a2"


@pytest.mark.parametrize(
    ("data_set", "article_id", "is_it"),
    [
        ("icews", "icews-2020-01", True),
        ("icews", "gdelt-2020-01", False),
        ("gdelt", MADE_FROM_URL, True),
        ("gdelt", f"{MADE_FROM_URL}:0123456789ab", True),
        ("icews", MADE_FROM_URL, False),
        ("gdelt", "2ed6657d-e927-468b-95e1-2665a8aea6a2", False),
        ("gdelt", "an-article", False),
    ],
)
def test_an_id_tells_whether_an_article_may_be_a_document(data_set: str, article_id: str, is_it: bool) -> None:
    assert is_of(data_set, article_id) is is_it
