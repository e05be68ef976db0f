"""docs/score.md says what a run says, where the data are: `levant.cameo.tsv` in the folder DETENTE_TEST_DATA."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest

from api.running.service import Service
from api.running.settings import Settings
from projections.queries.load_pairs import load_pair
from projections.queries.question import Question
from projections.scoring.models import MODELS
from projections.scoring.pair_history import run_on
from projections.scoring.states import State
from projections.times import to_day
from tests.docs.pages import ROOT, coded, tables
from tests.zygote import run

DATA = Path(os.environ.get("DETENTE_TEST_DATA", ROOT.parent / "shared" / "data")) / "levant.cameo.tsv"
PAGE = ROOT / "docs" / "score.md"
PICTURE = ROOT / "docs" / "images" / "clash-risk.svg"
FIRST, LAST = to_day(date(1979, 4, 15)), to_day(date(2011, 11, 30))
HALF = ("--from", "1996-01-22")
NAMES = ("auc", "average_precision", "within", "onsets", "brier_skill")
#: Another version of numpy, or another machine's order of summation, may move a figure by so much.
TOLERANCE = 0.0006

pytestmark = pytest.mark.skipif(
    not DATA.exists(), reason=f"{DATA} is missing: see docs/how-to/import-event-data.md for where it comes from"
)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the URL of a database that holds the whole file."""
    url = f"sqlite:///{tmp_path_factory.mktemp('levant')}/levant.db"
    assert ask(url, "import", str(DATA))["reasons"] == {"no-actor": 842}
    return url


def ask(log: str, *arguments: str) -> dict[str, Any]:
    """Return what a command says, whose coverage does not count: others' does, and this takes long without."""
    done = run([*arguments, "--json"], {**os.environ, "DETENTE_DATABASE_URL": log})
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def backtests(log: str) -> dict[str, dict[str, Any]]:
    """Return the whole backtest of each profile."""
    return {name: ask(log, "backtest", "--profile", name) for name in ("default", "reference")}


@pytest.fixture(scope="module")
def fitted(log: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """Return what fitting the risk says, and its picture."""
    folder = tmp_path_factory.mktemp("risk")
    picture = folder / "risk.svg"
    return ask(log, "fit-risk", "--out", str(folder / "risk.json"), "--picture", str(picture)), picture


def rows(heading: str, number: int = 0) -> dict[str, list[str]]:
    """Return a table of the page, by the name in the first column, else by that cell."""
    found = [table for title, table in tables(PAGE) if title == heading][number]
    return {coded(row[0]) or row[0]: row[1:] for row in found}


def check(documented: dict[str, list[str]], found: dict[str, dict[str, Any]]) -> None:
    assert documented.keys() == found.keys()
    for name, cells in documented.items():
        for figure, cell in zip(NAMES, cells, strict=False):
            assert float(cell) == pytest.approx(found[name][figure], abs=TOLERANCE), (name, figure)


def methods(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {method["name"]: method for method in found["methods"]}


@pytest.mark.parametrize(
    ("profile", "heading"),
    [("default", "The registry's actors"), ("reference", "Countries as they were coded")],
)
def test_the_scores_are_as_good_as_the_page_says(
    backtests: dict[str, dict[str, Any]], profile: str, heading: str
) -> None:
    found = backtests[profile]
    tested = methods(found)
    del tested["clash_risk"]  # which has been fitted on half of the cases
    check(rows(heading), tested)
    text = " ".join(PAGE.read_text("utf-8").split())
    for fact in (f"{found['pairs']} pairs", f"{found['cases']:,} cases", f"{found['base_rate']:.4f}"):
        assert fact in text


def test_what_is_in_the_log_ranks_as_the_file_does(backtests: dict[str, dict[str, Any]]) -> None:
    found = methods(backtests["reference"])
    for name, cells in rows("Countries as they were coded", 1).items():
        for figure, cell in zip(NAMES, cells, strict=False):
            if cell:
                assert found[name][figure] == pytest.approx(float(cell), abs=0.005), (name, figure)


def test_the_failures_are_those_of_the_run(backtests: dict[str, dict[str, Any]]) -> None:
    found = backtests["default"]
    worst = {"-".join(pair["pair"]): pair for pair in found["by_pair"][:5]}
    documented = rows("Where it fails")
    assert list(documented) == list(worst)
    for pair, (incidents, base_rate, auc) in documented.items():
        assert int(incidents.replace(",", "")) == worst[pair]["incidents"]
        assert float(base_rate) == pytest.approx(worst[pair]["base_rate"], abs=TOLERANCE)
        assert float(auc) == pytest.approx(worst[pair]["auc"], abs=TOLERANCE)
    onsets = {("-".join(onset["pair"]), onset["day"]): onset for onset in found["least_announced_onsets"]}
    for pair, (day, before, tension, _) in rows("Where it fails", 1).items():
        onset = onsets[pair, day]
        assert (onset["before"] or "none", f"{onset['tension']:.1f}") == (before, tension)
    text = " ".join(PAGE.read_text("utf-8").split())
    assert f"There are {found['onsets']:,} onsets" in text
    assert f"Before {found['unannounced_onsets']} of them" in text


def test_the_other_model_ranks_better_on_the_half_it_was_not_chosen_on(log: str) -> None:
    names = ("2026.1", "2026.2", "2026.1-clash")
    found = {name: ask(log, "backtest", *HALF, "--model", name) for name in names}
    first, second, other = (methods(found[name])["tension"] for name in names)
    check(rows("Why cooperation does not damp tension"), {"2026.1": first, "2026.2": second})
    check(rows("A model that ranks a little better"), {"2026.2": second, "2026.1-clash": other})
    for figure in ("auc", "within"):
        assert other[figure] > second[figure]


@pytest.fixture(scope="module")
def service(log: str) -> Iterator[Service]:
    opened = Service.open(Settings(database_url=log, projector="none"))
    yield opened
    opened.close()


@pytest.mark.parametrize(("model", "column"), [("2026.1", 2), ("2026.2", 3)])
def test_the_states_are_those_that_the_page_says(service: Service, model: str, column: int) -> None:
    for pair, *cells in cells_of("The states"):
        day = to_day(date.fromisoformat(cells[0]))
        (state, _) = run_on(day, runs_of(service, pair, model))
        assert state == coded(cells[column]), (pair, cells[0])
    for pair, *cells in cells_of("The states", 1):
        found = runs_of(service, pair, model)
        shares = [share_of_days(found, state) for state in (State.OPEN_CONFLICT, State.HOSTILE)]
        assert shares == pytest.approx([float(cell) for cell in cells[2 * column - 4 :][:2]], abs=0.06), pair


def cells_of(heading: str, number: int = 0) -> list[tuple[str, ...]]:
    found = [table for title, table in tables(PAGE) if title == heading][number]
    return [(coded(row[0]) or "", *row[1:]) for row in found]


def runs_of(service: Service, pair: str, model: str) -> list[tuple[int, State]]:
    question = Question(LAST, model=MODELS[model])
    a, b = pair.split("-")
    with service.store.reading() as connection:
        return load_pair(connection, (a, b), question).runs(question.model)


def share_of_days(found: list[tuple[int, State]], state: State) -> float:
    """Return on how many in a hundred of the log's days a pair is in a state."""
    days = pairwise([*(min(day, LAST + 1) for day, _ in found), LAST + 1])
    held = sum(end - first for (first, end), (_, each) in zip(days, found, strict=True) if each is state)
    return 100 * held / (LAST + 1 - FIRST)


def test_reported_ceasefires_calm_as_little_as_the_page_says(log: str) -> None:
    script = ROOT / "docs" / "reported_ceasefires.py"
    done = subprocess.run([sys.executable, script, log], capture_output=True, text=True, check=True, cwd=ROOT)
    said = [float(number.replace(",", "")) for number in re.findall(r"\d[\d,.]*", done.stdout)]
    cells = " ".join(" ".join(cells) for cells in cells_of("Reported ceasefires"))
    told = [float(number.replace(",", "")) for number in re.findall(r"\d[\d,.]*", cells)]
    assert [*said[:2], *said[4:]] == pytest.approx(told, abs=0.002)


def test_the_risk_is_as_good_as_the_page_says(log: str, fitted: tuple[dict[str, Any], Path]) -> None:
    of_many = ask(log, "backtest", *HALF, "--min-incidents", "20")
    found = {"20 incidents or more": of_many, "200 incidents or more": ask(log, "backtest", *HALF)}
    for name, cells in rows("The risk of a clash").items():
        backtest = found.pop(name)
        risk = {**methods(backtest)["clash_risk"], **backtest["clash_risk"]}
        figures = [risk[figure] for figure in (*NAMES, "mean_forecast")]
        assert list(map(float, cells)) == pytest.approx([*figures, backtest["base_rate"]], abs=TOLERANCE), name
    assert not found
    check(rows("The risk of a clash", 1), {each["profile"]: each for each in fitted[0]["evaluations"]})
    bins = of_many["clash_risk"]["reliability"]
    for (cases, forecast, observed), each in zip(rows("The risk of a clash", 2).values(), bins, strict=True):
        assert int(cases.replace(",", "")) == pytest.approx(each["cases"], abs=3)
        assert float(forecast) == pytest.approx(each["forecast"], abs=0.002)
        assert float(observed) == pytest.approx(each["observed"], abs=0.005)


def test_the_picture_is_that_of_the_run(fitted: tuple[dict[str, Any], Path]) -> None:
    """Coordinates are compared, not bytes: another build of matplotlib may word the same curve otherwise."""
    made, committed = drawn(fitted[1]), drawn(PICTURE)
    assert made.keys() == committed.keys() == {"roc-0", "roc-1", "reliability"}
    for name, coordinates in made.items():
        assert coordinates == pytest.approx(committed[name], abs=0.5), name


def drawn(picture: Path) -> dict[str, list[float]]:
    found = {}
    for group in Xml.parse(picture).iter("{http://www.w3.org/2000/svg}g"):  # noqa: S314  # a file of our own
        path = group.find("{http://www.w3.org/2000/svg}path")
        if path is not None and re.match(r"roc-|reliability", group.get("id", "")):
            found[group.get("id", "")] = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", path.get("d", ""))]
    return found
