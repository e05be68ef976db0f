"""Articles that are not right, when posted, revised or corrected: each problem says where, nothing is recorded."""

import pytest

from tests.e2e.support import Json, article, clash, problem, statement
from tests.e2e.validation.support import BAD_TEXT, IDLIB, assert_refused, post
from tests.server import ServerClient

pytestmark = pytest.mark.usefixtures("nothing_is_recorded")


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
    assert_refused(post(server, {**article(clash("RUS", "TUR")), **header}), pointer)


def test_an_article_without_url_and_id_is_told_so(server: ServerClient) -> None:
    sent = article(clash("RUS", "TUR"))
    del sent["id"]

    assert assert_refused(post(server, sent), "/url")["code"] == "no-id"


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
        ({"occurred": "../.."}, "/events/0/occurred", "not-a-date"),
        ({"occurred": "0014-01-10"}, "/events/0/occurred", "too-early"),
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

    assert assert_refused(post(server, sent), pointer)["code"] == code


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

    error = assert_refused(post(server, sent), pointer)

    assert error["code"] == code or not code


def test_a_type_of_another_kind_is_refused_with_those_that_would_be_right(server: ServerClient) -> None:
    error = assert_refused(post(server, article(clash("RUS", "TUR", type="CONSULT"))), "/events/0/type")

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
    assert_refused(post(server, article(*({**clash("RUS", "TUR"), **link} for link in links))), pointer)


def test_everything_that_is_wrong_is_said_at_once(server: ServerClient) -> None:
    sent = article(clash("Rusia", "TUR"), clash("RUS", "Congo"), published="2999-01-01")

    refused = problem(post(server, sent), 422)

    assert {error["pointer"] for error in refused["errors"]} == {
        "/published",
        "/events/0/source",
        "/events/1/target",
    }
    assert refused["detail"].startswith("3 things are wrong")


def test_of_very_many_faults_only_some_are_listed(server: ServerClient) -> None:
    refused = problem(post(server, article(*[clash("Rusia", "TUR")] * 200)), 422)

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

    assert_refused(post(server, sent), pointer)


@pytest.mark.parametrize("bad", BAD_TEXT.values(), ids=BAD_TEXT)
def test_names_of_fields_that_hide_or_reorder_are_refused(server: ServerClient, bad: str) -> None:
    problem(post(server, {**article(clash("RUS", "TUR")), f"a{bad}b": 1}), 422)
    problem(post(server, article({**clash("RUS", "TUR"), f"a{bad}b": 1})), 422)


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

    assert_refused(server.put(IDLIB, json=sent), pointer)


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

    assert_refused(server.put(f"{IDLIB}/events/13", json=sent), pointer)


@pytest.mark.parametrize("reason", ["a\u0000b", "a\u202eb", "a\u0085b", "x" * 501])
def test_a_reason_for_taking_back_is_text_too(server: ServerClient, reason: str) -> None:
    for path in (IDLIB, f"{IDLIB}/events/1"):
        assert_refused(server.delete(path, params={"reason": reason}), "reason")


# What is accepted at the edge of what is not


def test_what_began_a_day_after_publication_is_accepted(server: ServerClient) -> None:
    sent = article(clash("RUS", "TUR", "2020-01-21"))

    assert server.post("/v1/articles", params={"dry_run": "true"}, json=sent).status_code == 200


@pytest.mark.parametrize(
    "sent",
    [
        article(clash("RUS", "TUR", killed=10_000_000, wounded=0), headline="x" * 500),
        article(clash("RUS", "TUR", summary="مرحبا\n\tпривет 🙂 é")),
        article(clash("RUS", "TUR", "1500"), published="1500-12-31"),
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
