"""The documentation as data: its pages, the code blocks in them, and their shell blocks run as a reader would."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx

from tests.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
PAGES = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))

_FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
_BASE_URL = "http://127.0.0.1:8000"
_MARK = "-- a block ends here --"

#: Before the blocks: curl fails where the service answers with a problem, and says which.
_PRELUDE = """
set -euo pipefail
curl() { command curl --fail-with-body --show-error "$@"; }
python3() { "$PYTHON" "$@"; }
"""


class Block(NamedTuple):
    """A code block of a page, with what stands behind its opening fence."""

    page: Path
    info: str
    code: str

    @property
    def name(self) -> str:
        """The block's page and beginning, for the name of a test."""
        return f"{self.page.stem}-{self.code.strip()[:40]}"


def blocks(page: Path, *infos: str) -> list[Block]:
    """Return the code blocks of a page that are marked as one of `infos`."""
    text = page.read_text("utf-8")
    found = (Block(page, match["info"].strip(), match["code"]) for match in _FENCE.finditer(text))
    return [block for block in found if block.info in infos]


def printed_by(code: str) -> str:
    """Return what a block of Python prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, timeout=PATIENCE, text=True
    )
    return done.stdout


def without_code(page: Path) -> str:
    """Return the text of a page without its code blocks."""
    return _FENCE.sub("", page.read_text("utf-8"))


def run_shell_blocks(page: Path, client: httpx.Client, folder: Path) -> list[str]:
    """Run a page's `sh` blocks in one shell, in order, against a client's server; return what each printed.

    They begin once the projections have caught up, as they have when a person types the first command. A block
    marked `sh fails` shows a problem and has to fail; every other has to succeed.
    """
    wait_until_folded(client)
    script = _PRELUDE
    for block in blocks(page, "sh", "sh fails"):
        code = block.code.replace(_BASE_URL, str(client.base_url))
        if block.info == "sh fails":
            code = f"if (\n{code}\n); then echo 'this block should have failed' >&2; exit 97; fi\n"
        script += f"{code}\necho\necho '{_MARK}'\n"
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "PYTHON": sys.executable, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, timeout=PATIENCE
    )
    out, err = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == 0, f"{page.name}: exit status {done.returncode}\n{out}\n{err}"
    *printed, rest = out.split(f"\n{_MARK}\n")
    assert not rest
    return printed


def wait_until_folded(client: httpx.Client) -> None:
    """Wait until the projections of a server reflect its whole log."""
    position = client.get("/health").json()["log_position"]
    client.get("/v1/actors", params={"min_position": position, "limit": 1}).raise_for_status()


def tables(page: Path) -> Iterator[tuple[str, list[list[str]]]]:
    """Yield each table of a page: the heading above it, and the cells of its rows without the header."""
    heading, rows = "", list[list[str]]()
    for line in [*without_code(page).splitlines(), ""]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
        elif rows:
            yield heading, rows[2:]
            rows = []
        if line.startswith("#"):
            heading = line.lstrip("#").strip()


def coded(cell: str) -> str:
    """Return what stands in backticks at the beginning of a text, empty if nothing does."""
    found = re.match(r"`([^`]+)`", cell)
    return found[1] if found else ""
