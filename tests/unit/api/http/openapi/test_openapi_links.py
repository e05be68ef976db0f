"""Links in the OpenAPI document: from an answer to the next request, where both are there."""

from typing import Any

from api.http.openapi.openapi_links import add_links


def operation(name: str, *parameters: str, statuses: tuple[str, ...] = ("200",)) -> dict[str, Any]:
    return {
        "operationId": name,
        "parameters": [{"name": each} for each in parameters],
        "responses": {status: {} for status in statuses},
    }


def test_a_list_leads_to_its_next_page_and_an_answer_to_what_it_names() -> None:
    post = operation("postActor", statuses=("200", "201"))
    several, one, log = operation("listActors", "cursor"), operation("getActor"), operation("listModels")
    document = {
        "paths": {
            "/v1/actors": {"post": post, "get": several, "summary": "Actors"},
            "/v1/actors/{actor}": {"get": one},
            "/v1/models": {"get": log},
        }
    }
    add_links(document)
    following = several["responses"]["200"]["links"]
    assert following["listActors"]["parameters"] == {"cursor": "$response.body#/next"}
    assert following["getActor"]["parameters"] == {"actor": "$response.body#/items/0/code"}
    for status in ("200", "201"):
        assert set(post["responses"][status]["links"]) == {"getActor"}  # to its names there is no way here
    assert log["responses"] == {"200": {}}
