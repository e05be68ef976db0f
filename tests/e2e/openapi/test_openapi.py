"""The OpenAPI document says what the server does: its examples work, its schemas describe the answers."""

import json
from collections.abc import Iterator
from typing import Any, Final

import httpx
import jsonschema
import pytest

from api.http.openapi.client_generators import OTHER_CONTENT, with_all_content
from tests.e2e.support import Json, answer, article, clash, posted, problem, read, unique, wait_for_all
from tests.server import ServerClient

METHODS: Final = ("get", "put", "post", "delete", "patch")
PATHS: Final = {
    "a": "RUS",
    "b": "TUR",
    "actor": "RUS",
    "agreement": "idlib-dmz-2018",
    "alias": "AFP via Yahoo",
    "article_id": "idlib-2020-02-11",
    "name": "RUS",
    "number": "1",
    "ruling_id": "a-request-of-its-own",
    "import_id": "an-import-of-its-own",
}


@pytest.fixture(scope="module")
def document(sqlite_server: ServerClient) -> Json:
    """Return the OpenAPI document of a server on which there is something under each of `PATHS`."""
    sent = article(clash("ZAF", "ZMB", "2020-01-09"), id="ruled-on-for-the-document")
    answer(sqlite_server.post("/v1/articles", json=sent))
    named = {"article": sent["id"], "number": 1}
    ruling = {"id": PATHS["ruling_id"], "ruling": "separate", "reports": [named], "reason": "Nobody else tells."}
    answer(sqlite_server.post("/v1/rulings", json=ruling))
    kept = {"id": PATHS["import_id"], "file": "a.tsv", "outcome": "complete"}
    answer(sqlite_server.post("/v1/imports", json=kept))
    alias = {"alias": PATHS["alias"], "publisher": "AFP"}
    answer(sqlite_server.post("/v1/publishers/aliases", json=alias))
    return with_all_content(read(sqlite_server, "/openapi.json"))


def _operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Yield method, path template and operation."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, path, item[method]


def _resolved(document: Json, schema: Json) -> Json:
    """Return what a schema refers to."""
    while "$ref" in schema:
        found: Any = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        schema = found
    return schema


def _check(document: Json, schema: Json, value: Any) -> None:
    """Check a value against a schema of the document."""
    whole = {**schema, "components": document["components"]}
    validator = jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker())
    errors = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]
    assert not errors


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(reference := value.get("$ref"), str):
            yield reference
        for part in value.values():
            yield from _references(part)
    elif isinstance(value, list):
        for part in value:
            yield from _references(part)


def _examples(document: Json, content: Json) -> list[Any]:
    """Return the examples of a body: those of its media type, or of its schema."""
    schema = _resolved(document, content["schema"])
    own: list[Any] = [content["example"]] if "example" in content else []
    named = [example["value"] for example in content.get("examples", {}).values()]
    return [*own, *named, *schema.get("examples", ())]


def test_the_document_has_the_form_of_openapi(document: Json) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"] == "Detente API"
    assert document["info"]["version"]
    for _, path, operation in _operations(document):
        in_path = {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "path"}
        assert in_path == {part[1:-1] for part in path.split("/") if part.startswith("{")}
        assert operation["responses"]
    identifiers = [operation["operationId"] for _, _, operation in _operations(document)]
    assert len(set(identifiers)) == len(identifiers)


def test_where_there_is_json_it_alone_is_the_content(sqlite_server: ServerClient) -> None:
    published = read(sqlite_server, "/openapi.json")
    bodies = [
        body
        for _, _, operation in _operations(published)
        for body in (operation.get("requestBody", {}), *operation["responses"].values())
    ]
    with_others = [body for body in bodies if OTHER_CONTENT in body]
    assert all(list(body["content"]) == ["application/json"] for body in with_others)
    assert len(with_others) > 25
    assert all(
        len(body["content"]) == 1 or "application/json" not in body["content"]
        for body in bodies
        if "content" in body
    )


def test_every_reference_leads_somewhere(document: Json) -> None:
    references = set(_references(document))

    assert references
    for reference in references:
        assert _resolved(document, {"$ref": reference})


def test_every_link_leads_from_an_answer_to_an_operation(document: Json) -> None:
    operations = {operation["operationId"]: operation for _, _, operation in _operations(document)}
    links = [
        (operation, answer, link)
        for operation in operations.values()
        for answer in operation["responses"].values()
        for link in answer.get("links", {}).values()
    ]
    assert links
    for operation, answered, link in links:
        target = operations[link["operationId"]]
        assert set(link["parameters"]) <= {parameter["name"] for parameter in target["parameters"]}
        contents = [content["schema"] for content in answered["content"].values()]
        schemas = [schema for schema in contents if schema.get("type") != "string"]
        fields = {
            name
            for schema in schemas
            for part in schema.get("anyOf", [schema])
            for name in _resolved(document, part)["properties"]
        }
        for value in link["parameters"].values():
            pointer = str(value).removeprefix("$response.body#/")
            assert value == 1 or pointer.partition("/")[0] in fields, (operation["operationId"], link)


def test_a_posted_article_and_every_page_lead_on(document: Json) -> None:
    posting = document["paths"]["/v1/articles"]["post"]["responses"]["201"]["links"].values()
    assert {link["parameters"].get("article_id") for link in posting} == {"$response.body#/id"}
    for _, path, operation in _operations(document):
        if "cursor" in {parameter["name"] for parameter in operation.get("parameters", ())}:
            own = operation["responses"]["200"]["links"][operation["operationId"]]
            assert own["parameters"] == {"cursor": "$response.body#/next"}, path


def test_a_method_that_a_path_does_not_take_is_answered_with_those_it_takes(
    document: Json, sqlite_server: ServerClient
) -> None:
    for path, item in document["paths"].items():
        refused = sqlite_server.request("PATCH", path.format_map(PATHS))
        problem(refused, 405)
        methods = ", ".join(method.upper() for method in item)
        assert refused.headers["allow"] == methods.replace("GET", "GET, HEAD"), path
    assert problem(sqlite_server.post("/openapi.json"), 405)


def test_every_schema_is_a_json_schema(document: Json) -> None:
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_every_operation_says_what_it_does(document: Json) -> None:
    for method, path, operation in _operations(document):
        assert operation["summary"], (method, path)
        assert operation["description"], (method, path)
        assert operation["tags"], (method, path)


def test_every_error_is_documented_as_a_problem(document: Json) -> None:
    for method, path, operation in _operations(document):
        assert {"4XX", "5XX"} <= operation["responses"].keys()
        for status, refused in operation["responses"].items():
            if status.startswith(("4", "5")):
                assert list(refused["content"]) == ["application/problem+json"], (method, path)


def test_a_problem_has_the_form_that_is_documented(document: Json, sqlite_server: ServerClient) -> None:
    schema = {"$ref": "#/components/schemas/ProblemDetails"}

    _check(document, schema, problem(sqlite_server.get("/v1/relations/Rusia/Congo"), 422))
    _check(document, schema, problem(sqlite_server.get("/v1/articles/nothing"), 404))


def test_every_body_has_an_example(document: Json) -> None:
    for method, path, operation in _operations(document):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            assert _examples(document, content), (method, path)


def test_every_example_of_a_body_is_accepted(document: Json, sqlite_server: ServerClient) -> None:
    for method, path, operation in _operations(document):
        for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
            for example in _examples(document, content):
                target = posted(sqlite_server, clash("RUS", "TUR"), clash("TUR", "RUS"), published="2020-02-20")
                filled = path.format_map({**PATHS, "article_id": target["id"]})
                text = example if isinstance(example, str) else json.dumps(example)
                response = sqlite_server.request(
                    method, filled, content=text.encode(), headers={"Content-Type": media_type}
                )
                assert response.is_success, (method, path, response.text)
                for result in _results(response) if path.endswith("/batch") else ():
                    assert result["status"] in (200, 201), result


def _results(response: httpx.Response) -> list[Json]:
    if response.headers["content-type"] == "application/json":
        return list(response.json())
    return [json.loads(line) for line in response.text.splitlines()]


def test_every_path_and_method_answers(document: Json, sqlite_server: ServerClient) -> None:
    for method, path, _ in _operations(document):
        target = posted(sqlite_server, clash("RUS", "TUR"))
        filled = path.format_map({**PATHS, "article_id": target["id"]})
        response = sqlite_server.request(method, filled)
        assert response.status_code not in (404, 405), (method, path)
        assert response.status_code < 500, (method, path)


def test_every_format_of_every_list_is_documented(document: Json, sqlite_server: ServerClient) -> None:
    for method, path, operation in _operations(document):
        if method == "get" and not path.startswith(("/health", "/metrics")):
            assert "format" in {parameter["name"] for parameter in operation["parameters"]}, path
            for form in (
                ("svg", "png", "vl.json") if path.startswith("/v1/pictures") else ("json", "csv", "ndjson")
            ):
                asked = _known(operation, {"format": form, "as_of": "2020-02-12", "pair": "SYR,TUR"})
                response = sqlite_server.get(path.format_map(PATHS), params=asked)
                media_type = response.headers["content-type"].partition(";")[0]
                assert form.removeprefix("vl.") in media_type
                assert media_type in operation["responses"]["200"]["content"], path


def _known(operation: Json, parameters: dict[str, str]) -> dict[str, str]:
    """Return those of the parameters that an operation has."""
    names = {parameter["name"] for parameter in operation.get("parameters", [])}
    return {name: value for name, value in parameters.items() if name in names}


def _documented(operation: Json, response: httpx.Response) -> Json:
    content = operation["responses"][str(response.status_code)]["content"]
    schema = content[response.headers["content-type"]]["schema"]
    assert isinstance(schema, dict)
    return schema


@pytest.mark.parametrize("as_of", ["2020-02-12", "2018-12-31", "9999-12-31"])
def test_every_answer_of_a_read_has_the_form_that_is_documented(
    document: Json, sqlite_server: ServerClient, as_of: str
) -> None:
    wait_for_all(sqlite_server)
    for method, path, operation in _operations(document):
        if method == "get" and path != "/metrics":  # which is text
            days = {"as_of": as_of, "from": as_of, "to": as_of}
            form = "vl.json" if path.startswith("/v1/pictures") else "json"
            asked = _known(operation, {**days, "pair": "SYR,TUR", "format": form})
            response = sqlite_server.get(path.format_map(PATHS), params=asked)
            assert response.status_code == 200, (path, response.text)
            _check(document, _documented(operation, response), response.json())


def test_every_answer_of_a_write_has_the_form_that_is_documented(
    document: Json, sqlite_server: ServerClient
) -> None:
    operations = {(method, path): operation for method, path, operation in _operations(document)}
    sent = article(clash("RUS", "TUR"), clash("TUR", "RUS"))
    path, event = "/v1/articles/{article_id}", "/v1/articles/{article_id}/events/{number}"
    ruling = {"id": unique("ruling"), "reports": [{"article": sent["id"], "number": 2}], "reason": "another"}
    for method, template, body, parameters in [
        ("post", "/v1/articles", sent, {"dry_run": "true"}),
        ("post", "/v1/articles", sent, {}),
        ("post", "/v1/articles", sent, {}),
        ("put", event, {"event": clash("RUS", "TUR", killed=2)}, {}),
        ("post", "/v1/rulings", {**ruling, "ruling": "separate"}, {}),
        ("post", "/v1/rulings", {**ruling, "ruling": "separate"}, {}),
        ("delete", "/v1/rulings/{ruling_id}", None, {"reason": "mistaken"}),
        ("post", "/v1/imports", {"id": unique("import"), "file": "a.tsv", "outcome": "failed"}, {}),
        ("post", "/v1/imports/deleted-events", {"events": [{"id": "acled-SYR1", "ref": "SYR1"}]}, {}),
        ("delete", event, None, {}),
        ("put", path, {**sent, "reason": "again"}, {}),
        ("delete", path, None, {}),
        ("post", "/v1/actors", {"code": "TESTLAND", "kind": "state", "name": "Testland"}, {}),
        ("post", "/v1/actors/{actor}/names", {"name": "Rossiya"}, {}),
    ]:
        filled = template.format_map({**PATHS, "article_id": sent["id"], "ruling_id": ruling["id"]})
        response = sqlite_server.request(method, filled, json=body, params=parameters)
        answer(response)
        _check(document, _documented(operations[method, template], response), response.json())


def test_every_result_of_a_batch_has_the_form_that_is_documented(
    document: Json, sqlite_server: ServerClient
) -> None:
    operation = document["paths"]["/v1/articles/batch"]["post"]
    lines = [json.dumps(article(clash("RUS", "TUR"))), json.dumps(article(clash("RUS", "Congo"))), "["]
    headers = {"Content-Type": "application/x-ndjson"}

    response = sqlite_server.post("/v1/articles/batch", content="\n".join(lines), headers=headers)

    results = [json.loads(line) for line in response.text.splitlines()]
    assert [result["status"] for result in results] == [201, 422, 400]
    for result in results:
        _check(document, _documented(operation, response), result)
