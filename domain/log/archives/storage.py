"""Where an archive is: what any place of it can do, and the local folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from domain.log.archives.manifest import FILES, MANIFEST, ArchiveRefused
from domain.log.backups.complete_files import PART, complete_or_not_at_all, sync_to_disk
from domain.log.sqlite_files import OWNER_ONLY

_LOCK: Final = ".lock"
_OWNER_ONLY_FOLDER: Final = 0o700


class PlaceUse(NamedTuple):
    """What a place is for: the folder of its `files`, and what a `writer` is said to do, as `builds there`."""

    files: str
    writer: str


ARCHIVING: Final = PlaceUse(FILES, "archives into it")


class ArchivePlace(Protocol):
    """A place that holds an archive. What fails raises `ArchiveRefused`, which names the file and the reason."""

    address: str  #: as messages have it

    def writing(self) -> AbstractContextManager[None]:
        """Be the one that writes to it, as far as the place can tell."""

    def read_manifest(self) -> bytes | None:
        """Return the manifest, None where there is none."""

    def publish_manifest(self, content: bytes, former: bytes | None) -> None:
        """Put a manifest in the place of the former one, at once; refused if another is there by now."""

    def sizes(self) -> dict[str, int]:
        """Return the names of all files but the manifest, and how many bytes each has."""

    def strays(self, before: datetime) -> list[str]:
        """Return the names of files that no other process is about to publish, if none takes since `before`."""

    def add(self, file: Path, name: str) -> None:
        """Give the place a file, which is moved or copied there."""

    def remove(self, name: str) -> None:
        """Remove a file; one that is not there is none the less gone."""

    def fetch(self, name: str, scratch: Path) -> Path:
        """Return a local file with a file's content: itself, or a copy under `scratch`."""

    def scratch(self) -> Path | None:
        """Return the folder in which files are to be made that are added, None for any."""


class LocalArchive:
    """An archive in a folder. Only its owner can read it."""

    def __init__(self, folder: Path, use: PlaceUse = ARCHIVING) -> None:
        self._folder = folder
        self._files, self._writer = use
        self.address = str(folder)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the only one, on this machine or by a file system with locks, that writes to it."""
        with self._telling(self._folder):
            (self._folder / self._files).mkdir(parents=True, exist_ok=True, mode=_OWNER_ONLY_FOLDER)
            descriptor = os.open(self._folder / _LOCK, os.O_CREAT | os.O_RDWR, OWNER_ONLY)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ArchiveRefused(
                    f"{self._folder}: another process {self._writer}: let it end, or stop it"
                ) from None
            for left in [*self._folder.glob(f"*{PART}"), *(self._folder / self._files).glob(f"*{PART}")]:
                left.unlink()  # of a run that was killed
            yield
        finally:
            os.close(descriptor)

    def read_manifest(self) -> bytes | None:
        """Return the manifest, None where there is none."""
        file = self._folder / MANIFEST
        with self._telling(file):
            try:
                return file.read_bytes()
            except FileNotFoundError:
                return None

    def publish_manifest(self, content: bytes, former: bytes | None) -> None:
        """Put a manifest in the place of the former one, at once."""
        if self.read_manifest() != former:
            raise ArchiveRefused(changed_meanwhile(str(self._folder / MANIFEST), self._writer))
        manifest = self._folder / MANIFEST
        with self._telling(manifest), complete_or_not_at_all(manifest, OWNER_ONLY) as unfinished:
            unfinished.write_bytes(content)

    def sizes(self) -> dict[str, int]:
        """Return the names of all files but the manifest, and how many bytes each has."""
        found = {}
        with self._telling(self._folder):
            for folder in (self._folder, self._folder / self._files):
                for file in folder.iterdir() if folder.is_dir() else ():
                    if file.name not in (MANIFEST, self._files, _LOCK) and not file.name.endswith(PART):
                        found[str(file.relative_to(self._folder))] = file.stat().st_size
        return found

    def strays(self, before: datetime) -> list[str]:  # noqa: ARG002  # nobody else writes here
        """Return the names of all files but the manifest."""
        return list(self.sizes())

    def add(self, file: Path, name: str) -> None:
        """Move a file here, once it is on the disk."""
        with self._telling(self._folder / name):
            sync_to_disk(file)
            file.chmod(OWNER_ONLY)
            file.replace(self._folder / name)
            sync_to_disk(self._folder / self._files)

    def remove(self, name: str) -> None:
        """Remove a file; one that is not there is none the less gone."""
        with self._telling(self._folder / name):
            (self._folder / name).unlink(missing_ok=True)

    def fetch(self, name: str, scratch: Path) -> Path:  # noqa: ARG002  # it is here already
        """Return the file itself. Raises `ArchiveRefused` where it is not there."""
        return self._folder / name

    def scratch(self) -> Path | None:
        """Return a folder on the same file system."""
        return self._folder / self._files

    @contextmanager
    def _telling(self, file: Path) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ArchiveRefused(f"{file}: {error.strerror or error}") from error


def changed_meanwhile(place: str, writer: str) -> str:
    """Return what is said where another writer has published a manifest."""
    return (
        f"{place} was changed meanwhile: another process {writer}. What this run was about to publish was not"
        " published"
    )
