"""The notebooks of the documentation run as written, against a real server, and their text says what comes out."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jupytext
import pytest
from nbclient import NotebookClient

from tests.docs.pages import ROOT, wait_until_folded
from tests.patience import PATIENCE
from tests.server import running_server

NOTEBOOKS = ROOT / "docs" / "notebooks"
#: How the server of each is started: with the seeds, or as it is said in the notebook, with nothing.
ARGUMENTS = {"story-of-idlib": (), "own-csv": (), "two-models": ("--seed",)}

_URL = "http://127.0.0.1:8000"
#: Numbers in a text that are not of its outputs: months, constants of the models, how many actors the seeds have.
ELSEWHERE = {"12", "30", "50", "90", "100", "300"}

_FIGURE = re.compile(r"(?<![\w.-])\d+(?:\.\d+)?(?![\w-])")
_CODE = re.compile(r"`[^`]*`|\]\([^)]*\)|^```.*?^```$", re.DOTALL | re.MULTILINE)


def read(name: str) -> Any:
    return jupytext.read(NOTEBOOKS / f"{name}.md")


def text_of(output: Any) -> str:
    """Return what a reader reads of an output."""
    return str(output.text if output.output_type == "stream" else output.data["text/plain"])


def is_picture(output: Any) -> bool:
    data = output.get("data", {})
    return "image/svg+xml" in data or "<svg" in data.get("text/html", "")


@pytest.fixture(params=list(ARGUMENTS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def executed(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return a notebook after it was run, its server being one of the test's own."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    notebook = read(name)
    database_url = f"sqlite:///{tmp_path}/notebook.db"
    with running_server(database_url, tmp_path / "server.log", *ARGUMENTS[name]) as client:
        wait_until_folded(client)
        for cell in code_cells(notebook):
            cell.source = cell.source.replace(_URL, str(client.base_url).rstrip("/"))
        place = {"metadata": {"path": str(NOTEBOOKS)}}
        NotebookClient(notebook, timeout=PATIENCE, kernel_name="python3", resources=place).execute()
        yield notebook


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_it_runs_and_the_text_says_what_comes_out(name: str, executed: Any) -> None:
    """A figure in the text is one that a cell has shown, or that stands in one."""
    seen, pictures, figures = "", 0, 0
    for cell in executed.cells:
        if cell.cell_type == "code":
            assert not [o for o in cell.outputs if o.get("name") == "stderr"], cell.outputs
            seen += "\n".join([cell.source, *(text_of(output) for output in cell.outputs), ""])
            pictures += sum(is_picture(output) for output in cell.outputs)
        else:
            said = set(_FIGURE.findall(_CODE.sub("", cell.source))) - ELSEWHERE
            figures += len(said)
            missing = [one for one in sorted(said) if not re.search(rf"(?<![\d.]){re.escape(one)}(?!\d)", seen)]
            assert not missing or cell is executed.cells[0], f"in the text of {name}, and in no output: {missing}"
    assert figures >= 5
    assert pictures >= (name != "two-models")


@pytest.mark.parametrize("name", ARGUMENTS)
def test_no_cell_is_for_nothing(name: str) -> None:
    """A cell shows something, or defines what a later one uses; and between two cells there is a sentence."""
    cells = read(name).cells
    sources = [cell.source for cell in cells if cell.cell_type == "code"]
    assert len(sources) >= 6
    for number, source in enumerate(sources):
        defined = re.findall(r"^(?:def )?([A-Za-z_]\w*)(?:\(| = )", source, re.MULTILINE)
        last = source.splitlines()[-1]
        shows = not re.match(r"^\s|^[\w.\[\]\", ]+ = |^[)}\]]", last) or "print(" in source or "client." in source
        later = "\n".join(sources[number + 1 :])
        assert shows or any(re.search(rf"\b{word}\b", later) for word in defined), source
    kinds = [cell.cell_type for cell in cells]
    assert "code code code" not in " ".join(kinds)


def test_every_notebook_is_run() -> None:
    with_cells = {page.stem for page in NOTEBOOKS.glob("*.md") if "```python\n" in page.read_text("utf-8")}
    assert with_cells == set(ARGUMENTS)
