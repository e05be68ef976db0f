"""The share of branches that the tests run through, by itself: the report's total counts them together with lines.

Run as a module, after the tests, it ends with status 1 where the share is below `fail_under`.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from coverage import Coverage


def describe(totals: Mapping[str, Any]) -> str:
    """Return how many branches were run through, for a person. `totals` are those of coverage's report as JSON."""
    covered, branches = totals["covered_branches"], totals["num_branches"]
    return f"{covered:,} of {branches:,} branches are covered, {100 * covered / branches:.2f} %"


def is_enough(totals: Mapping[str, Any], least: float) -> bool:
    """Return whether at least `least` percent of the branches were run through."""
    return bool(100 * totals["covered_branches"] >= least * totals["num_branches"])


def main() -> None:
    """Say what the share is, and end with status 1 where it is too small."""
    measured = Coverage()
    measured.load()
    with TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        measured.json_report(outfile=str(report))
        totals = json.loads(report.read_text("utf-8"))["totals"]
    least = float(measured.get_option("report:fail_under"))  # type: ignore[arg-type]
    print(describe(totals))
    if not is_enough(totals, least):
        sys.exit(f"Too few: {least:g} % are needed. The table above names what no test runs through")


if __name__ == "__main__":
    main()
