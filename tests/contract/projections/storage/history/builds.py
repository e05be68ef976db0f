"""Builds of history that are made in the process of a test: of the log of a service, as it stands."""

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event
from typing import Any

from api.history import local_engine
from api.history.build import build_history
from api.history.engines import Stage
from api.history.local_engine import LocalEngine
from api.operations.archive import archive_log
from api.running.history_reading import OpenHistory, history_reader
from api.running.service import Service
from domain.log.archives.manifest import Manifest
from projections.publishers.stale_weights import correct_columns
from projections.storage.history.build_manifest import BuildManifest, BuiltFile
from projections.storage.incident_cache import IncidentCache


class EngineInProcess(LocalEngine):
    """The local engine without other processes, which take a second to start."""

    def _run(self, stage: Stage, folders: Sequence[Path], told: Callable[[int, int], None]) -> list[BuiltFile]:
        files: list[BuiltFile] = []
        for number, folder in enumerate(folders):
            task = local_engine._TaskFolder(number, folder)
            files += local_engine._run_task(stage.fold, stage.order, self._build, task)
            told(number + 1, len(folders))
        return files


def build(service: Service, folder: Path, at: str = "") -> BuildManifest:
    """Archive the log of a service and build its history, at `folder`/history or elsewhere."""
    archive = str(folder / "archive")
    archive_log(service.log, archive, service.clock, _untold, Event())

    def opening(of: str, manifest: Manifest, address: str) -> EngineInProcess:
        return EngineInProcess(of, manifest, address, 1, folder)

    return build_history(archive, at or str(folder / "history"), opening, service.clock, _untold)


def opened(service: Service, folder: Path, at: str = "") -> OpenHistory:
    """Return the history at `folder`/history, or elsewhere, for the log of a service, looked at."""
    history = history_reader(at or str(folder / "history"))(service.log)
    assert history is not None
    history.look()
    return history


def cache_on(history: OpenHistory) -> IncidentCache:
    """Return all incidents in memory, as a service with a history has them."""
    return IncidentCache(correct_columns, history)


def _untold(*_: Any) -> None:
    pass
