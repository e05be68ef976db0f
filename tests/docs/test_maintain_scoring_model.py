"""The page on adding a scoring model, followed on a copy of the code: the model answers through the service."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.docs.pages import ROOT, blocks, run_shell_blocks
from tests.server import running_server

PAGE = ROOT / "docs" / "how-to" / "maintain" / "add-a-scoring-model.md"
CLASS = "projections/scoring/models/fatalities.py"
TEST = "tests/unit/projections/scoring/models/test_fatalities.py"
CHANGE = {"from": "2020-01-31", "to": "2020-02-12", "model": "fatalities"}


class Copy:
    """A copy of the code, which a maintainer works on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("domain", "projections", "api", "seeds", "tests", "pyproject.toml"):
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, folder / name)

    def write(self, path: str) -> None:
        """Write a file as the page has it."""
        (block,) = blocks(PAGE, f"python {path}")
        (self.folder / path).write_text(block.code, "utf-8")

    def change(self, number: int) -> None:
        """Apply a patch of the page, by its number."""
        patch = blocks(PAGE, "diff")[number].code
        self._run("git", "apply", "-", text=patch)

    def lint(self) -> None:
        """Run the linter on what the page has written."""
        self._run(sys.executable, "-m", "ruff", "check", "projections/scoring/models", TEST)
        self._run(sys.executable, "-m", "ruff", "format", "--check", "projections/scoring/models", TEST)

    def test(self) -> None:
        """Run the models' tests."""
        tests = str(Path(TEST).parent)
        self._run(sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", tests)

    @contextmanager
    def served(self) -> Iterator[httpx.Client]:
        """Run the copy's service; yield a client of it."""
        url = f"sqlite:///{self.folder}/copy.db"
        with running_server(url, self.folder / "server.log", "--seed", **self._environment) as client:
            yield client

    @property
    def _environment(self) -> dict[str, str]:
        """The variables by which Python takes the code from the copy, wherever it is started."""
        return {"PYTHONPATH": str(self.folder), "PYTHONSAFEPATH": "1"}

    def _run(self, *command: str, text: str = "") -> None:
        environment = {**os.environ, **self._environment}
        done = subprocess.run(
            command, cwd=self.folder, env=environment, input=text, text=True, capture_output=True, timeout=300
        )
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """The copy after the page's first three steps."""
    made = Copy(tmp_path_factory.mktemp("copy"))
    made.write(CLASS)
    made.change(0)
    made.write(TEST)
    made.lint()
    made.test()
    return made


def test_the_model_is_added_and_explained_as_the_page_says(copy: Copy, tmp_path: Path) -> None:
    with copy.served() as client:
        refused = client.get("/v1/relations/SYR/TUR/explanation", params=CHANGE)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "not-explained")
    copy.change(1)
    copy.lint()
    with copy.served() as client:
        listed, relation, series, relations, supposed, explained = map(
            json.loads, run_shell_blocks(PAGE, client, tmp_path)
        )
    _check_list(listed)
    assert relation["model"] == "fatalities"
    assert relation["conflict_pressure"] == pytest.approx(13 * 2 ** (-6 / 90))
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
