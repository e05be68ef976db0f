"""Files of an archive as they are read: fetched, and compared with the manifest before they are used."""

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

from domain.log.archives.manifest import ArchivedFile, ArchiveRefused
from domain.log.archives.storage import ArchivePlace

#: Gives a local file with the checked content of a file.
FetchFile = Callable[[ArchivedFile], AbstractContextManager[Path]]


def fetching_from(place: ArchivePlace) -> FetchFile:
    """Return what fetches files from a place.

    It raises `ArchiveRefused` for one that is not what the manifest says.
    """
    return partial(_fetched, place)


def sha256_of(file: Path) -> str:
    """Return the SHA-256 of a file."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def describe_damaged_file(address: str, name: str, fault: str) -> str:
    """Return what is said of a file that is not as it should be."""
    return (
        f"{address}/{name}: {fault}. Put a copy of it back; without one, archive the log into an empty place. A"
        " manifest that was read while the archive went on may be old: then run this again"
    )


@contextmanager
def _fetched(place: ArchivePlace, file: ArchivedFile) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="detente-archive-") as scratch:
        try:
            local = place.fetch(file.name, Path(scratch))
            size, found = local.stat().st_size, sha256_of(local)
        except FileNotFoundError as error:
            raise ArchiveRefused(
                describe_damaged_file(place.address, file.name, "there is no such file")
            ) from error
        except OSError as error:
            raise ArchiveRefused(f"{place.address}/{file.name}: {error.strerror or error}") from error
        if size != file.bytes:
            fault = f"it has {size} bytes, and the manifest says {file.bytes}"
            raise ArchiveRefused(describe_damaged_file(place.address, file.name, fault))
        if found != file.sha256:
            fault = "it was altered, its checksum is another than in the manifest"
            raise ArchiveRefused(describe_damaged_file(place.address, file.name, fault))
        yield local
