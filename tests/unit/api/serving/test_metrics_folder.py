"""The folder in which workers count goes with its server, at the latest when the next one starts."""

import subprocess
import sys
from pathlib import Path

import pytest

from api.serving.metrics_folder import metrics_folder
from tests.patience import wait_until

_KEEP = """
import os
from api.serving.metrics_folder import metrics_folder
with metrics_folder() as folder:
    if os.fork() == 0:  # as of a worker, which outlives the server by a moment
        print(folder, flush=True)
        os.read(0, 1)
        os._exit(0)
    os.wait()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)


def test_a_folder_is_removed_at_the_end() -> None:
    with metrics_folder() as folder:
        assert folder.is_dir()
    assert not folder.exists()


def test_what_a_killed_server_left_is_removed_once_none_of_its_processes_runs() -> None:
    command = [sys.executable, "-c", _KEEP]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        left = Path(server.stdout.readline().strip())
        with metrics_folder():
            assert left.is_dir(), "it is of a server that runs"
        server.kill()
        server.wait()
        with metrics_folder():
            assert left.is_dir(), "a worker has it still"
        server.stdin.close()

        def is_swept() -> bool:
            with metrics_folder():
                return not left.exists()

        wait_until(is_swept)


def test_a_folder_that_is_being_made_is_left_alone(tmp_path: Path) -> None:
    made = tmp_path / "detente-metrics-x"
    made.mkdir()
    (made / "making").touch()
    with metrics_folder():
        assert [each.name for each in made.iterdir()] == ["making"]
