"""The OpenAPI document as generators of clients take it.

Of several media types of one body, some generators make a union of what each stands for: an answer would be an
object or a text, and every use of it a type error. Others skip a type that they do not know with a warning, or
the whole operation. So where there is JSON, it alone is the `content`, and the others stand beside it as
`x-content`, in the same form. What is sent may be left out where there is a default; some generators take it for
a value that is always there, or send it as if it had been given: the description says it instead. A parameter in
the query is never null. Every refusal is a problem.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from api.http.problems import MEDIA_TYPE

OTHER_CONTENT: Final = "x-content"
_JSON: Final = "application/json"
_PROBLEM: Final = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}


def fit_for_generators(document: dict[str, Any]) -> None:
    """Change a document in place to what generators of clients take without options."""
    for operation in _operations(document):
        for parameter in operation.get("parameters", ()):
            parameter["schema"] = _without_null(parameter["schema"])
            _describe_default(parameter["schema"], parameter)
        _set_others_aside(operation.get("requestBody", {}))
        for status, answer in operation["responses"].items():
            _set_others_aside(answer)
            if status.startswith(("4", "5")):
                answer.setdefault("content", _PROBLEM)
    schemas = document["components"]["schemas"]
    for name in _sent(document):
        for schema in schemas[name].get("properties", {}).values():
            _describe_default(schema)


def with_all_content(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document, changed in place, that has all media types of a body as its `content` again."""
    for operation in _operations(document):
        for body in (operation.get("requestBody", {}), *operation["responses"].values()):
            if OTHER_CONTENT in body:
                body["content"] |= body.pop(OTHER_CONTENT)
    return document


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in document["paths"].values():
        yield from (operation for operation in item.values() if isinstance(operation, dict))


def _sent(document: dict[str, Any]) -> set[str]:
    """Return the names of the schemas of which bodies of requests are made."""
    found: set[str] = set()
    following = [_references([each.get("requestBody") for each in _operations(document)])]
    while following:
        for name in set(following.pop()) - found:
            found.add(name)
            following.append(_references(document["components"]["schemas"][name]))
    return found


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(reference := value.get("$ref"), str):
            yield reference.rpartition("/")[2]
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _references(part)


def _describe_default(schema: dict[str, Any], described: dict[str, Any] | None = None) -> None:
    """Say in words what a field is by default, unless that is null; of a parameter, in its own description."""
    default = schema.pop("default", None)
    described = schema if described is None else described
    if default is None or "By default" in described.get("description", ""):
        return
    said = f"By default {json.dumps(default, ensure_ascii=False)}."
    described["description"] = f"{described['description']} {said}" if "description" in described else said


def _set_others_aside(body: dict[str, Any]) -> None:
    """Leave JSON alone as the content of a body, where it is one of several."""
    content = body.get("content", {})
    others = {media_type: each for media_type, each in content.items() if media_type != _JSON}
    if _JSON in content and others:
        body["content"] = {_JSON: content[_JSON]}
        body[OTHER_CONTENT] = others


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter, less that it may be null."""
    parts = [part for part in schema.get("anyOf", ()) if part.get("type") != "null"]
    if len(parts) != 1:
        return schema
    return {**parts[0], **{name: value for name, value in schema.items() if name != "anyOf"}}
