"""The manifest of an archive: which files are of it, and how far they reach. Whoever reads an archive begins here.

It is JSON with a checksum of its own, in one form only, so that no byte of it can be another without notice.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Final

import msgspec

MANIFEST: Final = "manifest.json"
FILES: Final = "events"  #: the folder of the files
VERSION: Final = 1  #: of the manifest and of the columns of the files
_Natural = Annotated[int, msgspec.Meta(ge=0)]
_Positive = Annotated[int, msgspec.Meta(ge=1)]
_SHA256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
_NAME: Final = r"^events/[0-9]{20}-[0-9]{20}-[0-9a-f]{16}\.parquet$"  # no path leads out of the archive
_FileName = Annotated[str, msgspec.Meta(pattern=_NAME)]


class ArchiveRefused(Exception):
    """Why a log is not archived, or an archive not restored: what is wrong with which file, and what to do."""


class ArchivedFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A Parquet file: the events from a position to another, how many, and its size in bytes and SHA-256.

    `end` tells the event at its last position from that of any other log.
    """

    name: _FileName
    first: _Positive
    last: _Positive
    events: _Positive
    bytes: _Positive
    sha256: _SHA256
    end: _SHA256


class ReplacedFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that others took the place of, to be removed: at once, or a while after it was replaced."""

    name: _FileName
    since: datetime | None


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An archive at one moment: every event of a log up to a position, in files that follow each other.

    `replaced` are files that are no longer of it.
    """

    version: int = VERSION
    position: _Natural = 0
    events: _Natural = 0
    files: tuple[ArchivedFile, ...] = ()
    replaced: tuple[ReplacedFile, ...] = ()


class _Sealed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    manifest: Manifest
    sha256: str


class _Version(msgspec.Struct):
    version: int


class _AnyVersion(msgspec.Struct):
    manifest: _Version


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
    return msgspec.json.format(msgspec.json.encode(_Sealed(manifest, _checksum(manifest))), indent=1) + b"\n"


def decode_manifest(content: bytes, place: str) -> Manifest:
    """Return a stored manifest. Raises `ArchiveRefused`, naming its place."""
    _refuse_other_version(content, place)
    try:
        sealed = msgspec.json.decode(content, type=_Sealed)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ArchiveRefused(_damaged(place, str(error))) from error
    if sealed.sha256 != _checksum(sealed.manifest) or encode_manifest(sealed.manifest) != content:
        raise ArchiveRefused(_damaged(place, "its content is not that of its checksum"))
    for fault in _faults(sealed.manifest):
        raise ArchiveRefused(_damaged(place, fault))
    return sealed.manifest


def _refuse_other_version(content: bytes, place: str) -> None:
    try:
        version = msgspec.json.decode(content, type=_AnyVersion).manifest.version
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return  # which is said where all of it is read
    if version != VERSION:
        raise ArchiveRefused(
            f"{place} is of version {version}, and this Détente knows version {VERSION}: use the one that wrote"
            " it, or archive the log into an empty place"
        )


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


def _checksum(manifest: Manifest) -> str:
    return hashlib.sha256(msgspec.json.encode(manifest)).hexdigest()


def _damaged(place: str, fault: str) -> str:
    return (
        f"{place} is damaged ({fault}): put a copy of it back, or archive the log into an empty place. The files"
        " that it names are as they were"
    )
