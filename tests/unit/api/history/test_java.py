"""Which Java Spark would find, told by a Java that says what it is told to."""

from pathlib import Path

import pytest

from api.history.java import check_java, version_of
from domain.log.archives.manifest import ArchiveRefused

OPENJDK_17 = 'openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment (build 17.0.15+6)'
ORACLE_8 = 'java version "1.8.0_381"\nJava(TM) SE Runtime Environment (build 1.8.0_381-b09)'


def java(folder: Path, said: str) -> Path:
    """Return the home of a Java that says something on its standard error."""
    program = folder / "bin" / "java"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{said}\nEND\n")
    program.chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("said", "version"),
    [
        (OPENJDK_17, 17),
        (ORACLE_8, 8),
        ('openjdk version "21" 2023-09-19', 21),
        ('openjdk version "24-ea" 2025-03-18', 24),
        ('Picked up _JAVA_OPTIONS: -Xmx1g\nopenjdk version "11.0.2"', 11),
        ("Error occurred during initialization of VM", None),
    ],
)
def test_each_way_to_say_a_version_is_read(said: str, version: int | None) -> None:
    assert version_of(said) == version


@pytest.mark.parametrize("by_path", [True, False])
def test_one_that_is_new_enough_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by_path: bool) -> None:
    home = java(tmp_path, OPENJDK_17)
    if by_path:
        monkeypatch.delenv("JAVA_HOME", raising=False)
        monkeypatch.setenv("PATH", f"{home / 'bin'}:/usr/bin:/bin")
    else:
        monkeypatch.setenv("JAVA_HOME", str(home))
    check_java()


@pytest.mark.parametrize(
    ("said", "fault"), [(ORACLE_8, "is Java 8"), ("Error", "does not say which version of Java it is")]
)
def test_an_old_or_strange_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, fault: str
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java(tmp_path, said)))
    with pytest.raises(ArchiveRefused, match=f"{tmp_path}/bin/java.* {fault}.*: install Java 17 or newer"):
        check_java()


def test_one_that_does_not_run_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (java(tmp_path, "") / "bin" / "java").chmod(0o644)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(ArchiveRefused, match="does not run, Permission denied: install Java 17"):
        check_java()


def test_none_at_all_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ArchiveRefused, match="Spark needs Java, and there is none: install Java 17"):
        check_java()


def test_a_home_without_java_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(ArchiveRefused, match=f"JAVA_HOME is {tmp_path}, where there is no bin/java"):
        check_java()
