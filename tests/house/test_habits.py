"""What the files at the root promise: the hooks run what `make check` runs, and the licence is what it says."""

import re
import subprocess
import sys
import tomllib
from typing import Any

import pytest
import yaml

from tests.house.source import ROOT

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def recipe(target: str) -> list[str]:
    """Return the commands that a target of the Makefile runs."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    found = re.search(rf"^{target}:.*\n((?:\t.+\n)+)", makefile, re.MULTILINE)
    assert found, f"the Makefile has no target {target}"
    return [line.strip().replace("$(BIN)", ".venv/bin") for line in found[1].splitlines()]


class TestHooks:
    @pytest.fixture
    def hooks(self) -> list[dict[str, Any]]:
        config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
        (local,) = config["repos"]
        assert local["repo"] == "local", "a hook from elsewhere is of another version than constraints.txt has"
        hooks: list[dict[str, Any]] = local["hooks"]
        return hooks

    def test_run_what_make_check_runs(self, hooks: list[dict[str, Any]]) -> None:
        assert [hook["entry"] for hook in hooks] == recipe("check")

    def test_look_at_everything_whatever_has_changed(self, hooks: list[dict[str, Any]]) -> None:
        ways = {(hook["language"], hook["pass_filenames"], hook["always_run"]) for hook in hooks}
        assert ways == {("system", False, True)}

    def test_are_read_by_pre_commit(self) -> None:
        command = [sys.executable, "-m", "pre_commit", "validate-config", ".pre-commit-config.yaml"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def test_are_installed_by_make(self) -> None:
        assert recipe("hooks") == [".venv/bin/pre-commit install"]


class TestConstraints:
    @pytest.mark.parametrize(
        "path", ["constraints.txt", "tests/bi/constraints.txt", "tests/history/constraints.txt"]
    )
    def test_are_names_and_versions_alone_in_order(self, path: str) -> None:
        lines = [line for line in (ROOT / path).read_text("utf-8").splitlines() if not line.startswith("#")]
        assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line)] == []
        names = [line.partition("==")[0].lower() for line in lines]
        assert len(names) == len(set(names))

    def test_of_superset_have_what_it_needs_and_does_not_name(self) -> None:
        text = (ROOT / "tests" / "bi" / "constraints.txt").read_text("utf-8")
        names = set(re.findall(r"^([\w.-]+)==", text, re.MULTILINE))
        assert {"apache_superset", "cachetools", "Flask-Caching", "psycopg2-binary", "rich"} <= names


class TestLicence:
    def test_is_named_where_packagers_look(self) -> None:
        assert (PROJECT["license"], PROJECT["license-files"]) == ("Apache-2.0", ["LICENSE"])

    def test_is_there_in_full(self) -> None:
        text = (ROOT / "LICENSE").read_text("utf-8")
        assert "Apache License\n                           Version 2.0, January 2004" in text
        sections = re.findall(r"^   (\d)\. ", text, re.MULTILINE)
        assert sections == list("123456789")
        assert "END OF TERMS AND CONDITIONS" in text

    def test_lets_nobody_upload_the_wheel_by_mistake(self) -> None:
        assert "Private :: Do Not Upload" in PROJECT["classifiers"]


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="a copy without its history")
class TestWhatGitKeeps:
    @staticmethod
    def listed(*options: str) -> list[str]:
        command = ["git", "-c", "safe.directory=*", "ls-files", *options]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()

    def test_is_nothing_that_it_ignores(self) -> None:
        assert self.listed("--cached", "--ignored", "--exclude-standard") == []

    def test_is_no_link_to_a_place_outside(self) -> None:
        assert [entry for entry in self.listed("--stage") if entry.startswith("120000")] == []
