"""Actors are named in paths by any of their names, one with a slash in it too: `AFC%2FM23`."""

from urllib.parse import quote

from tests.e2e.support import ActorFactory, clash, posted, problem, read, relation, unique
from tests.server import ServerClient


def test_a_name_with_a_slash_is_read_wherever_a_code_is(server: ServerClient, new_actor: ActorFactory) -> None:
    name = f"M23/{unique('afc')}"
    a, b = new_actor(name), new_actor()
    sent = posted(server, clash(a, b), clash(b, a), clash(a, b, "2020-01-16"))
    in_path = quote(name, safe="")

    assert relation(server, in_path, b, min_position=sent["position"]) == relation(server, a, b)
    assert relation(server, b, in_path.lower()) == relation(server, a, b)
    assert read(server, f"/v1/actors/{in_path}")["code"] == a
    assert server.head(f"/v1/relations/{in_path}/{b}").status_code == 200
    page = server.get(f"/v1/relations/{in_path}/{b}/incidents", params={"limit": 2})
    assert page.links["next"]["url"].startswith(f"{server.base_url}/v1/relations/{in_path}/{b}/incidents?")
    assert len(page.json()["items"]) == 2
    assert len(server.get(page.links["next"]["url"]).json()["items"]) == 1


def test_a_name_with_a_slash_is_added_and_taken_back(server: ServerClient, new_actor: ActorFactory) -> None:
    code, first, second = new_actor(), f"M23/{unique('one')}", f"M23/{unique('two')}"
    for name in (first, second):
        added = server.post(
            f"/v1/actors/{quote(first if name is second else code, safe='')}/names", json={"name": name}
        )
        assert added.status_code in (200, 201), added.text

    taken = server.delete(
        f"/v1/actors/{quote(second, safe='')}/names/{quote(first, safe='')}", params={"reason": "a test"}
    )

    assert taken.status_code == 200, taken.text
    found = read(server, f"/v1/actors/{code}", min_position=taken.json()["position"])
    assert first not in str(found)
    assert second in str(found)


def test_what_no_actor_has_is_refused_as_it_was_written(server: ServerClient) -> None:
    for text, shown in (("AFC%2Fnobody", "AFC/nobody"), ("AFC%252Fnobody", "AFC%2Fnobody")):
        refused = problem(server.get(f"/v1/relations/{text}/RUS"), 422)
        assert repr(shown) in refused["detail"]
    for text in ("AFC%00nobody", "AFC%00%2Fnobody", "RUS%00"):
        refused = problem(server.get(f"/v1/relations/{text}/RUS"), 422)
        assert "\\x00" in refused["detail"]
