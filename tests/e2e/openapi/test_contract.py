"""No change of the HTTP API breaks a client, unless the version says so; what is compatible is kept as a file."""

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest
from detente_client import calls
from detente_client.answers.base import Page
from detente_client.connection.transport import Call
from detente_client.question import Question

from tests.e2e.openapi.contract import answer_breaks, breaks, kept, may_break, normalised
from tests.server import ServerClient

Change = Callable[[dict[str, Any]], None]

Q = Question(as_of="2020-01-01")
BESIDE = ("as_of", "known_at", "published_by", "model", "what_if")  # of pages of lists that have times
CALLS: list[Call[Any]] = [
    calls.get_relation(Q, "a", "b", ()),
    calls.list_relations(Q),
    calls.list_pair_incidents(Q, "ab", ()),
    calls.list_episodes(Q, "ab", ()),
    calls.list_risk_shares(Q, "ab", ()),
    calls.get_explanation(Q, "ab", (None, None), {}),
    calls.find_incidents(Q),
    calls.list_suggestions("ab"),
    calls.list_suggestions(None),
    calls.list_articles(),
    calls.get_article(Q, "x"),
    calls.list_rulings(Q),
    calls.get_ruling(Q, "x"),
    calls.list_agreements(Q),
    calls.list_actors(),
    calls.get_actor("x"),
    calls.list_publishers(),
    calls.list_models(),
    calls.get_health(),
    calls.post_article({}, "refuse", None),
    calls.put_article("x", {}, None, None),
    calls.put_event("x", 1, {}, None, None),
    calls.delete_article("x", None, None, None),
    calls.delete_article("x", 1, None, None),
    calls.post_ruling("link", [], "why", None),
    calls.delete_ruling("x", "why", None),
    calls.post_actor({}),
]


@pytest.fixture(scope="module")
def document(sqlite_server: ServerClient) -> dict[str, Any]:
    return normalised(sqlite_server.get("/openapi.json").json())


def test_the_file_is_the_contract_of_this_version(document: dict[str, Any]) -> None:
    broken = breaks(kept(), document)
    assert not broken or may_break(kept(), document), (
        f"this breaks clients, and the version does not say so: {broken}"
    )
    assert kept() == document, "clients go on as they are: run `make contract`, which renews the file"


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.request.method} {call.request.path}")
def test_the_client_asks_for_routes_that_there_are_and_expects_what_they_answer(
    call: Call[Any], document: dict[str, Any]
) -> None:
    template, operation = _operation(call, document)
    known = (
        {(each["in"], each["name"]) for each in operation["parameters"]} if "parameters" in operation else set()
    )
    assert {("query", name) for name, _ in call.request.parameters} <= known, template
    assert (("query", "min_position") in known) == call.request.waits, template
    (content,) = {
        str(schema): schema
        for status, response in operation["responses"].items()
        if status in ("200", "201")
        for schema in [response["content"]["application/json"]["schema"]]
        if "$ref" in schema
    }.values()
    expected = call.answer.model_json_schema(mode="validation")
    absent = {f"answer: {name} is gone" for name in BESIDE} if issubclass(call.answer, Page) else set()
    found = [each for each in answer_breaks(expected, content, document) if each not in absent]
    assert [each for each in found if not each.endswith(": etag is gone")] == []  # it is a header


def _operation(call: Call[Any], document: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    fitting = [
        (template, operations[call.request.method.lower()])
        for template, operations in document["paths"].items()
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), call.request.path)
        and call.request.method.lower() in operations
    ]
    return min(fitting, key=lambda found: found[0].count("{"))


def gone(document: dict[str, Any]) -> None:
    del document["paths"]["/v1/actors"]["get"]


def _schema(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"][name]
    return found


def field_gone(document: dict[str, Any]) -> None:
    del _schema(document, "OneRelationOut")["properties"]["summary"]


def field_may_lack(document: dict[str, Any]) -> None:
    _schema(document, "OneRelationOut")["required"].remove("summary")


def field_may_be_null(document: dict[str, Any]) -> None:
    _schema(document, "OneRelationOut")["properties"]["tension"] = {
        "anyOf": [{"type": "number"}, {"type": "null"}]
    }


def field_is_a_text(document: dict[str, Any]) -> None:
    _schema(document, "IncidentOut")["properties"]["contribution"] = {"type": "string"}


def parameter_gone(document: dict[str, Any]) -> None:
    parameters = document["paths"]["/v1/actors"]["get"]["parameters"]
    parameters[:] = [each for each in parameters if each["name"] != "q"]


def parameter_required(document: dict[str, Any]) -> None:
    document["paths"]["/v1/actors"]["get"]["parameters"][0]["required"] = True


def body_field_required(document: dict[str, Any]) -> None:
    _schema(document, "ArticleIn")["required"].append("headline")


def word_not_taken(document: dict[str, Any]) -> None:
    _schema(document, "ActorKind")["enum"].remove("group")


def other_operation_id(document: dict[str, Any]) -> None:
    document["paths"]["/v1/actors"]["get"]["operationId"] = "readActors"


def parameter_written_otherwise(document: dict[str, Any]) -> None:
    (pairs,) = [each for each in document["paths"]["/v1/series"]["get"]["parameters"] if each["name"] == "pair"]
    pairs["explode"] = False


def answer_may_be_anything(document: dict[str, Any]) -> None:
    _schema(document, "OneRelationOut")["properties"]["tension"] = {}


def members_may_be_anything(document: dict[str, Any]) -> None:
    _schema(document, "OneRelationOut")["properties"]["agreements_in_force"]["items"] = {}


def another_number_of_members(document: dict[str, Any]) -> None:
    _schema(document, "OneRelationOut")["properties"]["pair"]["prefixItems"].append({"type": "string"})


def form_of_a_text_is_another(document: dict[str, Any]) -> None:
    _schema(document, "RulingIn")["properties"]["reason"]["pattern"] = "^[a-z]*$"


def media_type_gone(document: dict[str, Any]) -> None:
    content = document["paths"]["/v1/articles/batch"]["post"]["requestBody"]["content"]
    content.clear()


@pytest.mark.parametrize(
    "change",
    [
        gone, field_gone, field_may_lack, field_may_be_null, field_is_a_text, parameter_gone, parameter_required,
        body_field_required, word_not_taken, other_operation_id, media_type_gone, parameter_written_otherwise,
        answer_may_be_anything, members_may_be_anything, another_number_of_members,
        form_of_a_text_is_another,
    ],
    ids=lambda change: change.__name__,
)  # fmt: skip
def test_what_breaks_a_client_is_found(change: Change, document: dict[str, Any]) -> None:
    other = copy.deepcopy(document)
    change(other)
    assert breaks(document, other)
    assert not may_break(document, other)


def test_a_constant_and_what_is_taken_unnamed_count(document: dict[str, Any]) -> None:
    before, after = copy.deepcopy(document), copy.deepcopy(document)
    _schema(before, "RulingIn")["additionalProperties"] = True
    _schema(before, "OneRelationOut")["properties"]["model"] = {"const": "2026.1"}
    _schema(after, "OneRelationOut")["properties"]["model"] = {"const": "2026.2"}
    found = breaks(before, after)
    assert [each.partition(": ")[2] for each in found] == [
        "it is not always '2026.1' now", "a field that is not named is not taken any more",
    ]  # fmt: skip


def test_each_route_counts_with_its_operation_id_parameters_and_answers(document: dict[str, Any]) -> None:
    for path, method, operation in _operations(document):
        only = {**document, "paths": {path: {method: operation}}}

        parameters, answers = operation.get("parameters", []), operation["responses"]
        changed = [
            {**operation, "operationId": "readNews"},
            *({**operation, "parameters": _without(parameters, each)} for each in parameters),
            *({**operation, "responses": {}} for status in answers if status.startswith("2")),
        ]
        others: list[dict[str, Any]] = [{path: {method: each}} for each in changed]
        for paths in [{}, {path: {}}, *others]:
            assert breaks(only, {**only, "paths": paths}), (method, path, paths)


def _without(parameters: list[Any], parameter: Any) -> list[Any]:
    return [each for each in parameters if each is not parameter]


def test_each_word_that_may_be_sent_counts(document: dict[str, Any]) -> None:
    """Whether a schema of words may be sent is what the file says: those that are answered may have others."""
    sent = {"ActorKind", "RulingKind", "State", "Interval"}
    for name in sent:
        for word in _schema(document, name)["enum"]:
            other = copy.deepcopy(document)
            _schema(other, name)["enum"].remove(word)
            assert breaks(document, other), (name, word)


def _operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, found) for path, item in document["paths"].items() for method, found in item.items()]


def new_route(document: dict[str, Any]) -> None:
    document["paths"]["/v1/news"] = document["paths"]["/v1/actors"]


def new_field(document: dict[str, Any]) -> None:
    _schema(document, "OneRelationOut")["properties"]["mood"] = {"type": "string"}
    _schema(document, "OneRelationOut")["required"].append("mood")


def new_word(document: dict[str, Any]) -> None:
    _schema(document, "State")["enum"].append("frozen")


def new_parameter(document: dict[str, Any]) -> None:
    parameters = document["paths"]["/v1/actors"]["get"]["parameters"]
    parameters.append({"name": "letter", "in": "query", "required": False, "schema": {"type": "string"}})


@pytest.mark.parametrize("change", [new_route, new_field, new_word, new_parameter], ids=lambda each: each.__name__)
def test_what_breaks_no_client_may_be(change: Change, document: dict[str, Any]) -> None:
    other = copy.deepcopy(document)
    change(other)
    assert other != document
    assert breaks(document, other) == []


@pytest.mark.parametrize(
    ("before", "after", "may"),
    [("0.2.0", "0.2.1", False), ("0.2.0", "0.3.0", True), ("0.9.0", "1.0.0", True), ("1.2.0", "1.3.0", False),
     ("1.2.0", "2.0.0", True), ("2.0.0", "1.9.0", False)],
)  # fmt: skip
def test_the_version_says_whether_clients_may_break(before: str, after: str, may: bool) -> None:
    assert may_break({"info": {"version": before}}, {"info": {"version": after}}) is may


def test_words_for_people_are_no_part_of_the_contract() -> None:
    schema = {"title": "T", "description": "D", "properties": {"title": {"type": "string", "title": "X"}}}
    document = {
        "info": {"version": "1.0.0", "title": "T"},
        "paths": {},
        "components": {"schemas": {"T": schema}},
    }
    assert normalised(document)["components"]["schemas"]["T"] == {"properties": {"title": {"type": "string"}}}
