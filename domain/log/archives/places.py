"""The places that an archive can be at, by their address."""

from pathlib import Path

from domain.log.archives.manifest import ArchiveRefused
from domain.log.archives.s3_storage import S3_SCHEME, S3Archive
from domain.log.archives.storage import ARCHIVING, ArchivePlace, LocalArchive, PlaceUse


def archive_at(address: str, use: PlaceUse = ARCHIVING) -> ArchivePlace:
    """Return the place that an address names: a folder, or `s3://BUCKET/PREFIX`. Raises `ArchiveRefused`.

    Its `use` says which folder in it has the files, and what who writes to it does.
    """
    if address.startswith(S3_SCHEME):
        return S3Archive(address, use)
    if "://" in address:
        raise ArchiveRefused(f"{address}: an archive is in a folder, or at {S3_SCHEME}BUCKET/PREFIX: name one")
    return LocalArchive(Path(address), use)
