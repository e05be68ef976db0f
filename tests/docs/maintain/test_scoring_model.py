"""The page on adding a scoring model, followed on a copy of the code: the model answers through the service."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.docs.code_copy import CodeCopy
from tests.docs.pages import ROOT, run_shell_blocks

PAGE = ROOT / "docs" / "how-to" / "maintain" / "add-a-scoring-model.md"
MODELS = "projections/scoring/models"
CLASS = "projections/scoring/models/fatalities.py"
TEST = "tests/unit/projections/scoring/models/test_fatalities.py"
CHANGE = {"from": "2020-01-31", "to": "2020-02-12", "model": "fatalities"}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> CodeCopy:
    """The copy after the page's first three steps."""
    made = CodeCopy(PAGE, tmp_path_factory.mktemp("copy"))
    made.write(CLASS)
    made.change(0)
    made.write(TEST)
    made.lint(MODELS, TEST)
    made.test(str(Path(TEST).parent))
    return made


def test_the_model_is_added_and_explained_as_the_page_says(copy: CodeCopy, tmp_path: Path) -> None:
    with copy.served() as client:
        refused = client.get("/v1/relations/SYR/TUR/explanation", params=CHANGE)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "not-explained")
    copy.change(1)
    copy.lint(MODELS, TEST)
    with copy.served() as client:
        listed, relation, series, relations, supposed, explained = map(
            json.loads, run_shell_blocks(PAGE, client, tmp_path)
        )
    _check_list(listed)
    assert relation["model"] == "fatalities"
    # The week's dead count from the 3rd on: the day of its most precise part.
    assert relation["conflict_pressure"] == pytest.approx(13 * 2 ** (-9 / 90))
    tension = 100 * relation["conflict_pressure"] / (relation["conflict_pressure"] + 25)
    assert relation["tension"] == pytest.approx(tension, rel=1e-12)
    assert (relation["cooperation"], relation["spillover_pressure"]) == (0, 0)
    assert series["items"][-1]["tension"] == pytest.approx(relation["tension"], rel=1e-9)
    (alike,) = (item for item in relations["items"] if item["pair"] == ["SYR", "TUR"])
    assert alike["tension"] == pytest.approx(relation["tension"], rel=1e-9)
    assert alike["state"] == relation["state"]
    assert supposed["what_if"] == ["prior:50.0"]
    assert supposed["tension"] < relation["tension"]
    assert explained["after"]["tension"] == pytest.approx(relation["tension"], rel=1e-9)
    assert sum(part["change"] for part in explained["items"]) == pytest.approx(explained["change"], abs=1e-9)


def _check_list(listed: Any) -> None:
    (model,) = (item for item in listed["items"] if item["name"] == "fatalities")
    assert (model["family"], model["is_default"]) == ("fatalities", False)
    assert model["constants"]["prior"] == 25
    assert model["ranges"]["prior"] == [0.1, 1000]
