"""What the tests ran through, put together from all their processes: a table of what is missing, and the bound."""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from slipcover import Slipcover, print_coverage

from tests.coverage.counting import SOURCES, Seen, stored

LEAST: Final = 95  # percent

#: What cannot be imported where Spark is not, as here: `make history-test` runs it, in an environment of its own.
NEEDS_SPARK: Final = ["api/history/spark_engine.py"]
_NOT_HERE: Final = [r"if sys\.platform == .win32.:"]


def report(seen: Iterable[Seen]) -> dict[str, Any]:
    """Return SlipCover's report of all our code, whether it was imported or not; but for what needs Spark."""
    omitted = [f"*/{name}" for name in NEEDS_SPARK]
    whole = Slipcover(branch=True, source=SOURCES, omit=omitted, exclude_also=_NOT_HERE)
    for process in seen:
        for file, places in process.items():
            whole.all_seen[file].update(places)
    return dict(whole.get_coverage())


def describe(summary: Mapping[str, Any]) -> str:
    """Return how many branches were run through, for a person."""
    covered, missing = summary["covered_branches"], summary["missing_branches"]
    return f"{covered:,} of {covered + missing:,} branches are covered, {_percent(summary):.2f} %"


def is_enough(summary: Mapping[str, Any]) -> bool:
    """Return whether enough of lines and branches was run through, and of branches by themselves."""
    return bool(min(summary["percent_covered"], _percent(summary)) >= LEAST)


def main(folder: Path) -> None:
    """Print what processes that stored in a folder did not run through; end with status 1 where it is too much."""
    told = report(stored(folder))
    print_coverage(told, skip_covered=True, missing_width=80)
    print(describe(told["summary"]))
    if not is_enough(told["summary"]):
        sys.exit(f"Too few: {LEAST} % are needed. The table above names what no test runs through")


def _percent(summary: Mapping[str, Any]) -> float:
    covered, missing = summary["covered_branches"], summary["missing_branches"]
    return float(100 * covered / (covered + missing))
