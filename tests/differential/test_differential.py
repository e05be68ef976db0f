"""Random histories over HTTP, held against a model that is written from the documentation alone.

A few histories on real servers, on both kinds of database; `make soak` plays as many as there is time for. A
failure says how little of its history fails, and what command plays it again.
"""

import ast
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.conftest import NewDatabase
from tests.differential.histories import make_history
from tests.differential.play import Differential, shrunk

_MODEL: Final = ("events", "facts", "incidents", "intervals", "scores", "validity")
_HISTORIES: Final = 2  # on each kind of database


def test_histories_are_answered_as_the_documentation_says(new_database: NewDatabase, tmp_path: Path) -> None:
    played = Differential(new_database, tmp_path, seed=1)

    played.play_until(lambda: played.tally.histories == _HISTORIES)

    assert not played.failures, "\n\n".join(played.failures)
    assert played.tally.writes > 60
    assert played.tally.refused > 10
    assert played.tally.questions > 30


@pytest.mark.parametrize("name", _MODEL)
def test_the_model_knows_nothing_of_the_code(name: str) -> None:
    tree = ast.parse((Path(__file__).with_name(f"{name}.py")).read_text("utf-8"))
    modules = {
        alias.name if isinstance(node, ast.Import) else str(node.module)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    others = {f"tests.differential.{other}" for other in (*_MODEL, "run")}
    assert {module for module in modules if module.partition(".")[0] not in sys.stdlib_module_names} <= others


def test_a_history_depends_on_its_seed_alone() -> None:
    assert make_history(7) == make_history(7)
    assert make_history(7) != make_history(8)


def test_what_a_history_fails_without_is_dropped() -> None:
    history = make_history(7)
    needed = [item for item in history if "uid" in item][-1]

    assert needed in shrunk(lambda fewer: needed in fewer, history)
    assert len(shrunk(lambda fewer: needed in fewer, history)) < len(history) // 4
