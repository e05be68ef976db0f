"""What the files at the root promise each other: hooks and `make check`, the licence, version and changelog."""

import re
import subprocess
import sys
import tomllib
from datetime import date
from importlib.metadata import version
from typing import Any

import pytest
import yaml

from tests.house.source import ROOT

CHANGELOG = (ROOT / "CHANGELOG.md").read_text("utf-8")
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


class TestRelease:
    """Followed by docs/how-to/maintain/release.md."""

    def test_the_newest_version_of_the_changelog_is_that_of_the_project(self) -> None:
        unreleased, newest, *_ = headings()
        assert unreleased == "Unreleased"
        assert newest.split(" - ")[0] == PROJECT["version"], "see docs/how-to/maintain/release.md"

    def test_what_is_installed_is_of_that_version(self) -> None:
        assert version("detente") == PROJECT["version"], "run `make check`, which installs it anew"

    def test_versions_have_days_and_go_down(self) -> None:
        released = [heading.split(" - ") for heading in headings()[1:]]
        numbers = [tuple(int(part) for part in name.split(".")) for name, _ in released]
        days = [date.fromisoformat(day) for _, day in released]
        assert numbers == sorted(set(numbers), reverse=True)
        assert days == sorted(days, reverse=True)

    def test_every_heading_has_a_link_from_the_tag_before_it(self) -> None:
        names = [heading.split(" - ")[0] for heading in headings()]
        links = dict(re.findall(r"^\[([^\]]+)\]: (\S+)$", CHANGELOG, re.MULTILINE))
        heads = ["HEAD", *(f"v{name}" for name in names[1:])]
        expected = {
            name: f"../../compare/{before}...{head}"
            for name, head, before in zip(names[:-1], heads, heads[1:], strict=False)
        }
        assert links == {**expected, names[-1]: f"../../tree/{heads[-1]}"}

    def test_sections_are_those_of_keep_a_changelog(self) -> None:
        kinds = ["Upgrading", "Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
        for name, text in sections().items():
            found = re.findall(r"^### (.+)$", text, re.MULTILINE)
            assert found == [kind for kind in kinds if kind in found], name

    def test_every_released_version_says_how_to_upgrade_to_it(self) -> None:
        for name, text in sections().items():
            assert name == "Unreleased" or "### Upgrading" in text, name

    def test_only_the_newest_minor_version_is_mended(self) -> None:
        table = re.findall(
            r"^\| (\d+\.\d+) \| (yes|no) \|$", (ROOT / "SECURITY.md").read_text("utf-8"), re.MULTILINE
        )
        newest = ".".join(PROJECT["version"].split(".")[:2])
        assert [name for name, mended in table if mended == "yes"] == [newest]


def headings() -> list[str]:
    """Return the changelog's headings: `Unreleased`, then version and day, without brackets."""
    found = re.findall(r"^## \[([^\]]+)\](.*)$", CHANGELOG, re.MULTILINE)
    return [name + rest for name, rest in found]


def sections() -> dict[str, str]:
    """Return what stands under each heading, by the version's name."""
    parts = re.split(r"^## \[([^\]]+)\].*$", CHANGELOG, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))
