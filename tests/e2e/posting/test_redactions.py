"""Redactions over HTTP: who may, what goes, what says so, and what is taken afterwards."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.e2e.app_client import AppClient, app_client


def told(name: str) -> dict[str, Any]:
    """Return an article of which a text says, in several fields, whose it is: that of one test."""
    return {
        "id": name,
        "publisher": "Reuters",
        "published": "2020-02-11",
        "headline": f"Headline of {name}",
        "events": [
            {
                "kind": "statement",
                "type": "ACCUSE",
                "source": "RUS",
                "target": "TUR",
                "occurred": "2020-02-10",
                "speaker": f"Speaker of {name}",
                "quote": f"Quote of {name}",
            },
            {"kind": "clash", "type": "ASSAULT", "source": "SYR", "target": "TUR", "occurred": "2020-02-10"},
            {
                "kind": "agreement",
                "parties": ["RUS", "TUR"],
                "agreement": "deal",
                "development": "reached",
                "occurred": "2020-02-10",
            },
        ],
    }


PATHS = (
    "/v1/articles/gone",
    "/v1/articles",
    "/v1/events?limit=1000",
    "/v1/relations/RUS/TUR/incidents?as_of=2020-02-11",
    "/v1/agreements/deal?as_of=2020-02-11",
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppClient]:
    with app_client(tmp_path_factory.mktemp("redactions")) as served:
        yield served


def ok(response: httpx.Response) -> Any:
    assert response.status_code in (200, 201), response.text
    return response.json()


def redact(client: httpx.Client, article: str, dry_run: bool = False, **asked: Any) -> httpx.Response:
    body = {"reason": f"Asked for {article}.", **asked}
    return client.post(f"/v1/articles/{article}/redactions", params={"dry_run": dry_run}, json=body)


def read(client: httpx.Client, path: str, position: int) -> httpx.Response:
    waited = {} if path.startswith(("/v1/articles/", "/v1/events")) else {"min_position": position}
    return client.get(httpx.URL(path).copy_merge_params(waited))


def test_what_is_redacted_is_in_no_answer_any_more_and_each_says_that_it_was(client: AppClient) -> None:
    posted = ok(client.post("/v1/articles", json=told("gone")))
    before = {path: read(client, path, posted["position"]) for path in PATHS}
    known_at = ok(before[PATHS[0]])["history"][-1]["recorded"]
    past = [httpx.URL(path).copy_merge_params({"known_at": known_at}) for path in PATHS[3:]]
    cached = [client.get(url) for url in past]
    assert all("of gone" in response.text for response in (*before.values(), *cached))
    preview = ok(redact(client, "gone", dry_run=True))
    assert (preview["dry_run"], preview["erased"], preview["position"]) == (True, None, None)
    done = ok(redact(client, "gone"))
    assert (done["changed"], done["erased"], done["texts"]) == (True, True, preview["texts"])
    assert [(text["version"], text["change"], text["fields"]) for text in done["texts"]] == [
        (1, "article-posted", ["headline"]),
        (2, "statement-reported", ["speaker", "quote"]),
    ]
    after = [read(client, path, done["position"]) for path in PATHS]
    then = [client.get(url) for url in past]
    assert [response.url for response in (*after, *then) if "of gone" in response.text] == []
    assert [response.url for response in (*after, *then) if "Asked for gone." not in response.text] == []
    for one, other in zip(cached, then, strict=True):
        assert one.headers["etag"] != other.headers["etag"]
    assert ok(then[0])["tension"] == ok(cached[0])["tension"]
    kept = [response.body for response in client.app.state.response_cache._responses._responses.values()]
    assert kept
    assert [body for body in kept if b"of gone" in body] == []


def test_an_article_says_which_texts_it_lost_when_by_whom_and_why(client: AppClient) -> None:
    ok(client.post("/v1/articles", json=told("says")))
    done = ok(redact(client, "says"))
    article = ok(client.get("/v1/articles/says"))
    redacted = article["history"][-1]
    assert (redacted["change"], redacted["reason"]) == ("article-redacted", "Asked for says.")
    lost = {"recorded": redacted["recorded"], "recorded_by": "anonymous", "reason": "Asked for says."}
    assert article["redacted"] == [{"field": "headline", **lost}]
    assert article["events"][0]["redacted"] == [{"field": "quote", **lost}, {"field": "speaker", **lost}]
    assert article["events"][1]["redacted"] == []
    assert article["history"][1]["redacted"] == article["events"][0]["redacted"]
    incidents = ok(read(client, PATHS[3], done["position"]))["items"]
    (reported,) = (
        report
        for incident in incidents
        for report in incident["reported_by"]
        if report["article"]["id"] == "says" and report["number"] == 1
    )
    assert reported["redacted"] == article["events"][0]["redacted"]
    assert reported["article"]["redacted"] == article["redacted"]
    feed = ok(client.get(PATHS[2]))["items"]
    (posted,) = (item for item in feed if item["data"].get("article_id") == "says")
    assert posted["data"]["header"]["redacted"] == ["headline"]


def test_a_delivery_again_is_known_and_says_what_is_left_out_until_an_administrator_lets_it_in(
    client: AppClient,
) -> None:
    sent = told("again")
    ok(client.post("/v1/articles", json=sent))
    ok(redact(client, "again"))
    again = ok(client.post("/v1/articles", json=sent))
    left_out = ["/headline", "/events/0/speaker", "/events/0/quote"]
    assert (again["changed"], again["left_out"]) == (False, left_out)
    as_lines = {"content-type": "application/x-ndjson"}
    batch = client.post("/v1/articles/batch", content=json.dumps(sent) + "\n", headers=as_lines)
    assert (batch.json()["status"], batch.json()["left_out"]) == (200, left_out)
    revised = ok(client.put("/v1/articles/again", json={**sent, "publisher": "AP"}))
    assert (revised["changed"], revised["left_out"]) == (True, left_out)
    corrected = ok(client.put("/v1/articles/again/events/1", json={"event": sent["events"][0]}))
    assert (corrected["changed"], corrected["left_out"]) == (False, ["/event/speaker", "/event/quote"])
    assert "of again" not in client.get("/v1/articles/again").text
    refused = client.delete("/v1/articles/again/redactions", params={"reason": " "})
    assert refused.json()["errors"][0]["code"] == "no-reason"
    assert ok(client.delete("/v1/articles/again/redactions", params={"reason": "Agreed."}))["changed"]
    assert ok(client.put("/v1/articles/again", json=sent))["left_out"] == []
    assert ok(client.get("/v1/articles/again"))["headline"] == "Headline of again"


def test_one_event_alone_and_some_fields_can_be_redacted(client: AppClient) -> None:
    ok(client.post("/v1/articles", json=told("one")))
    done = ok(redact(client, "one", number=1, fields=["quote"]))
    assert [(text["number"], text["fields"]) for text in done["texts"]] == [(1, ["quote"])]
    article = ok(client.get("/v1/articles/one"))
    assert (article["headline"], article["events"][0]["event"]["speaker"]) == ("Headline of one", "Speaker of one")
    assert ok(redact(client, "one", number=1, fields=["quote"]))["changed"] is False


@pytest.mark.parametrize(
    ("asked", "code", "pointer"),
    [
        ({"fields": ["killed"]}, "no-such-text", "/fields/0"),
        ({"number": 1, "fields": ["headline"]}, "no-such-text", "/fields/0"),
        ({"reason": ""}, "value_error", "/reason"),
    ],
)
def test_a_redaction_that_is_none_is_refused(client: AppClient, asked: Any, code: str, pointer: str) -> None:
    ok(client.post("/v1/articles", json=told("refused")))
    refused = redact(client, "refused", **asked)
    assert refused.status_code == 422
    assert [(error["code"], error["pointer"]) for error in refused.json()["errors"]] == [(code, pointer)]
    assert redact(client, "refused", number=9).json()["type"].endswith("event-not-found")
