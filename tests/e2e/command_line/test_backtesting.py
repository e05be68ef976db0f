"""`detente backtest` and `fit-risk`, run as a person runs them, and the clash risk in a real server's answers."""

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from math import exp
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NewDatabase
from tests.e2e.command import detente
from tests.e2e.support import clash, posted, read, statement, wait_for_all
from tests.postgres import Databases
from tests.server import ServerClient, running_server

START = date(2001, 1, 1)
SMALL = ("--min-incidents", "100")


def keds() -> str:
    """Return six years of made-up rows: one pair clashes every other year, one never, one now and then."""
    rows = []
    for number in range(0, 2190, 3):
        day = START + timedelta(days=number)
        rows.append(f"{day}\tISRMIL\tLBN\t{'190' if number // 365 % 2 else '112'}")
        rows.append(f"{day}\tFRA\tDEU\t036")
        rows.append(f"{day}\tIRQ\tIRN\t{'190' if number % 210 == 0 else '111'}")
    return "".join(f"{row}\n" for row in rows)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file of made-up KEDS data."""
    path = tmp_path_factory.mktemp("keds") / "rows.tsv"
    path.write_text(keds())
    return path


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory, file: Path) -> str:
    """Return the URL of an SQLite database that holds the made-up rows."""
    url = f"sqlite:///{tmp_path_factory.mktemp('log')}/x.db"
    assert detente(url, "import", str(file)).returncode == 0
    return url


@pytest.fixture(scope="module")
def artefact(log: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with a clash risk model that was fitted to the made-up rows."""
    path = tmp_path_factory.mktemp("risk") / "deeper" / "risk.json"
    run = detente(log, "fit-risk", "--out", str(path), *SMALL)
    assert run.returncode == 0, run.stderr
    return path


def test_a_backtest_is_the_same_from_a_history(log: str, tmp_path: Path) -> None:
    archive, history = str(tmp_path / "archive"), str(tmp_path / "history")
    assert detente(log, "archive", archive).returncode == 0
    assert detente(log, "history", "build", archive, history, "--workers", "1").returncode == 0
    mine, theirs = (
        detente(log, "backtest", "--json", *SMALL, **has) for has in ({"DETENTE_HISTORY": history}, {})
    )
    assert mine.returncode == 0, mine.stderr
    assert mine.stdout == theirs.stdout
    assert "The incidents come from the history of position" in mine.stderr
    assert "history" not in theirs.stderr


def test_a_backtest_as_text_json_and_picture(new_database: NewDatabase, file: Path, tmp_path: Path) -> None:
    url = new_database()
    assert detente(url, "import", str(file)).returncode == 0
    picture = tmp_path / "picture.svg"
    run = detente(url, "backtest", *SMALL, "--json", "--picture", str(picture))
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert (found["pairs"], found["profile"], found["model"]) == (3, "default", "2026.2")
    assert found["as_published"] is False
    assert found["cases"] == 3 * found["cutoffs"]
    assert found["clash_risk"]["model"] == "clash-risk-2026.2"
    assert sum(band["cases"] for band in found["tension_reliability"]) == found["cases"]
    assert (found["first_cutoff"], found["silent_cutoffs"]) == ("2002-01-01", 0)
    by_name = {method["name"]: method for method in found["methods"]}
    assert by_name["tension"]["auc"] > by_name["goldstein_mean"]["auc"] > 0.5
    assert by_name["clash_count"]["onsets"] == 0.5  # before an onset there is none to count
    assert {tuple(pair["pair"]) for pair in found["by_pair"]} == {("ISR", "LBN"), ("DEU", "FRA"), ("IRN", "IRQ")}
    assert picture.read_text().startswith("<?xml")
    text = detente(url, "backtest", *SMALL, "--as-published")  # each row on its own day
    assert text.returncode == 0
    assert "The score of a case is made of what was published by its cutoff." in text.stdout
    assert f"{by_name['tension']['auc']:.4f}" in text.stdout
    assert "What a tension meant in this log" in text.stdout
    (calm,) = [band for band in found["tension_reliability"] if band["low"] == 0]
    assert re.search(rf"0 to 10\W+{calm['cases']:,}\W+{calm['observed']:.1%}", text.stdout)
    assert text.stderr == ""


def test_both_profiles_see_the_same_where_every_actor_is_a_country(log: str) -> None:
    runs = [detente(log, "backtest", *SMALL, "--json", "--profile", name) for name in ("default", "reference")]
    default, reference = (json.loads(run.stdout) for run in runs)
    assert {key: default[key] for key in ("pairs", "cases", "base_rate", "calm_cases")} == {
        key: reference[key] for key in ("pairs", "cases", "base_rate", "calm_cases")
    }
    conflict = [found["methods"][0] for found in (default, reference)]
    assert conflict[0] == conflict[1]  # half the weight for one publisher, all over, changes no rank
    one, another = (
        json.loads(detente(log, "backtest", *SMALL, "--json", "--model", name).stdout)
        for name in ("2026.1", "2026.1-clash")
    )
    assert (one["model"], another["model"]) == ("2026.1", "2026.1-clash")
    assert one["methods"][1] != another["methods"][1]
    assert one["methods"][2:] == another["methods"][2:]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("backtest", "--min-incidents", "1000"), "0 of 3 pairs have 1000 incidents or more"),
        (
            ("backtest", "--from", "2004-01-01", "--to", "2003-01-01"),
            "--from, 2004-01-01, is after --to, 2003-01-01",
        ),
        (("backtest", "--from", "yesterday"), "--from: 'yesterday' is not a day such as 2001-12-31"),
        (("backtest", *SMALL, "--from", "2020-01-01"), "there is no cutoff"),
        (("backtest", *SMALL, "--model", "1999.1"), "--model: '1999.1' is not one of "),
        (("backtest", *SMALL, "--picture", "x.gif"), "*.svg or *.png"),
        (("fit-risk", "--out", "x.json", "--share", "2"), "--share is above 0 and at most 1, not 2.0"),
        (("fit-risk", "--out", "x.json", "--share", "1", "--to", "2003-01-01"), "either --to or --share"),
        (("fit-risk", *SMALL, "--out", "x.json", "--to", "2002-01-05"), "no cutoff is left to fit on"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_line(log: str, arguments: tuple[str, ...], problem: str) -> None:
    run = detente(log, *arguments)
    assert run.returncode == 1
    assert problem in run.stderr
    assert "Traceback" not in run.stderr
    assert run.stdout == ""


@pytest.mark.parametrize("command", [("backtest",), ("fit-risk", "--out", "x.json")])
def test_an_empty_log_is_said(tmp_path: Path, command: tuple[str, ...]) -> None:
    run = detente(f"sqlite:///{tmp_path}/x.db", *command)
    assert (run.returncode, run.stderr) == (1, "the log holds no incident: import or post some first\n")


def test_a_fit_says_what_it_knew_and_how_it_did_afterwards(log: str, tmp_path: Path) -> None:
    out, picture = tmp_path / "risk.json", tmp_path / "risk.png"
    run = detente(log, "fit-risk", *SMALL, "--out", str(out), "--json", "--picture", str(picture))
    assert run.returncode == 0, run.stderr
    found, model = json.loads(run.stdout), json.loads(out.read_text())
    assert found["model"] == model["name"]
    assert model["training"] == {key: value for key, value in found["training"].items() if key != "base_rate"}
    late = found["evaluations"][0]
    assert [evaluation["profile"] for evaluation in found["evaluations"]] == ["default", "reference"]
    gap = date.fromisoformat(late["first_cutoff"]) - date.fromisoformat(model["training"]["last"])
    assert gap > timedelta(days=30)  # nothing that training was told of happens later than the first evaluation
    assert late["auc"] > 0.7
    assert sum(found["cases"] for found in late["reliability"]) == late["cases"]
    assert picture.read_bytes().startswith(b"\x89PNG")
    again = tmp_path / "again.json"
    assert detente(log, "fit-risk", *SMALL, "--out", str(again)).returncode == 0
    assert again.read_bytes() == out.read_bytes()
    until = ("--from", "2002-06-01", "--to", "2003-12-31")
    run = detente(log, "fit-risk", *SMALL, "--out", str(again), "--json", *until)
    training = json.loads(run.stdout)["training"]
    assert (training["first"], training["last"] <= "2003-12-01") == ("2002-06-01", True)
    whole = detente(log, "fit-risk", *SMALL, "--out", str(again), "--share", "1")
    assert "Nothing is left of the log" in whole.stdout


# In answers


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def client(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, artefact: Path
) -> Iterator[ServerClient]:
    """Return a client of a server with a clash risk model and nothing but the seeds, for each kind of store."""
    folder = tmp_path_factory.mktemp(f"risky-{request.param}")
    url = f"sqlite:///{folder}/x.db"
    if request.param == "postgresql":
        databases: Databases = request.getfixturevalue("databases")
        url = databases.make()
    with running_server(url, folder / "log", "--seed", DETENTE_RISK_MODEL=str(artefact)) as found:
        wait_for_all(found)
        yield found


def risk(client: ServerClient, a: str, b: str, as_of: str = "2020-02-12", **parameters: Any) -> float | None:
    found = read(client, f"/v1/relations/{a}/{b}", as_of=as_of, **parameters)["clash_risk"]
    assert found is None or isinstance(found, float)
    return found


def test_a_relation_carries_its_risk_and_the_model_it_is_by(client: ServerClient, artefact: Path) -> None:
    name = json.loads(artefact.read_text())["name"]
    found = read(client, "/v1/relations/SYR/TUR", as_of="2020-02-12")
    assert found["clash_risk_model"] == name
    assert 0 < found["clash_risk"] < 1
    assert found["clash_risk"] > (risk(client, "RUS", "TUR") or 1)


def test_nothing_known_is_no_risk_and_not_a_small_one(client: ServerClient) -> None:
    assert risk(client, "FRA", "DEU") is None
    assert risk(client, "SYR", "TUR", as_of="2017-01-01") is None
    assert risk(client, "SYR", "TUR", known_at="1999-01-01") is None


def test_the_list_gives_what_each_relation_gives(client: ServerClient) -> None:
    for parameters in (
        {"as_of": "2020-02-12"},
        {"as_of": "2020-02-08"},
        {"as_of": "2020-02-12", "known_at": "2999-01-01"},
    ):
        items = read(client, "/v1/relations", **parameters)["items"]
        assert any(item["clash_risk"] for item in items)
        for item in items:
            assert item["clash_risk"] == pytest.approx(risk(client, *item["pair"], **parameters))
            assert (item["clash_risk"] is None) is (item["incidents"] == 0)
    table = client.get("/v1/relations", params={"as_of": "2020-02-12", "format": "csv"}).text
    assert {"clash_risk", "clash_risk_model"} <= set(table.splitlines()[0].split(","))


def test_every_share_of_a_risk_leads_to_an_incident_and_its_articles(client: ServerClient) -> None:
    asked = {"as_of": "2020-02-12"}
    found = read(client, "/v1/relations/SYR/TUR/clash-risk", **asked)
    shares = [item["share"] for item in found["items"]]
    assert found["constant"] + sum(shares) == pytest.approx(found["hazard"], abs=1e-9)
    assert found["clash_risk"] == pytest.approx(1 - exp(-found["hazard"])) == risk(client, "SYR", "TUR", **asked)
    assert shares == sorted(shares, reverse=True)
    assert all(item["reported_by"] for item in found["items"])
    own = [item for item in found["items"] if item["via"] is None]
    assert own
    assert all({item["source"], item["target"]} == {"SYR", "TUR"} for item in own)
    assert all(item["type"] == "ASSAULT" for item in found["items"] if item not in own)
    page = read(client, "/v1/relations/SYR/TUR/clash-risk", **asked, limit=2)
    rest = read(client, "/v1/relations/SYR/TUR/clash-risk", **asked, limit=1000, cursor=page["next"])
    assert page["items"] + rest["items"] == found["items"]
    nothing = read(client, "/v1/relations/FRA/DEU/clash-risk", **asked)
    assert (nothing["clash_risk"], nothing["hazard"], nothing["items"]) == (None, None, [])


def test_risk_follows_what_was_known(client: ServerClient) -> None:
    posted(client, statement("KEN", "TZA", "2019-01-05"), published="2019-01-10")
    wait_for_all(client)
    before = read(client, "/v1/relations/KEN/TZA", as_of="2019-03-01")
    posted(client, *(clash("KEN", "TZA", f"2019-02-{day:02}") for day in range(1, 20)), published="2019-03-01")
    wait_for_all(client)
    after = read(client, "/v1/relations/KEN/TZA", as_of="2019-03-01")
    assert after["clash_risk"] > before["clash_risk"]
    assert risk(client, "KEN", "TZA", "2019-03-01", known_at=before["known_at"]) == pytest.approx(
        before["clash_risk"]
    )
    assert risk(client, "KEN", "TZA", "2019-01-31") == pytest.approx(
        risk(client, "KEN", "TZA", "2019-01-31", known_at=before["known_at"])
    )


def test_an_answer_by_one_risk_model_does_not_stand_for_one_by_another(tmp_path: Path, artefact: Path) -> None:
    url, path = f"sqlite:///{tmp_path}/x.db", "/v1/relations/SYR/TUR?as_of=2020-02-12"
    with running_server(url, tmp_path / "one", "--seed") as plain:
        wait_for_all(plain)
        before = plain.get(path)
        assert before.json()["clash_risk_model"] == "clash-risk-2026.2"
        assert 0 < before.json()["clash_risk"] < 1
    with running_server(url, tmp_path / "other", DETENTE_RISK_MODEL=str(artefact)) as risky:
        after = risky.get(path, headers={"If-None-Match": before.headers["etag"]})
        assert after.status_code == 200
        assert after.json()["clash_risk_model"].startswith("clash-risk-2-")
        assert after.json()["clash_risk"] != before.json()["clash_risk"]
        assert risky.get(path, headers={"If-None-Match": after.headers["etag"]}).status_code == 304


@pytest.mark.parametrize(
    ("content", "problem"),
    [(None, "cannot be read"), ("{", "not JSON"), ("{}", "not a clash risk model"), ("changed", "changed or cut")],
)
def test_a_model_that_is_none_ends_the_start_and_is_named(
    tmp_path: Path, artefact: Path, content: str | None, problem: str
) -> None:
    path = tmp_path / "risk.json"
    if content == "changed":
        path.write_text(artefact.read_text().replace('"base_rate": 0.', '"base_rate": 0.9'))
    elif content is not None:
        path.write_text(content)
    run = detente(f"sqlite:///{tmp_path}/x.db", "serve", "--port", "0", DETENTE_RISK_MODEL=str(path))
    assert run.returncode == 2
    assert "DETENTE_RISK_MODEL" in run.stderr
    assert problem in run.stderr
    assert "Traceback" not in run.stderr


def test_a_model_of_another_version_is_refused_by_name(tmp_path: Path, artefact: Path) -> None:
    path = tmp_path / "risk.json"
    path.write_text(artefact.read_text().replace('"version": 2', '"version": 7'))
    run = detente(f"sqlite:///{tmp_path}/x.db", "serve", "--port", "0", DETENTE_RISK_MODEL=str(path))
    assert run.returncode == 2
    assert "its version is 7, and this service reads version 2" in run.stderr.replace("\n", " ")
