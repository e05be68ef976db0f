"""Many who change one thing at once, and ids made to stand in the way: every answer says what became of it."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from domain.actors import actor_uuid
from domain.rulings import ruling_uuid
from tests.e2e.support import article, clash, unique
from tests.server import ServerClient


def is_told(answer: httpx.Response) -> bool:
    """Return whether an answer says that a change was made, or that it may be tried again."""
    return answer.is_success or (answer.status_code == 503 and int(answer.headers["retry-after"]) > 0)


def test_sixteen_who_revise_one_article_are_all_told_what_became_of_it(attacked: ServerClient) -> None:
    sent = article(clash("RUS", "TUR"))
    path = f"/v1/articles/{attacked.post('/v1/articles', json=sent).json()['id']}"
    sent.pop("id", None)

    def revise(number: int) -> httpx.Response:
        revised = {**sent, "reason": "again", "events": [clash("RUS", "TUR", summary=str(number))]}
        return attacked.put(path, json=revised)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(revise, range(64)))
    assert all(map(is_told, answers)), {answer.status_code: answer.text for answer in answers}
    positions = [answer.json()["position"] for answer in answers if answer.is_success]
    assert len(set(positions)) == len(positions) > 0


def test_names_are_read_while_actors_register(attacked: ServerClient) -> None:
    def register(number: int) -> httpx.Response:
        code = f"CROWD-{number}"
        return attacked.post("/v1/actors", json={"code": code, "kind": "group", "name": f"Crowd {number}"})

    def misspell(number: int) -> httpx.Response:
        return attacked.post("/v1/articles", json=article(clash(f"Crowdd {number}", "TUR")))

    with ThreadPoolExecutor(16) as pool:
        registered = [pool.submit(register, number) for number in range(64)]
        misspelt = [pool.submit(misspell, number) for number in range(64)]
    assert {each.result().status_code for each in registered} == {201}
    assert {each.result().status_code for each in misspelt} == {422}


@pytest.mark.parametrize("id_", [str(actor_uuid("RUS")), actor_uuid("TUR").hex, str(ruling_uuid("r-1"))])
def test_an_id_that_is_anothers_stands_in_nobodys_way(attacked: ServerClient, id_: str) -> None:
    assert attacked.post("/v1/articles", json=article(clash("RUS", "TUR"), id=id_)).status_code == 201
    assert attacked.get(f"/v1/articles/{id_}").json()["id"] == id_
    name = unique("the Bear")
    assert attacked.post("/v1/actors/RUS/names", json={"name": name}).is_success
    assert attacked.post("/v1/articles", json=article(clash(name, "TUR"))).status_code == 201
