"""A log whose file is damaged: each command names it, says what to run, and ends with a status of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.command import detente


def _scribble(start: int) -> Callable[[Path], None]:
    def change(file: Path) -> None:
        content = file.read_bytes()
        file.write_bytes(content[:start] + b"x" * (len(content) - start))

    return change


def _replace_by_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize("damage", [_scribble(0), _scribble(4096), _replace_by_folder])
def test_a_damaged_log_is_named(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    file = tmp_path / "detente.db"
    assert detente(f"sqlite:///{file}", "seed").returncode == 0
    damage(file)
    for command in ("status", "rebuild"):
        done = detente(f"sqlite:///{file}", command)
        assert done.returncode == 3
        assert f"the log, {file}, is damaged" in done.stderr
        assert "detente restore" in done.stderr
        assert len(done.stderr.splitlines()) == 1
