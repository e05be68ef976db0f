import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.main import command_line
from domain.log.archives.manifest import MANIFEST, Manifest, encode_manifest


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    (tmp_path / MANIFEST).write_bytes(encode_manifest(Manifest()))
    return tmp_path


def build(archive: Path, *options: str) -> str:
    """Return what a build that does not start says."""
    words = ["history", "build", str(archive), str(archive / "history"), *options]
    done = CliRunner(env={"COLUMNS": "300"}).invoke(command_line("history"), words)
    assert done.exit_code != 0
    return done.output


@pytest.mark.parametrize("options", [["--engine", "local"], ["--engine", "spark", "--workers", "2"]])
def test_a_master_is_sparks_and_has_the_workers(archive: Path, options: list[str]) -> None:
    said = build(archive, "--master", "spark://head:7077", *options)
    assert "--master is for --engine spark" in said


@pytest.mark.parametrize(
    ("engine", "fault"),
    [
        ("local", "duckdb is not installed: pip install 'detente[history-local]'"),
        ("spark", "pyarrow is not installed: pip install 'detente[history]'"),
    ],
)
def test_what_is_not_installed_is_named(
    archive: Path, monkeypatch: pytest.MonkeyPatch, engine: str, fault: str
) -> None:
    for name in ("duckdb", "pyarrow", "pyspark"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "api.history.local_engine", raising=False)
    monkeypatch.delitem(sys.modules, "api.history.spark_engine", raising=False)
    said = build(archive, "--engine", engine)
    assert fault in said
    assert not (archive / "history" / MANIFEST).exists()
