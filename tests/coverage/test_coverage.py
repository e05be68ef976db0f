"""What is run through is counted from the first import on, and the bound holds for branches alone."""

import importlib
import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

from domain.standards.text import check_text
from tests.coverage.counting import COUNTED, SOURCES, stored
from tests.coverage.report import NEEDS_SPARK, describe, is_enough

_PROGRAM = """
import tests
from domain.standards.text import check_text
check_text("a")
tests.store_what_was_run_through()
"""


_FORKED = """
import os
import tests
from domain.standards.text import check_text
process = os.fork()
if not process:
    check_text("a")
    os._exit(3)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
"""


def test_a_process_stores_the_lines_and_branches_that_it_ran_through(tmp_path: Path) -> None:
    environment = {**os.environ, COUNTED: str(tmp_path)}
    subprocess.run([sys.executable, "-c", _PROGRAM], env=environment, check=True)
    (seen,) = stored(tmp_path)
    assert all(file.startswith(tuple(SOURCES)) for file in seen)
    lines, first = inspect.getsourcelines(check_text)
    inside = range(first + 1, first + len(lines))
    places = [place for place in seen[check_text.__code__.co_filename] if place in inside]
    branches = [b for b in seen[check_text.__code__.co_filename] if isinstance(b, tuple) and b[0] in inside]
    condition = min(number for number in places if isinstance(number, int))
    assert sorted(places, key=str) == [condition, condition + 1]
    assert branches == [(condition, condition + 1)]


def test_a_forked_process_that_ends_at_once_stores_them_too(tmp_path: Path) -> None:
    environment = {**os.environ, COUNTED: str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", _FORKED], env=environment, check=False)
    assert done.returncode == 3
    (seen,) = stored(tmp_path)  # of the one that was forked: the other one was not told to store
    lines, first = inspect.getsourcelines(check_text)
    assert seen[check_text.__code__.co_filename] & {*range(first + 1, first + len(lines))}


@pytest.mark.parametrize("file", NEEDS_SPARK)
def test_what_is_left_out_cannot_run_here(file: str) -> None:
    with pytest.raises(ImportError, match=r"py(arrow|spark|4j)"):
        importlib.import_module(file.removesuffix(".py").replace("/", "."))


@pytest.mark.parametrize(("covered", "enough"), [(189, False), (190, True), (200, True)])
def test_branches_have_to_reach_the_bound_by_themselves(covered: int, enough: bool) -> None:
    summary = {"covered_branches": covered, "missing_branches": 200 - covered, "percent_covered": 99.0}

    assert is_enough(summary) is enough


def test_the_share_is_said_with_both_numbers() -> None:
    assert describe({"covered_branches": 2154, "missing_branches": 140}) == (
        "2,154 of 2,294 branches are covered, 93.90 %"
    )
