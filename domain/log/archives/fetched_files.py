"""Files of an archive as they are read: fetched, and compared with the manifest before they are used."""

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from domain.log.archives.manifest import ArchiveRefused
from domain.log.archives.storage import ArchivePlace

#: What to do for a file that is not as it should be, if there is no copy of it: of an archive.
ARCHIVE_ANEW: Final = (
    "archive the log into an empty place. A manifest that was read while the archive went on may be old: then run"
    " this again"
)


class ChecksummedFile(Protocol):
    """What a manifest says of a file."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def bytes(self) -> int:
        """Its size."""

    @property
    def sha256(self) -> str:
        """Its SHA-256, in hexadecimal digits."""


#: Gives a local file with the checked content of a file.
FetchFile = Callable[[ChecksummedFile], AbstractContextManager[Path]]


def fetching_from(place: ArchivePlace, way_out: str = ARCHIVE_ANEW) -> FetchFile:
    """Return what fetches files from a place.

    It raises `ArchiveRefused` for one that is not what the manifest says, with what to do if there is no copy.
    """
    return partial(_fetched, place, way_out)


def sha256_of(file: Path) -> str:
    """Return the SHA-256 of a file."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def describe_damaged_file(address: str, name: str, fault: str, way_out: str = ARCHIVE_ANEW) -> str:
    """Return what is said of a file that is not as it should be."""
    return f"{address}/{name}: {fault}. Put a copy of it back; without one, {way_out}"


@contextmanager
def _fetched(place: ArchivePlace, way_out: str, file: ChecksummedFile) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="detente-archive-") as scratch:
        try:
            local = place.fetch(file.name, Path(scratch))
            size, found = local.stat().st_size, sha256_of(local)
        except FileNotFoundError as error:
            fault = "there is no such file"
            raise ArchiveRefused(describe_damaged_file(place.address, file.name, fault, way_out)) from error
        except OSError as error:
            raise ArchiveRefused(f"{place.address}/{file.name}: {error.strerror or error}") from error
        if size != file.bytes:
            fault = f"it has {size} bytes, and the manifest says {file.bytes}"
            raise ArchiveRefused(describe_damaged_file(place.address, file.name, fault, way_out))
        if found != file.sha256:
            fault = "it was altered, its checksum is another than in the manifest"
            raise ArchiveRefused(describe_damaged_file(place.address, file.name, fault, way_out))
        yield local
