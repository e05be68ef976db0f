"""What is answered of deletions, one by one."""

from api.http.schemas.recorded import deletions_out
from domain.deliveries.delivery import Delivered, Fate
from domain.errors import ArticleNotFound, Fault


def test_each_deletion_is_answered_with_its_fate_or_why_it_is_refused() -> None:
    answer = deletions_out(
        [
            Delivered((Fate.RETRACTED,), position=7),
            Delivered((Fault(("ref",), "no-such-event", "there is none"),), position=5),
            ArticleNotFound("there is no article a"),
        ]
    )
    assert answer.position == 7
    assert [(each.fate, each.code, each.detail) for each in answer.events[:2]] == [
        ("retracted", None, None),
        ("refused", "no-such-event", "there is none"),
    ]
    assert answer.events[2].fate == "refused"
    assert answer.events[2].detail == "there is no article a"
    assert deletions_out([ArticleNotFound("a")]).position == 0
