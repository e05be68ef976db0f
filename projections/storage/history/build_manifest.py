"""The manifest of a build of history: which files its tables are, and up to which position of the log."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Final

import msgspec

from domain.log.archives.sealed_manifests import Natural, Positive, SealedPlace, Sha256, seal, unseal
from domain.log.archives.storage import PlaceUse
from projections.storage.tables import VERSION as TABLES_VERSION

FILES: Final = "tables"  #: the folder of the files
BUILDING: Final = PlaceUse(FILES, "builds there")  #: a place in which builds are published
VERSION: Final = 1  #: of the manifest
#: What a build has beside tables: day, weight and kind of each incident, in the order of `AllIncidentColumns`;
#: and of which pair (`a`, `b`) how many of these rows (`incidents`) are, one stretch after the other.
INCIDENT_COLUMNS: Final = "incident_columns"
INCIDENT_STRETCHES: Final = "incident_stretches"
WAY_OUT: Final = "build the history into an empty place"
_NAME: Final = r"^tables/([a-z_]+)-[0-9]{5}-[0-9]{4}-[0-9a-f]{16}\.parquet$"  # no path leads out of the build
_BuiltName = Annotated[str, msgspec.Meta(pattern=_NAME)]


class BuiltFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A Parquet file of a table: how many rows it has, and its size in bytes and SHA-256."""

    name: _BuiltName
    rows: Positive
    bytes: Positive
    sha256: Sha256

    @property
    def table(self) -> str:
        """The table of which it has rows."""
        found = re.match(_NAME, self.name)
        assert found is not None
        return found[1]


class FormerFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of an earlier build, and since when it is of none: whoever reads it still has a while."""

    name: _BuiltName
    since: datetime


class BuildManifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A build: the tables as they are at a position of the log, in files each sorted as its table's pairs are.

    `recorded` is when the newest event was recorded that was folded, in microseconds; `digest` that of all events;
    `end` tells the event at the position from that of any other log. `tables_version` is that of the tables.
    """

    version: int = VERSION
    tables_version: int = TABLES_VERSION
    position: Natural
    events: Natural
    recorded: int | None
    digest: str
    end: Sha256 | None
    files: tuple[BuiltFile, ...]
    former: tuple[FormerFile, ...] = ()

    def files_of(self, table: str) -> list[BuiltFile]:
        """Return the files of a table, in the order of their rows."""
        return sorted((file for file in self.files if file.table == table), key=lambda file: file.name)


def built_file_name(table: str, task: int, number: int, sha256: str) -> str:
    """Return the name of a file: the same task has the same content under the same name, however often it runs."""
    return f"{FILES}/{table}-{task:05}-{number:04}-{sha256[:16]}.parquet"


def is_built_file_name(name: str) -> bool:
    """Return whether a file has a name as those of a build have."""
    return re.match(_NAME, name) is not None


def encode_build_manifest(manifest: BuildManifest) -> bytes:
    """Return a manifest as it is stored."""
    return seal(manifest)


def decode_build_manifest(content: bytes, address: str) -> BuildManifest:
    """Return a stored manifest. Raises `ArchiveRefused`, naming its place."""
    return unseal(content, BuildManifest, VERSION, _faults, SealedPlace(address, WAY_OUT))


def _faults(manifest: BuildManifest) -> Iterator[str]:
    names: Sequence[str] = [file.name for file in manifest.files]
    if len(set(names)) < len(names):
        yield "it names a file twice"
    if (manifest.position == 0) != (manifest.end is None):
        yield "it has a position without its event"
