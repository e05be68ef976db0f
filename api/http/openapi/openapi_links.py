"""Links in the OpenAPI document: which value of one answer is which parameter of the next request.

A posted article leads to reading, revising and retracting it, a page of a list to the next one. Tools that walk
the document follow them.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

_OpenApiDocument = dict[str, Any]


class _Link(NamedTuple):
    """From the answer of one operation, in one of these ways, to another operation."""

    origin: str
    statuses: tuple[str, ...]
    target: str
    parameters: dict[str, str | int]


_ARTICLE: Final = "/v1/articles/{article_id}"
_EVENT: Final = "/v1/articles/{article_id}/events/{number}"
_ID: Final[dict[str, str | int]] = {"article_id": "$response.body#/id"}
_CODE: Final[dict[str, str | int]] = {"actor": "$response.body#/id"}
_SEEN: Final[dict[str, str | int]] = {"min_position": "$response.body#/position"}

_LINKS: Final = (
    *(
        _Link("post /v1/articles", ("200", "201"), target, parameters)
        for target, parameters in (
            (f"get {_ARTICLE}", _ID),
            (f"put {_ARTICLE}", _ID),
            (f"delete {_ARTICLE}", _ID),
            (f"put {_EVENT}", {**_ID, "number": 1}),
            (f"delete {_EVENT}", {**_ID, "number": 1}),
        )
    ),
    *(
        _Link(origin, ("200",), f"get {_ARTICLE}", _ID)
        for origin in (f"put {_ARTICLE}", f"delete {_ARTICLE}", f"put {_EVENT}", f"delete {_EVENT}")
    ),
    _Link("get /v1/articles", ("200",), f"get {_ARTICLE}", {"article_id": "$response.body#/items/0/id"}),
    _Link("post /v1/actors", ("200", "201"), "get /v1/actors/{actor}", {**_CODE, **_SEEN}),
    _Link("post /v1/actors", ("200", "201"), "post /v1/actors/{actor}/names", _CODE),
    _Link("get /v1/actors", ("200",), "get /v1/actors/{actor}", {"actor": "$response.body#/items/0/code"}),
    _Link(
        "get /v1/agreements",
        ("200",),
        "get /v1/agreements/{agreement}",
        {"agreement": "$response.body#/items/0/id"},
    ),
    _Link("get /v1/events", ("200",), "get /v1/events", {"after": "$response.body#/last"}),
)


def add_links(document: _OpenApiDocument) -> None:
    """Add the links between the operations that a document has."""
    operations = {
        f"{method} {path}": operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if isinstance(operation, dict)
    }
    for link in (*_LINKS, *_to_next_pages(operations)):
        if link.origin in operations and link.target in operations:
            target = operations[link.target]["operationId"]
            found = {"operationId": target, "parameters": dict(link.parameters)}
            for status in link.statuses:
                operations[link.origin]["responses"][status].setdefault("links", {})[target] = found


def _to_next_pages(operations: dict[str, Any]) -> Iterator[_Link]:
    for name, operation in operations.items():
        if any(parameter.get("name") == "cursor" for parameter in operation.get("parameters", ())):
            yield _Link(name, ("200",), name, {"cursor": "$response.body#/next"})
