"""The places that an archive can be at, by their address."""

from pathlib import Path

from domain.log.archives.manifest import FILES, ArchiveRefused
from domain.log.archives.s3_storage import S3_SCHEME, S3Archive
from domain.log.archives.storage import ArchivePlace, LocalArchive


def archive_at(address: str, files: str = FILES) -> ArchivePlace:
    """Return the place that an address names: a folder, or `s3://BUCKET/PREFIX`. Raises `ArchiveRefused`.

    `files` is the folder in it that has the files.
    """
    if address.startswith(S3_SCHEME):
        return S3Archive(address)
    if "://" in address:
        raise ArchiveRefused(f"{address}: an archive is in a folder, or at {S3_SCHEME}BUCKET/PREFIX: name one")
    return LocalArchive(Path(address), files)
