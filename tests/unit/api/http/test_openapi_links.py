"""Links in the OpenAPI document: from an answer to the next request, where both are there."""

from typing import Any

from api.http.openapi_links import add_links


def operation(name: str, *parameters: str, statuses: tuple[str, ...] = ("200",)) -> dict[str, Any]:
    return {
        "operationId": name,
        "parameters": [{"name": each} for each in parameters],
        "responses": {status: {} for status in statuses},
    }


def test_a_list_leads_to_its_next_page_and_an_answer_to_what_it_names() -> None:
    post = operation("post_actor", statuses=("200", "201"))
    several, one, log = operation("get_actors", "cursor"), operation("get_actor"), operation("get_models")
    document = {
        "paths": {
            "/v1/actors": {"post": post, "get": several, "summary": "Actors"},
            "/v1/actors/{actor}": {"get": one},
            "/v1/models": {"get": log},
        }
    }
    add_links(document)
    following = several["responses"]["200"]["links"]
    assert following["get_actors"]["parameters"] == {"cursor": "$response.body#/next"}
    assert following["get_actor"]["parameters"] == {"actor": "$response.body#/items/0/code"}
    for status in ("200", "201"):
        assert set(post["responses"][status]["links"]) == {"get_actor"}  # to its names there is no way here
    assert log["responses"] == {"200": {}}
