"""The manifest of an archive: which files are of it, and how far they reach. Whoever reads an archive begins here.

It is JSON with a checksum of its own, in one form only, so that no byte of it can be another without notice.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Final

import msgspec

from domain.log.archives.sealed_manifests import ArchiveRefused as ArchiveRefused
from domain.log.archives.sealed_manifests import Natural, Positive, SealedPlace, Sha256, seal, unseal

MANIFEST: Final = "manifest.json"
FILES: Final = "events"  #: the folder of the files
_WAY_OUT: Final = "archive the log into an empty place"
VERSION: Final = 1  #: of the manifest and of the columns of the files
_NAME: Final = r"^events/[0-9]{20}-[0-9]{20}-[0-9a-f]{16}\.parquet$"  # no path leads out of the archive
_FileName = Annotated[str, msgspec.Meta(pattern=_NAME)]


class ArchivedFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A Parquet file: the events from a position to another, how many, and its size in bytes and SHA-256.

    `end` tells the event at its last position from that of any other log.
    """

    name: _FileName
    first: Positive
    last: Positive
    events: Positive
    bytes: Positive
    sha256: Sha256
    end: Sha256


class ReplacedFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that others took the place of, to be removed: at once, or a while after it was replaced."""

    name: _FileName
    since: datetime | None


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An archive at one moment: every event of a log up to a position, in files that follow each other.

    `replaced` are files that are no longer of it.
    """

    version: int = VERSION
    position: Natural = 0
    events: Natural = 0
    files: tuple[ArchivedFile, ...] = ()
    replaced: tuple[ReplacedFile, ...] = ()


def file_name(first: int, last: int, sha256: str) -> str:
    """Return the name of a file, which no other content has."""
    return f"{FILES}/{first:020}-{last:020}-{sha256[:16]}.parquet"


def is_file_name(name: str) -> bool:
    """Return whether a file has a name as those of an archive have."""
    return re.match(_NAME, name) is not None


def manifest_of(files: Sequence[ArchivedFile], replaced: Sequence[ReplacedFile]) -> Manifest:
    """Return the manifest of some files, in order."""
    return Manifest(
        position=files[-1].last if files else 0,
        events=sum(file.events for file in files),
        files=tuple(files),
        replaced=tuple(replaced),
    )


def encode_manifest(manifest: Manifest) -> bytes:
    """Return a manifest as it is stored."""
    return seal(manifest)


def decode_manifest(content: bytes, place: str) -> Manifest:
    """Return a stored manifest. Raises `ArchiveRefused`, naming its place."""
    return unseal(content, Manifest, VERSION, _faults, SealedPlace(place, _WAY_OUT))


def _faults(manifest: Manifest) -> Iterator[str]:
    last = 0
    for file in manifest.files:
        if not last < file.first <= file.last or file.events > file.last - file.first + 1:
            yield f"{file.name} does not follow position {last}"
        if file.name != file_name(file.first, file.last, file.sha256):
            yield f"{file.name} is not the name of its content"
        last = file.last
    if manifest != manifest_of(manifest.files, manifest.replaced):
        yield "its position and events are not those of its files"
