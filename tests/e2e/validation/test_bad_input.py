"""Bad input: each is refused with a problem that says where it is, and nothing is recorded."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.e2e.support import Json, article, clash, log_position, problem, statement
from tests.server import ServerClient

IDLIB = "/v1/articles/idlib-2020-02-11"
PAIR = "/v1/relations/RUS/TUR"
JSON = {"Content-Type": "application/json"}
BODIES = [
    ("POST", "/v1/articles"),
    ("PUT", IDLIB),
    ("PUT", f"{IDLIB}/events/1"),
    ("POST", "/v1/actors"),
    ("POST", "/v1/actors/RUS/names"),
]

BAD_TEXT = {
    "NUL": "\u0000",
    "bell": "\u0007",
    "escape": "\u001b",
    "delete": "\u007f",
    "a C1 control": "\u0085",
    "a left-to-right mark": "\u200e",
    "a right-to-left mark": "\u200f",
    "an arabic letter mark": "\u061c",
    "a right-to-left override": "\u202e",
    "an isolate": "\u2066",
    "a lone surrogate": "\ud800",
}


@pytest.fixture(autouse=True)
def nothing_is_recorded(server: ServerClient) -> Iterator[None]:
    """Check that a test leaves the log as it is."""
    before = log_position(server)
    yield
    assert log_position(server) == before


def _refused(response: httpx.Response, where: str, status: int = 422) -> Json:
    """Return the error at `where`, a JSON pointer or a parameter, having checked the answer's form."""
    errors = problem(response, status)["errors"]
    found = [error for error in errors if where in (error.get("pointer"), error.get("parameter"))]
    assert found, (where, errors)
    assert found[0]["code"]
    assert found[0]["detail"]
    return dict(found[0])


def _post(server: ServerClient, sent: Any) -> httpx.Response:
    return server.post("/v1/articles", content=json.dumps(sent).encode(), headers=JSON)


# Bodies


@pytest.mark.parametrize(
    "body",
    [
        b'{"url": ',
        b"nonsense",
        b"{'id': 1}",
        b'{"id": "\xff"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"id": ' + b"9" * 5_000 + b"}",
    ],
    ids=lambda body: repr(body[:12]),
)
def test_what_is_not_json_is_a_400(server: ServerClient, body: bytes) -> None:
    for method, path in BODIES:
        refused = problem(server.request(method, path, content=body, headers=JSON), 400)
        assert refused["type"] == "urn:detente:problem:malformed-json"


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"text"', b"7", b"NaN", b"true"])
def test_what_is_not_an_object_is_refused(server: ServerClient, body: bytes) -> None:
    _refused(server.post("/v1/articles", content=body, headers=JSON), "")


def test_a_body_over_the_limit_is_refused_when_it_is_announced(server: ServerClient) -> None:
    response = server.post("/v1/articles", content=b" " * 5_000_000, headers=JSON)

    assert problem(response, 413)["type"] == "urn:detente:problem:body-too-large"


def test_a_body_over_the_limit_is_refused_when_it_comes_in_pieces(server: ServerClient) -> None:
    response = server.post("/v1/articles", content=(b" " * 50_000 for _ in range(100)), headers=JSON)

    assert problem(response, 413)["type"] == "urn:detente:problem:body-too-large"


@pytest.mark.parametrize(
    "media_type", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json"]
)
def test_a_body_of_another_media_type_is_refused(server: ServerClient, media_type: str) -> None:
    for method, path in BODIES:
        body = json.dumps(article(clash("RUS", "TUR"))).encode()
        response = server.request(method, path, content=body, headers={"Content-Type": media_type})
        assert "application/json" in problem(response, 415)["detail"]


# Articles


@pytest.mark.parametrize(
    ("header", "pointer"),
    [
        ({"id": None}, "/url"),
        ({"id": ""}, "/id"),
        ({"id": "with space"}, "/id"),
        ({"id": "-dash"}, "/id"),
        ({"id": "a/b"}, "/id"),
        ({"id": "a\u0000b"}, "/id"),
        ({"id": "x" * 201}, "/id"),
        ({"id": 7}, "/id"),
        ({"url": "not a url"}, "/url"),
        ({"url": "https://"}, "/url"),
        ({"url": "news.example/story"}, "/url"),
        ({"url": "https://news.example/a b"}, "/url"),
        ({"url": "http://[::1"}, "/url"),
        ({"url": "javascript://news.example/%0Aalert(1)"}, "/url"),
        ({"url": "file:///etc/passwd"}, "/url"),
        ({"url": "https://news.example/" + "x" * 2000}, "/url"),
        ({"published": None}, "/published"),
        ({"published": ""}, "/published"),
        ({"published": "tomorrow"}, "/published"),
        ({"published": "2020-02-30"}, "/published"),
        ({"published": "2020-13"}, "/published"),
        ({"published": "2020"}, "/published"),
        ({"published": "0000-01-01"}, "/published"),
        ({"published": "2020-02-11T10:30:00"}, "/published"),
        ({"published": "2020-02-11T25:00:00Z"}, "/published"),
        ({"published": "0001-01-01T00:00:00+14:00"}, "/published"),
        ({"published": 20200211}, "/published"),
        ({"published": "9999-12-31"}, "/published"),
        ({"publisher": None}, "/publisher"),
        ({"publisher": " "}, "/publisher"),
        ({"publisher": "x" * 201}, "/publisher"),
        ({"headline": "x" * 501}, "/headline"),
        ({"headline": ""}, "/headline"),
        ({"headline": ["a"]}, "/headline"),
        ({"language": "english!"}, "/language"),
        ({"colour": "red"}, "/colour"),
        ({"clash": 1}, "/clash"),
        ({"a/b~c": 1}, "/a~1b~0c"),
        ({"events": None}, "/events"),
        ({"events": []}, "/events"),
        ({"events": {}}, "/events"),
        ({"events": [7]}, "/events/0"),
        ({"events": "clash"}, "/events"),
        ({"events": [clash("RUS", "TUR")] * 10_000}, "/events"),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_an_article_that_is_not_right_is_refused(server: ServerClient, header: Json, pointer: str) -> None:
    _refused(_post(server, {**article(clash("RUS", "TUR")), **header}), pointer)


def test_an_article_without_url_and_id_is_told_so(server: ServerClient) -> None:
    sent = article(clash("RUS", "TUR"))
    del sent["id"]

    assert _refused(_post(server, sent), "/url")["code"] == "no-id"


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"source": "Rusia"}, "/events/0/source", "unknown-actor"),
        ({"source": "Congo"}, "/events/0/source", "ambiguous-actor"),
        ({"source": ["RUS", "Nobodystan"]}, "/events/0/source/1", "unknown-actor"),
        ({"source": []}, "/events/0/source", "no-actors"),
        ({"source": "!!!"}, "/events/0/source", "unknown-actor"),
        ({"source": ""}, "/events/0/source/0", "value_error"),
        ({"source": "x" * 201}, "/events/0/source/0", "string_too_long"),
        ({"source": None}, "/events/0/source", "list_type"),
        ({"source": 7}, "/events/0/source", "list_type"),
        ({"source": [["RUS"]]}, "/events/0/source/0", "string_type"),
        ({"source": ["RUS", "Moscow"]}, "/events/0/source", "repeated-actor"),
        ({"source": "TUR"}, "/events/0/target", "equal-actors"),
        ({"source": ["RUS", "SYR"], "target": ["TUR", "Damascus"]}, "/events/0/target", "equal-actors"),
        ({"type": "CONSULT"}, "/events/0/type", "type-not-of-kind"),
        ({"type": "assault"}, "/events/0/type", "type-not-of-kind"),
        ({"type": "NUKE"}, "/events/0/type", "type-not-of-kind"),
        ({"type": None}, "/events/0/type", "no-type"),
        ({"type": 7}, "/events/0/type", "string_type"),
        ({"kind": "war"}, "/events/0/kind", "union_tag_invalid"),
        ({"kind": None}, "/events/0/kind", "union_tag_invalid"),
        ({"colour": "red"}, "/events/0/colour", "extra_forbidden"),
        ({"clash": "red"}, "/events/0/clash", "extra_forbidden"),
        ({"parties": ["RUS", "TUR"]}, "/events/0/parties", "extra_forbidden"),
        ({"occurred": "2020-02-30"}, "/events/0/occurred", "not-a-date"),
        ({"occurred": "2019-02-29"}, "/events/0/occurred", "not-a-date"),
        ({"occurred": "2020-13"}, "/events/0/occurred", "not-a-date"),
        ({"occurred": "2020-00-10"}, "/events/0/occurred", "not-a-date"),
        ({"occurred": "0000"}, "/events/0/occurred", "not-a-date"),
        ({"occurred": "20200203"}, "/events/0/occurred", "not-a-date"),
        ({"occurred": "03.02.2020"}, "/events/0/occurred", "not-a-date"),
        ({"occurred": "2020-01-15T10:00:00Z"}, "/events/0/occurred", "not-a-date"),
        ({"occurred": "٢٠٢٠"}, "/events/0/occurred", "not-a-date"),
        ({"occurred": "2020-01-10/2020-01-05"}, "/events/0/occurred", "not-a-date"),
        ({"occurred": "2020-01-10/"}, "/events/0/occurred", "not-a-date"),
        ({"occurred": "2020-01-01/2020-01-02/2020-01-03"}, "/events/0/occurred", "not-a-date"),
        ({"occurred": "yesterday"}, "/events/0/occurred", "not-a-date"),
        ({"occurred": "2020-01-22"}, "/events/0/occurred", "after-publication"),
        ({"occurred": "2021"}, "/events/0/occurred", "after-publication"),
        ({"occurred": ""}, "/events/0/occurred", "value_error"),
        ({"occurred": 2020}, "/events/0/occurred", "string_type"),
        ({"killed": -1}, "/events/0/killed", "absurd-casualties"),
        ({"killed": 10**9}, "/events/0/killed", "absurd-casualties"),
        ({"killed": 10**40}, "/events/0/killed", "absurd-casualties"),
        ({"wounded": -5}, "/events/0/wounded", "absurd-casualties"),
        ({"killed": 1.5}, "/events/0/killed", "int_type"),
        ({"killed": 1e9}, "/events/0/killed", "int_type"),
        ({"killed": float("nan")}, "/events/0/killed", "int_type"),
        ({"killed": float("inf")}, "/events/0/killed", "int_type"),
        ({"killed": True}, "/events/0/killed", "int_type"),
        ({"killed": "8"}, "/events/0/killed", "int_type"),
        ({"reciprocal": "yes"}, "/events/0/reciprocal", "bool_type"),
        ({"reciprocal": 1}, "/events/0/reciprocal", "bool_type"),
        ({"part_of": "nothing"}, "/events/0/part_of", "dangling-link"),
        ({"same_as": "nothing"}, "/events/0/same_as", "dangling-link"),
        ({"ref": "me", "part_of": "me"}, "/events/0/part_of", "circular-link"),
        ({"ref": "me", "same_as": "me"}, "/events/0/same_as", "circular-link"),
        ({"ref": "x" * 101}, "/events/0/ref", "string_too_long"),
        ({"ref": ""}, "/events/0/ref", "value_error"),
        ({"mode": "x" * 101}, "/events/0/mode", "string_too_long"),
        ({"place": "x" * 201}, "/events/0/place", "string_too_long"),
        ({"speaker": "x" * 201}, "/events/0/speaker", "string_too_long"),
        ({"summary": "x" * 4001}, "/events/0/summary", "string_too_long"),
        ({"quote": "x" * 4001}, "/events/0/quote", "string_too_long"),
        ({"cameo": "19x"}, "/events/0/cameo", "string_pattern_mismatch"),
        ({"cameo": "99"}, "/events/0/cameo", "unknown-cameo"),
        ({"cameo": "١٩"}, "/events/0/cameo", "unknown-cameo"),
        ({"cameo": "057"}, "/events/0/cameo", "cameo-differs"),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_a_reported_event_that_is_not_right_is_refused(
    server: ServerClient, fields: Json, pointer: str, code: str
) -> None:
    sent = article({**clash("RUS", "TUR"), **fields})

    assert _refused(_post(server, sent), pointer)["code"] == code


@pytest.mark.parametrize(
    ("event", "pointer", "code"),
    [
        ({"parties": ["RUS"]}, "/events/0/parties", "no-actors"),
        ({"parties": ["RUS", "Kremlin"]}, "/events/0/parties", "repeated-actor"),
        ({"parties": ["RUS", "Korea"]}, "/events/0/parties/1", "ambiguous-actor"),
        ({"parties": ["RUS", "TUR"], "source": "IRN"}, "/events/0/parties", "parties-or-sides"),
        ({}, "/events/0/source", "no-actors"),
        ({"source": "RUS"}, "/events/0/target", "no-actors"),
        ({"source": "RUS", "target": "TUR", "development": "signed"}, "/events/0/development", ""),
        ({"source": "RUS", "target": "TUR", "development": "breached"}, "/events/0/agreement", "no-agreement"),
        ({"source": "RUS", "target": "TUR", "title": "Deal"}, "/events/0/agreement", "no-agreement"),
        ({"source": "RUS", "target": "TUR", "type": "ASSAULT"}, "/events/0/type", "literal_error"),
        ({"kind": "alignment", "source": "RUS", "target": "SYR", "development": "x"}, "/events/0/development", ""),
        ({"kind": "alignment", "source": "RUS", "target": "RUS"}, "/events/0/target", "equal-actors"),
        ({"kind": "statement", "source": "RUS", "target": "TUR"}, "/events/0/type", "no-type"),
        ({"kind": "statement", "source": "RUS", "target": "TUR", "killed": 1}, "/events/0/killed", ""),
        ({"kind": "cooperation", "source": "RUS", "target": "TUR", "type": "AGREE"}, "/events/0/type", ""),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_events_of_the_other_kinds_have_rules_of_their_own(
    server: ServerClient, event: Json, pointer: str, code: str
) -> None:
    sent = article({"kind": "agreement", "occurred": "2020-01-15", **event})

    error = _refused(_post(server, sent), pointer)

    assert error["code"] == code or not code


def test_a_type_of_another_kind_is_refused_with_those_that_would_be_right(server: ServerClient) -> None:
    error = _refused(_post(server, article(clash("RUS", "TUR", type="CONSULT"))), "/events/0/type")

    assert error["candidates"] == ["PROTEST", "SANCTION", "MOBILIZE", "COERCE", "ASSAULT"]


@pytest.mark.parametrize(
    ("links", "pointer"),
    [
        ([{"ref": "a"}, {"ref": "a"}], "/events/1/ref"),
        ([{"ref": "a", "part_of": "b"}, {"ref": "b", "part_of": "a"}], "/events/0/part_of"),
        (
            [{"ref": "a", "same_as": "b"}, {"ref": "b", "same_as": "c"}, {"ref": "c", "part_of": "a"}],
            "/events/2/part_of",
        ),
        ([{"ref": "a"}, {"part_of": "a", "same_as": "a"}], "/events/1/same_as"),
        ([{"ref": "a"}, {"part_of": "A"}], "/events/1/part_of"),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_links_between_events_that_lead_nowhere_are_refused(
    server: ServerClient, links: list[Json], pointer: str
) -> None:
    _refused(_post(server, article(*({**clash("RUS", "TUR"), **link} for link in links))), pointer)


def test_everything_that_is_wrong_is_said_at_once(server: ServerClient) -> None:
    sent = article(clash("Rusia", "TUR"), clash("RUS", "Congo"), published="2999-01-01")

    refused = problem(_post(server, sent), 422)

    assert {error["pointer"] for error in refused["errors"]} == {
        "/published",
        "/events/0/source",
        "/events/1/target",
    }
    assert refused["detail"].startswith("3 things are wrong")


def test_of_very_many_faults_only_some_are_listed(server: ServerClient) -> None:
    refused = problem(_post(server, article(*[clash("Rusia", "TUR")] * 200)), 422)

    assert len(refused["errors"]) == 50
    assert refused["detail"].startswith("200 things are wrong")


@pytest.mark.parametrize("bad", BAD_TEXT.values(), ids=BAD_TEXT)
@pytest.mark.parametrize(
    "pointer",
    [
        "/url",
        "/headline",
        "/publisher",
        "/language",
        "/events/0/source/0",
        "/events/0/place",
        "/events/0/speaker",
        "/events/0/summary",
        "/events/0/quote",
        "/events/0/ref",
        "/events/0/mode",
        "/events/0/occurred",
        "/events/0/type",
    ],
)
def test_text_that_hides_or_reorders_is_refused(server: ServerClient, pointer: str, bad: str) -> None:
    sent = article(clash("RUS", "TUR"))
    field = pointer.split("/")[-1] if "source" not in pointer else "source"
    holder = sent["events"][0] if pointer.startswith("/events") else sent
    holder[field] = f"https://news.example/a{bad}b" if field == "url" else f"a{bad}b"

    _refused(_post(server, sent), pointer)


@pytest.mark.parametrize("bad", BAD_TEXT.values(), ids=BAD_TEXT)
def test_names_of_fields_that_hide_or_reorder_are_refused(server: ServerClient, bad: str) -> None:
    problem(_post(server, {**article(clash("RUS", "TUR")), f"a{bad}b": 1}), 422)
    problem(_post(server, article({**clash("RUS", "TUR"), f"a{bad}b": 1})), 422)


# Changes to what is there


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"id": "another"}, "/id"),
        ({"reason": "x" * 501}, "/reason"),
        ({"reason": "a\u202eb"}, "/reason"),
        ({"events": []}, "/events"),
        ({"events": [clash("RUS", "RUS")]}, "/events/0/target"),
        ({"published": "2999-01-01"}, "/published"),
    ],
)
def test_a_revision_keeps_the_rules_of_a_posting(server: ServerClient, change: Json, pointer: str) -> None:
    sent = {"publisher": "Reuters", "published": "2020-02-11", "events": [clash("RUS", "TUR")], **change}

    _refused(server.put(IDLIB, json=sent), pointer)


@pytest.mark.parametrize(
    ("event", "pointer"),
    [
        ({"killed": -1}, "/event/killed"),
        ({"killed": "many"}, "/event/killed"),
        ({"source": "Rusia"}, "/event/source"),
        ({"source": "TUR"}, "/event/target"),
        ({"occurred": "2020-02-30"}, "/event/occurred"),
        ({"occurred": "2020-02-13"}, "/event/occurred"),
        ({"type": "CONSULT"}, "/event/type"),
        ({"ref": "I01"}, "/event/ref"),
        ({"part_of": "I99"}, "/event/part_of"),
        ({"kind": "war"}, "/event/kind"),
        ({"clash": 1}, "/event/clash"),
        ({"colour": 1}, "/event/colour"),
    ],
)
def test_a_correction_keeps_the_rules_of_a_posting(server: ServerClient, event: Json, pointer: str) -> None:
    sent = {"event": {**clash("SYR", "TUR", "2020-02-03"), **event}}

    _refused(server.put(f"{IDLIB}/events/13", json=sent), pointer)


@pytest.mark.parametrize("reason", ["a\u0000b", "a\u202eb", "a\u0085b", "x" * 501])
def test_a_reason_for_taking_back_is_text_too(server: ServerClient, reason: str) -> None:
    for path in (IDLIB, f"{IDLIB}/events/1"):
        _refused(server.delete(path, params={"reason": reason}), "reason")


@pytest.mark.parametrize(
    ("actor", "pointer"),
    [
        ({"code": "testland"}, "/code"),
        ({"code": "T"}, "/code"),
        ({"code": "T" * 21}, "/code"),
        ({"code": "TES T"}, "/code"),
        ({"code": "TEST\n"}, "/code"),
        ({"code": "TEST\u0000"}, "/code"),
        ({"code": "ТЕСТ"}, "/code"),
        ({"kind": "planet"}, "/kind"),
        ({"name": ""}, "/name"),
        ({"name": "!!!"}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"name": "Test\u202eland"}, "/name"),
        ({"name": None}, "/name"),
        ({"aliases": ["Good", "\u0000"]}, "/aliases/1"),
        ({"aliases": ["Good", "-"]}, "/aliases/1"),
        ({"aliases": "Test"}, "/aliases"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_an_actor_that_is_not_right_is_refused(server: ServerClient, actor: Json, pointer: str) -> None:
    sent = {"code": "TESTLAND", "kind": "state", "name": "Testland", **actor}

    _refused(server.post("/v1/actors", json=sent), pointer)


@pytest.mark.parametrize("name", ["", " ", "...", "x" * 201, "a\u0007b", "a\u200fb", None, 7])
def test_a_name_that_is_not_right_is_refused(server: ServerClient, name: Any) -> None:
    _refused(server.post("/v1/actors/RUS/names", json={"name": name}), "/name")


def test_an_unknown_actor_gets_no_name(server: ServerClient) -> None:
    _refused(server.post("/v1/actors/Nobodystan/names", json={"name": "Nemo"}), "actor")


# Parameters

BAD_TIMES = [
    "",
    "yesterday",
    "2020-02-30",
    "2020-13-01",
    "2020",
    "2020-02",
    "20200212",
    "2020-02-12T12:00:00",
    "2020-02-12T12:00:00+99:00",
    "0000-01-01",
    "0001-01-01T00:00:00+14:00",
    "９９９９-12-31",
    "x" * 41,
    "a\u0000b",
]


@pytest.mark.parametrize("value", BAD_TIMES)
def test_days_and_instants_that_do_not_exist_are_refused(server: ServerClient, value: str) -> None:
    for path in ("/v1/relations", PAIR, f"{PAIR}/tension", f"{PAIR}/incidents", "/v1/agreements", IDLIB):
        for name in ("as_of", "known_at"):
            _refused(server.get(path, params={name: value}), name)
    for name in ("from", "to"):
        _refused(server.get(f"{PAIR}/tension", params={name: value}), name)


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        (f"{PAIR}/tension?to=2020-01-01", "from", "2020-02-01"),
        (f"{PAIR}/tension", "interval", "year"),
        (f"{PAIR}/tension", "interval", ""),
        ("/v1/relations", "model", "1999.1"),
        ("/v1/relations", "model", "x" * 101),
        ("/v1/relations", "state", "angry"),
        ("/v1/relations", "sort", "name"),
        ("/v1/relations", "sort", "-pair"),
        ("/v1/relations", "min_tension", "-1"),
        ("/v1/relations", "min_tension", "101"),
        ("/v1/relations", "min_tension", "nan"),
        ("/v1/relations", "min_tension", "inf"),
        ("/v1/relations", "min_tension", "high"),
        ("/v1/relations", "actor", "Nobodystan"),
        ("/v1/relations", "actor", "Congo"),
        ("/v1/relations", "actor", ""),
        ("/v1/relations", "actor", "x" * 201),
        ("/v1/relations", "actor", "a\u0000b"),
        ("/v1/agreements", "actor", "Nobodystan"),
        ("/v1/agreements", "actor", "x" * 5000),
        ("/v1/agreements", "status", "broken"),
        ("/v1/actors", "kind", "planet"),
        ("/v1/actors", "q", "x" * 201),
        ("/v1/events", "after", "-1"),
        ("/v1/events", "after", str(2**63)),
        ("/v1/events", "after", "1.5"),
        ("/v1/events", "after", "x"),
    ],
    ids=lambda value: value[:40],
)
def test_a_parameter_that_is_not_right_is_refused(server: ServerClient, path: str, name: str, value: str) -> None:
    parameters = dict([path.partition("?")[2].split("=")]) if "?" in path else {}

    _refused(server.get(path.partition("?")[0], params={**parameters, name: value}), name)


LISTS = [
    "/v1/relations",
    f"{PAIR}/incidents",
    "/v1/agreements",
    "/v1/actors",
    "/v1/articles",
    f"{PAIR}/episodes",
]


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "ten", "1.5", "", str(10**30), "9" * 5000])
def test_a_limit_that_is_not_right_is_refused(server: ServerClient, limit: str) -> None:
    for path in (*LISTS, "/v1/events"):
        _refused(server.get(path, params={"limit": limit}), "limit")


@pytest.mark.parametrize("position", ["-1", "x", "1.5", str(2**62), str(2**63), "9" * 5000])
def test_a_position_to_wait_for_that_is_not_right_is_refused(server: ServerClient, position: str) -> None:
    for path in (*LISTS, PAIR, f"{PAIR}/tension", "/v1/actors/RUS", "/v1/agreements/idlib-dmz-2018"):
        _refused(server.get(path, params={"min_position": position}), "min_position")


@pytest.mark.parametrize("form", ["xml", "", "json,csv", "a\u0000b", "×" * 300])
def test_a_format_that_there_is_not_is_refused(server: ServerClient, form: str) -> None:
    for path in (*LISTS, PAIR, f"{PAIR}/tension", "/v1/events", "/v1/actors/RUS", IDLIB):
        _refused(server.get(path, params={"format": form}), "format")


@pytest.mark.parametrize("cursor", ["", "x", "!!!", "AAAAAAAAAAAAAAAA", "ключ", "a\u0000b", "=" * 10, "x" * 501])
def test_a_cursor_that_no_list_gave_is_refused(server: ServerClient, cursor: str) -> None:
    for path in LISTS:
        if cursor:
            _refused(server.get(path, params={"cursor": cursor}), "cursor")


def test_a_cursor_that_was_changed_is_refused(server: ServerClient) -> None:
    cursor = server.get("/v1/actors", params={"limit": 1}).json()["next"]

    for place in range(len(cursor) - 1):
        changed = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
        _refused(server.get("/v1/actors", params={"limit": 1, "cursor": changed}), "cursor")


def test_a_cursor_of_another_list_is_refused(server: ServerClient) -> None:
    paths = [*LISTS[:4], "/v1/relations/SYR/TUR/incidents"]
    cursors = {path: server.get(path, params=_asked(path)).json()["next"] for path in paths}

    for given, cursor in cursors.items():
        assert cursor is not None, given
        for path in (*paths, "/v1/articles"):
            if path != given:
                _refused(server.get(path, params={**_asked(path), "cursor": cursor}), "cursor")


def _asked(path: str) -> dict[str, str]:
    timeless = path in ("/v1/actors", "/v1/articles")
    return {"limit": "1"} if timeless else {"limit": "1", "as_of": "2020-02-12"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/relations"),
        ("GET", "/v1/relations/RUS/TUR"),
        ("GET", "/v1/actors"),
        ("DELETE", "/v1/articles/x"),
    ],
)
def test_a_parameter_that_the_route_does_not_have_is_refused(server: ServerClient, method: str, path: str) -> None:
    _refused(server.request(method, path, params={"as_off": "2020-02-12"}), "as_off")


@pytest.mark.parametrize("day", ["2020-W07-3", "20200212", "2020-02-1 ", "٢٠٢٠-٠٢-١٢"])
def test_a_day_is_written_in_one_way(server: ServerClient, day: str) -> None:
    _refused(server.get("/v1/relations/RUS/TUR", params={"as_of": day}), "as_of")


@pytest.mark.parametrize("value", ["maybe", "2", ""])
def test_whether_it_is_a_dry_run_is_yes_or_no(server: ServerClient, value: str) -> None:
    sent = article(clash("RUS", "TUR"))

    _refused(server.post("/v1/articles", params={"dry_run": value}, json=sent), "dry_run")


# Paths


@pytest.mark.parametrize("path", ["/", "/v1", "/v2/relations", "/v1/relation", "/v1/relations/RUS"])
def test_an_unknown_path_is_a_404(server: ServerClient, path: str) -> None:
    response = server.get(path, follow_redirects=False)

    assert problem(response, 404)["type"] == "urn:detente:problem:not-found"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/v1/relations"),
        ("POST", PAIR),
        ("PATCH", IDLIB),
        ("GET", f"{IDLIB}/events/1"),
        ("PUT", "/v1/articles"),
        ("POST", "/v1/events"),
        ("DELETE", "/v1/actors/RUS"),
    ],
)
def test_a_wrong_method_is_a_405(server: ServerClient, method: str, path: str) -> None:
    response = server.request(method, path)

    problem(response, 405)
    assert response.headers["allow"]


ODD = [
    "nothing",
    "a%00b",
    "%E2%80%AEb",
    "%FF",
    "a%2Fb",
    "%F0%9F%99%82",
    "%0D%0AX-Evil:%201",
    "x" * 3000,
    "'%20OR%201=1--",
]


@pytest.mark.parametrize("name", ODD)
def test_what_there_is_not_is_a_404(server: ServerClient, name: str) -> None:
    sent = {**article(clash("RUS", "TUR")), "id": None}
    responses = [
        server.get(f"/v1/articles/{name}"),
        server.delete(f"/v1/articles/{name}"),
        server.put(f"/v1/articles/{name}", json=sent),
        server.delete(f"/v1/articles/{name}/events/1"),
        server.put(f"/v1/articles/{name}/events/1", json={"event": clash("RUS", "TUR")}),
        server.get(f"/v1/agreements/{name}"),
    ]

    for response in responses:
        problem(response, 404)


@pytest.mark.parametrize("name", [name for name in ODD if name != "a%2Fb"])
def test_an_odd_name_in_a_path_is_an_unknown_actor(server: ServerClient, name: str) -> None:
    for path in (f"/v1/relations/{name}/TUR", f"/v1/relations/TUR/{name}/incidents", f"/v1/actors/{name}"):
        problem(server.get(path), 422)


@pytest.mark.parametrize("number", ["99", "0", "-1", str(2**31), str(2**63), str(10**30)])
def test_an_event_that_there_is_not_is_a_404(server: ServerClient, number: str) -> None:
    refused = problem(server.delete(f"{IDLIB}/events/{number}"), 404)

    assert refused["type"] == "urn:detente:problem:event-not-found"
    problem(server.put(f"{IDLIB}/events/{number}", json={"event": clash("RUS", "TUR")}), 404)


@pytest.mark.parametrize("number", ["one", "1.5", "1e3", "9" * 5000])
def test_the_number_of_an_event_is_a_number(server: ServerClient, number: str) -> None:
    _refused(server.delete(f"{IDLIB}/events/{number}"), "number")


# Headers


@pytest.mark.parametrize("who", ["a\u202eb", "a\u0085b", "a\u200fb", "x" * 101])
def test_who_records_is_text_too(server: ServerClient, who: str) -> None:
    headers = [(b"X-Recorded-By", who.encode())]

    for response in (
        server.post("/v1/articles", json=article(clash("RUS", "TUR")), headers=headers),
        server.delete(IDLIB, headers=headers),
    ):
        error = problem(response, 422)["errors"][0]
        assert error["parameter"].lower() == "x-recorded-by"


@pytest.mark.parametrize("given", ["with space", "x" * 101, "a;b", "ä", "<script>"])
def test_a_request_id_that_is_not_fit_is_replaced(server: ServerClient, given: str) -> None:
    response = server.get("/v1/actors/RUS", headers=[(b"X-Request-ID", given.encode())])

    assert response.status_code == 200
    assert response.headers["x-request-id"] != given
    assert len(response.headers["x-request-id"]) == 32


@pytest.mark.parametrize("value", [b"\xff\xfe", b"a" * 5000, b",,,", b'"', b";q=;;"])
@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        (b"If-None-Match", {200}),
        (b"Accept", {200, 406}),
        (b"Content-Type", {200}),
        (b"Accept-Language", {200}),
        (b"Authorization", {200}),
        (b"Origin", {403}),
        (b"Host", {400, 403}),
    ],
)
def test_odd_headers_are_no_server_error(
    server: ServerClient, name: bytes, statuses: set[int], value: bytes
) -> None:
    assert server.get("/v1/relations", headers=[(name, value)]).status_code in statuses


# What is accepted at the edge of what is not


def test_what_began_a_day_after_publication_is_accepted(server: ServerClient) -> None:
    sent = article(clash("RUS", "TUR", "2020-01-21"))

    assert server.post("/v1/articles", params={"dry_run": "true"}, json=sent).status_code == 200


@pytest.mark.parametrize(
    "sent",
    [
        article(clash("RUS", "TUR", killed=10_000_000, wounded=0), headline="x" * 500),
        article(clash("RUS", "TUR", summary="مرحبا\n\tпривет 🙂 é")),
        article(clash("RUS", "TUR", "0001"), published="0001-12-31"),
        article(clash("RUS", "TUR", "2019~/2020-01-03?")),
        article(clash("RUS", "TUR", ref="a"), clash("RUS", "TUR", part_of="a"), statement("TUR", "RUS", ref="b")),
        article(*[clash("RUS", "TUR")] * 1000),
        article(clash("RUS", "TUR"), published="2020-01-20T23:59:59.123456-05:00"),
        article(clash("RUS", "TUR"), id="A.b_c:d-1" + "x" * 191),
    ],
    ids=range(8),
)
def test_what_is_just_right_is_accepted(server: ServerClient, sent: Json) -> None:
    response = server.post("/v1/articles", params={"dry_run": "true"}, json=sent)

    assert response.status_code == 200, response.text
