"""What docs/how-to/maintain/release.md asks for: version, changelog, links and what is mended agree."""

import re
import shutil
import tomllib
from collections.abc import Iterator
from datetime import date
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.house.source import ROOT

PAGE = ROOT / "docs" / "how-to" / "maintain" / "release.md"
FILES = ("pyproject.toml", "CHANGELOG.md", "SECURITY.md")
KINDS = ["Upgrading", "Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]


class Release:
    """The files of a folder that a release changes, and what in them does not agree."""

    def __init__(self, folder: Path) -> None:
        self.version: str = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]["version"]
        self.changelog = (folder / "CHANGELOG.md").read_text("utf-8")
        self.security = (folder / "SECURITY.md").read_text("utf-8")
        self.headings = re.findall(r"^## \[([^\]]+)\](?: - (.+))?$", self.changelog, re.MULTILINE)
        self.released = self.headings[1:]

    def faults(self) -> list[str]:
        """Return what is wrong, in the order of the page's steps."""
        return [*self._version(), *self._order(), *self._sections(), *self._links(), *self._mended()]

    def _version(self) -> Iterator[str]:
        if self.headings[0] != ("Unreleased", ""):
            yield "the changelog does not begin with Unreleased"
        if self.released[0][0] != self.version:
            yield f"the changelog's newest version is {self.released[0][0]}, pyproject.toml's {self.version}"

    def _order(self) -> Iterator[str]:
        numbers = [tuple(int(part) for part in name.split(".")) for name, _ in self.released]
        days = [date.fromisoformat(day) for _, day in self.released]
        if numbers != sorted(set(numbers), reverse=True) or days != sorted(days, reverse=True):
            yield "versions or their days do not go down"

    def _sections(self) -> Iterator[str]:
        parts = re.split(r"^## \[([^\]]+)\].*$", self.changelog, flags=re.MULTILINE)
        for name, text in zip(parts[1::2], parts[2::2], strict=True):
            found = re.findall(r"^### (.+)$", text, re.MULTILINE)
            if found != [kind for kind in KINDS if kind in found]:
                yield f"{name} has other sections than {KINDS}, or in another order"
            if name != "Unreleased" and "Upgrading" not in found:
                yield f"{name} does not say how to upgrade to it"

    def _links(self) -> Iterator[str]:
        tags = [f"v{name}" for name, _ in self.released]
        names = ["Unreleased", *(name for name, _ in self.released)]
        ranges = [f"compare/{old}...{new}" for old, new in zip(tags, ["HEAD", *tags], strict=False)]
        expected = dict(zip(names, [*ranges, f"tree/{tags[-1]}"], strict=True))
        for name, link in expected.items():
            if f"\n[{name}]: ../../{link}\n" not in self.changelog:
                yield f"the link of {name} does not lead to {link}"

    def _mended(self) -> Iterator[str]:
        mended = re.findall(r"^\| (\d+\.\d+) \| yes \|$", self.security, re.MULTILINE)
        if mended != [self.version.rpartition(".")[0]]:
            yield f"SECURITY.md says that {mended} are mended, the version is {self.version}"


def test_version_changelog_and_security_agree() -> None:
    assert Release(ROOT).faults() == []


def test_what_is_installed_is_of_that_version() -> None:
    assert version("detente") == Release(ROOT).version, "run `make check`, which installs it anew"


class TestThePage:
    """Followed in a copy, up to where packages are built and pushed."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        for name in FILES:
            shutil.copy(ROOT / name, tmp_path)
        return tmp_path

    def test_leads_to_a_release(self, folder: Path) -> None:
        heading, links = (code for code in code_blocks() if re.match(r"## \[|\[Unreleased", code))
        new = heading.split("]")[0].removeprefix("## [")
        old = Release(ROOT).version

        edit(folder / "pyproject.toml", f'version = "{old}"', f'version = "{new}"')
        assert any("newest version" in fault for fault in Release(folder).faults())

        cut = f"## [Unreleased]\n\n{heading}\n### Upgrading\n\nNothing.\n"
        edit(folder / "CHANGELOG.md", "## [Unreleased]\n", cut)
        assert not any("newest version" in fault or "upgrade" in fault for fault in Release(folder).faults())
        assert any("link" in fault for fault in Release(folder).faults())

        before = Release(folder).changelog.partition("\n[Unreleased]: ")[0]
        (folder / "CHANGELOG.md").write_text(f"{before}\n{links}", "utf-8")
        (last,) = Release(folder).faults()
        assert "SECURITY.md" in last

        edit(folder / "SECURITY.md", f"| {old.rpartition('.')[0]} | yes |", f"| {new.rpartition('.')[0]} | yes |")
        assert Release(folder).faults() == []

    def test_an_unreleased_change_may_wait(self, folder: Path) -> None:
        text = (folder / "CHANGELOG.md").read_text("utf-8")
        between = re.compile(r"(?<=## \[Unreleased\]\n).*?(?=## \[)", re.DOTALL)
        waiting = between.sub("\n### Fixed\n\n- A fault.\n\n", text, count=1)
        (folder / "CHANGELOG.md").write_text(waiting, "utf-8")
        assert Release(folder).faults() == []

    def test_a_version_without_notes_on_upgrading_is_seen(self, folder: Path) -> None:
        edit(folder / "CHANGELOG.md", "### Upgrading\n", "### Steps\n")
        assert len(Release(folder).faults()) == 2


def code_blocks() -> list[str]:
    """Return the code blocks of the page; those of a step are indented with it."""
    text = re.sub(r"^   ", "", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    return re.findall(r"^```\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file.name}"
    file.write_text(text.replace(old, new), "utf-8")
