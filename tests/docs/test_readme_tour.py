"""The tour in README.md runs as written, and its answers say what the text around them says."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import README, blocks, run_shell_blocks
from tests.server import running_server


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("tour")
    with running_server(f"sqlite:///{folder}/tour.db", folder / "server.log", "--seed") as client:
        return run_shell_blocks(README, client, folder)


def answer(text: str) -> Any:
    return json.loads(text)


def answers(text: str) -> list[Any]:
    found, rest = [], text.strip()
    while rest:
        value, end = json.JSONDecoder().raw_decode(rest)
        found.append(value)
        rest = rest[end:].strip()
    return found


def test_the_tour_has_the_blocks_tested_here(printed: list[str]) -> None:
    assert len(printed) == len(blocks(README, "sh")) == 12


def test_health(printed: list[str]) -> None:
    health = answer(printed[0])
    assert health["status"] == "ok"
    assert health["projections"][0]["position"] == health["log_position"]
    assert health["projections"][0]["lag"] == 0


def test_syria_and_turkey(printed: list[str]) -> None:
    relation = answer(printed[1])
    assert (relation["state"], relation["since"]) == ("open_conflict", "2020-02-03")
    assert [round(relation[name], 1) for name in ("tension", "cooperation")] == [63.1, 0.0]
    assert round(relation["conflict_pressure"], 1) == 17.1
    assert round(relation["spillover_pressure"], 1) == 2.4


def test_russia_and_turkey(printed: list[str]) -> None:
    relation = answer(printed[2])
    assert (relation["pair"], relation["state"]) == (["RUS", "TUR"], "strained_cooperation")
    assert [round(relation[name], 1) for name in ("tension", "cooperation")] == [42.3, 39.9]
    assert len(relation["agreements_in_force"]) == 2


def test_incidents(printed: list[str]) -> None:
    listed = answer(printed[3])
    incidents = listed["items"]
    assert len(incidents) == 5
    assert incidents[0]["id"] == "SYR>TUR:ASSAULT:2020-02-03"
    assert round(incidents[0]["contribution"], 1) == 33.3
    assert (incidents[0]["reports"], incidents[0]["killed"]) == (2, 13)
    assert [reported["event"]["killed"] for reported in incidents[0]["reported_by"]] == [13, 8]
    assert [incident["via"] for incident in incidents].count("SYR-REB") == 2
    total = sum(incident["contribution"] for incident in incidents if incident["weight"] < 0)
    assert total == pytest.approx(listed["tension"], rel=1e-12)


def test_tension_as_csv(printed: list[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(printed[4])))
    assert [row["day"] for row in rows][:2] == ["2020-01-31", "2020-02-29"]
    assert len(rows) == 6
    tensions = [float(row["tension"]) for row in rows[1:]]
    assert tensions == sorted(tensions, reverse=True)
    assert all(float(row["peak"]) >= float(row["tension"]) for row in rows)


def test_agreements(printed: list[str]) -> None:
    found = answer(printed[5])["items"]
    assert [agreement["status"] for agreement in found] == ["in_force", "in_force"]
    assert all(agreement["since"] == agreement["developments"][0]["occurred"] for agreement in found)


def test_dry_run(printed: list[str]) -> None:
    understood = answer(printed[6])
    assert understood["dry_run"] is True
    assert [event["number"] for event in understood["events"]] == [1, 2]
    assert [(e["event"]["source"], e["event"]["target"]) for e in understood["events"]] == [
        (["SYR"], ["TUR"]),
        (["TUR"], ["SYR"]),
    ]


def test_posting_and_reading_back(printed: list[str]) -> None:
    posted, relation = answer(printed[7]), answer(printed[8])
    assert posted["changed"] is True
    assert posted["id"] == "tour-1"
    assert relation["position"] >= posted["position"]
    assert answer(printed[1])["incidents"] == 3
    assert (relation["incidents"], relation["publishers"]) == (4, 2)
    assert round(relation["tension"], 1) == 70.0


def test_correcting(printed: list[str]) -> None:
    corrected = answer(printed[9])
    assert corrected["position"] == answer(printed[7])["position"] + 1
    now, then = answers(printed[10])
    assert (round(now["tension"], 1), round(then["tension"], 1)) == (69.8, 70.0)
    assert then["tension"] == pytest.approx(answer(printed[8])["tension"], rel=1e-12)


def test_retracting(printed: list[str]) -> None:
    _, relation, article = answers(printed[11])
    before = answer(printed[1])
    moving = ("known_at", "position", "cited_position")
    assert {k: v for k, v in relation.items() if k not in moving} == {
        k: v for k, v in before.items() if k not in moving
    }
    assert article["retracted"] is True
    assert article["events"] == []
    assert [entry["change"] for entry in article["history"]] == [
        "article-posted",
        "clash-reported",
        "statement-reported",
        "report-corrected",
        "article-retracted",
    ]
    assert [entry["reason"] for entry in article["history"][-2:]] == [
        "The publisher took the figure back.",
        "It was made up.",
    ]
    assert {entry["recorded_by"] for entry in article["history"]} == {"tour"}


def test_a_dry_run_records_nothing_and_the_same_article_again_is_no_change(tmp_path: Path) -> None:
    code = blocks(README, "sh")[6].code
    sent = code[code.index("{") : code.index("\nEND")]
    headers = {"Content-Type": "application/json"}
    with running_server(f"sqlite:///{tmp_path}/tour.db", tmp_path / "server.log", "--seed") as client:
        before = client.get("/health").json()["log_position"]
        assert client.post("/v1/articles?dry_run=true", content=sent, headers=headers).status_code == 200
        assert client.get("/health").json()["log_position"] == before
        for changed in (True, False):
            assert client.post("/v1/articles", content=sent, headers=headers).json()["changed"] is changed
