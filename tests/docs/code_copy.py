"""A copy of the code, on which a maintainer's page is followed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.docs.pages import ROOT, blocks
from tests.server import running_code


class CodeCopy:
    """A copy of the code, which a maintainer works on as a page says.

    What is compiled comes along, but for files that are just being written; Python makes anew what changes.
    """

    def __init__(self, page: Path, folder: Path) -> None:
        self.page = page
        self.folder = folder
        for name in (
            "domain",
            "projections",
            "api",
            "seeds",
            "tests",
            "docs",
            "pyproject.toml",
            "docker-compose.yml",
        ):
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("*.pyc.*"))
            else:
                shutil.copy(source, folder / name)

    def write(self, path: str, kind: str = "python") -> None:
        """Write a file as the page has it."""
        (block,) = blocks(self.page, f"{kind} {path}")
        (self.folder / path).write_text(block.code, "utf-8")

    def change(self, number: int) -> None:
        """Apply a patch of the page, by its number."""
        self.run("git", "apply", "-", text=blocks(self.page, "diff")[number].code)

    def lint(self, *paths: str) -> None:
        """Run the linter on what the page has written."""
        self.run(sys.executable, "-m", "ruff", "check", *paths)
        self.run(sys.executable, "-m", "ruff", "format", "--check", *paths)

    def test(self, *arguments: str) -> None:
        """Run some tests, which have to pass."""
        self.run(*self._pytest, *arguments)

    def fail(self, *arguments: str) -> str:
        """Run some tests, which have to fail; return what they say."""
        done = self._done(*self._pytest, *arguments)
        assert done.returncode == 1, f"{done.stdout}\n{done.stderr}"
        return done.stdout

    @contextmanager
    def served(self, database: Path | None = None) -> Iterator[httpx.Client]:
        """Run the copy's service, on a database of its own or another; yield a client of it."""
        url = f"sqlite:///{database or self.folder / 'copy.db'}"
        with running_code(self.folder, url, self.folder / "server.log", "--seed") as client:
            yield client

    def run(self, *command: str, text: str = "") -> None:
        """Run a command in the copy, which has to succeed."""
        done = self._done(*command, text=text)
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"

    @property
    def _pytest(self) -> tuple[str, ...]:
        return (sys.executable, "-m", "pytest", "-q", "-p", "xdist.plugin", "-n", "0", "-p", "no:cacheprovider")

    def _done(self, *command: str, text: str = "") -> "subprocess.CompletedProcess[str]":
        # The copy's code; and of pytest's plugins, which take seconds to import, none but what our options need.
        code = {"PYTHONPATH": str(self.folder), "PYTHONSAFEPATH": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        return subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, **code},
            input=text,
            text=True,
            capture_output=True,
            timeout=300,
            check=False,
        )
