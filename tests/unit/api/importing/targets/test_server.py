"""What a server's answers mean for the rows of an import."""

from typing import Any

import httpx
import pytest

from api.importing.rows import CodedArticle, Reject, RowPlace
from api.importing.targets.server import _check, _name_taken, _path, _post_result, _wrong_events
from api.importing.targets.target import TargetFailed
from tests.language import clash, post

REQUEST = httpx.Request("POST", "http://127.0.0.1/v1/actors")


@pytest.fixture
def entry() -> CodedArticle:
    posted = post("a-1", clash(), clash("RUS", "TUR"))
    rows = (RowPlace("x.tsv", 1), RowPlace("x.tsv", 2))
    return CodedArticle(
        article_id="a-1", header=posted.header, reports=tuple(posted.reports), rows=rows, data_set="keds"
    )


def problem(code: str = "invalid", **fields: Any) -> dict[str, Any]:
    return {"type": f"urn:detente:problem:{code}", "detail": "it is so", **fields}


def test_events_that_stand_in_the_way_are_told_apart_from_what_is_wrong_with_the_article() -> None:
    of_event = {"pointer": "/events/1/killed", "code": "too-many", "detail": "is too many"}
    of_article = {"pointer": "/published", "code": "too-early", "detail": "is too early"}
    assert _wrong_events({}) == {}
    assert _wrong_events({"problem": problem(errors=[of_event, of_event])}).keys() == {1}
    assert _wrong_events({"problem": problem(errors=[of_event, of_article])}) == {}
    assert _wrong_events({"problem": problem(errors=[{"code": "x", "detail": "y"}])}) == {}


def test_what_failed_at_the_server_fails_and_what_was_refused_is_rejected(entry: CodedArticle) -> None:
    failed = _post_result(entry, {"status": 503, "problem": problem()})
    assert failed.failed == "the server answers 503: it is so"
    refused = _post_result(entry, {"status": 409, "problem": problem("article-retracted")})
    assert [reject.reason for reject in refused.rows if isinstance(reject, Reject)] == ["article-retracted"] * 2
    faulty = _post_result(entry, {"status": 422, "problem": problem(errors=[{"code": "a", "detail": "b"}])})
    assert [reject.reason for reject in faulty.rows if isinstance(reject, Reject)] == ["a", "a"]


def test_each_event_of_a_delivery_has_its_fate(entry: CodedArticle) -> None:
    events = [{"fate": "added"}, {"code": "repeated-id", "detail": "is given twice"}]
    found = _post_result(
        entry, {"status": 200, "events": events, "new_articles": 1, "left_out": ["/events/0/quote", "/headline"]}
    )
    assert found.rows[0] == "added"
    assert isinstance(found.rows[1], Reject)
    assert (found.new_articles, found.redacted) == (1, 1)


def test_an_answer_that_is_no_success_ends_the_import_with_what_the_server_says() -> None:
    _check(httpx.Response(200, request=REQUEST))
    for content, said in ((b'{"detail": "it is so"}', "it is so"), (b"[]", "Bad Gateway"), (b"x", "Bad Gateway")):
        with pytest.raises(TargetFailed, match=said):
            _check(httpx.Response(502, content=content, request=REQUEST))


def test_a_name_that_is_anothers_is_told_from_other_conflicts() -> None:
    error = {"pointer": "/aliases/1", "code": "name-taken", "detail": "it is another's"}
    taken = _name_taken(httpx.Response(409, json=problem("name-taken", errors=[error])))
    assert taken is not None
    assert [(fault.path, fault.detail) for fault in taken.faults] == [(("aliases", 1), "it is another's")]
    assert "it is so" in str(_name_taken(httpx.Response(409, json=problem("name-taken"))))
    assert _name_taken(httpx.Response(409, json=problem("actor-differs"))) is None
    assert _name_taken(httpx.Response(201, json={})) is None
    assert _path("/aliases/1") == ("aliases", 1)
