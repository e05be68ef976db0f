"""Facts that cost much: centuries apart, about very many pairs. Others' articles are folded all the same."""

from typing import Any, Final

import psutil

from tests.attacks.cost import cpu_seconds
from tests.e2e.support import read
from tests.patience import wait_until
from tests.server import ServerClient

SIDE: Final = 20  # actors on each side


def clashes(article_id: str, day: str, source: list[str], target: list[str]) -> dict[str, Any]:
    clash = {"kind": "clash", "type": "ASSAULT", "source": source, "target": target, "occurred": day}
    return {"id": article_id, "publisher": "Chronicle", "published": "2020-02-12", "events": [clash]}


def stale(server: ServerClient) -> int:
    return int(read(server, "/health")["projections"][0]["stale"])


def test_two_days_five_centuries_apart_cost_what_two_days_cost(attacked: ServerClient) -> None:
    (projector,) = psutil.Process(attacked.process_id).children()
    codes = [actor["code"] for actor in read(attacked, "/v1/actors", limit=2 * SIDE)["items"]]
    before = cpu_seconds(attacked, projector.pid)
    for day in ("1500-01-01", "2020-02-11"):
        posted = attacked.post("/v1/articles", json=clashes(f"on-{day}", day, codes[:SIDE], codes[SIDE:]))
        assert posted.is_success, posted.text
    late = attacked.post("/v1/articles", json=clashes("late", "2020-02-11", ["RUS"], ["TUR"])).json()
    path = "/v1/relations/RUS/TUR"
    assert read(attacked, path, min_position=late["position"])["position"] >= late["position"]
    wait_until(lambda: stale(attacked) == 0)
    assert cpu_seconds(attacked, projector.pid) - before < 4.0
    since = read(attacked, f"/v1/relations/{codes[0]}/{codes[SIDE]}", as_of="1700-01-01")
    assert since["state"] == "unknown"
