"""Manifests as they are stored: JSON with a checksum of its own, in one form only.

So no byte of it can be another without notice.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import Annotated, Any, NamedTuple, TypeVar

import msgspec

Natural = Annotated[int, msgspec.Meta(ge=0)]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class ArchiveRefused(Exception):
    """Why a log is not archived, or an archive not restored: what is wrong with which file, and what to do."""


class SealedPlace(NamedTuple):
    """Where a manifest is, and what to do if it is damaged and there is no copy of it."""

    address: str
    way_out: str


_ManifestT = TypeVar("_ManifestT", bound=msgspec.Struct)


def seal(manifest: msgspec.Struct) -> bytes:
    """Return a manifest as it is stored."""
    sealed = {"manifest": manifest, "sha256": _checksum(manifest)}
    return msgspec.json.format(msgspec.json.encode(sealed), indent=1) + b"\n"


def unseal(
    content: bytes,
    type_: type[_ManifestT],
    version: int,
    faults: Callable[[_ManifestT], Iterator[str]],
    place: SealedPlace,
) -> _ManifestT:
    """Return a stored manifest of a type and version that has none of some faults. Raises `ArchiveRefused`."""
    _refuse_other_version(content, version, place)
    try:
        sealed = msgspec.json.decode(content, type=_Sealed)
        manifest = msgspec.convert(sealed.manifest, type_)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ArchiveRefused(_damaged(place, str(error))) from error
    if sealed.sha256 != _checksum(manifest) or seal(manifest) != content:
        raise ArchiveRefused(_damaged(place, "its content is not that of its checksum"))
    for fault in faults(manifest):
        raise ArchiveRefused(_damaged(place, fault))
    return manifest


class _Sealed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    manifest: dict[str, Any]
    sha256: str


class _Version(msgspec.Struct):
    version: int


class _AnyVersion(msgspec.Struct):
    manifest: _Version


def _refuse_other_version(content: bytes, known: int, place: SealedPlace) -> None:
    try:
        version = msgspec.json.decode(content, type=_AnyVersion).manifest.version
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return  # which is said where all of it is read
    if version != known:
        raise ArchiveRefused(
            f"{place.address} is of version {version}, and this Détente knows version {known}: use the one that"
            f" wrote it, or {place.way_out}"
        )


def _checksum(manifest: msgspec.Struct) -> str:
    return hashlib.sha256(msgspec.json.encode(manifest)).hexdigest()


def _damaged(place: SealedPlace, fault: str) -> str:
    return (
        f"{place.address} is damaged ({fault}): put a copy of it back, or {place.way_out}. The files that it names"
        " are as they were"
    )
