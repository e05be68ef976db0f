"""An archive in S3 or what speaks its protocol, by `s3fs`, which the extra `detente[s3]` installs.

Credentials, region and address are those of the AWS tools: `AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL`, and so on.
There are no locks there. The manifest is put by one request that says which one it replaces, by its ETag.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from domain.log.archives.manifest import MANIFEST, ArchiveRefused
from domain.log.archives.storage import ARCHIVING, PlaceUse, changed_meanwhile
from domain.log.damage import causes

S3_SCHEME: Final = "s3://"
_CONFLICT: Final = ("PreconditionFailed", "ConditionalRequestConflict")
_NO_BUCKET: Final = "NoSuchBucket"
_ASKED_BY: Final = "Credentials, region and address are those of AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL and so on"
_PARTS_AT_ONCE: Final = 2  # each is in memory, and has 50 MB


class S3Archive:
    """An archive under a prefix of a bucket."""

    def __init__(self, address: str, use: PlaceUse = ARCHIVING) -> None:
        self._writer = use.writer
        self._root = address.removeprefix(S3_SCHEME).rstrip("/")
        self.address = S3_SCHEME + self._root
        bucket = self._root.partition("/")[0]
        if not bucket or "//" in self._root:
            raise ArchiveRefused(f"{address}: name a bucket and a prefix, as in s3://BUCKET/PREFIX")
        try:
            from s3fs import S3FileSystem
        except ImportError as error:
            raise ArchiveRefused(
                f"{address}: what reads and writes S3 is not installed ({error.name}): pip install 'detente[s3]'"
            ) from error
        with self._telling(""):
            self._files: Any = S3FileSystem(use_listings_cache=False, skip_instance_cache=True)
        self._etag: str | None = None

    def writing(self) -> nullcontext[None]:
        """Do nothing: who else writes is noticed where a manifest is published."""
        return nullcontext()

    def read_manifest(self) -> bytes | None:
        """Return the manifest, None where there is none."""
        self._etag = None
        try:
            with self._telling(MANIFEST):
                self._etag = self._files.info(self._path(MANIFEST))["ETag"]
                content: bytes = self._files.cat_file(self._path(MANIFEST))
        except FileNotFoundError:
            return None
        return content

    def publish_manifest(self, content: bytes, former: bytes | None) -> None:
        """Put a manifest in the place of the former one, at once; refused if another is there by now."""
        if self.read_manifest() != former:
            raise ArchiveRefused(changed_meanwhile(f"{self.address}/{MANIFEST}", self._writer))
        only = {"IfNoneMatch": "*"} if self._etag is None else {"IfMatch": self._etag}
        bucket, _, key = self._path(MANIFEST).partition("/")
        try:
            with self._telling(MANIFEST):
                self._files.call_s3("put_object", Bucket=bucket, Key=key, Body=content, **only)
        except ArchiveRefused:
            if self.read_manifest() != content:  # the answer to the first of two attempts may have been lost
                raise

    def sizes(self) -> dict[str, int]:
        """Return the names of all files but the manifest, and how many bytes each has."""
        return {name: about["size"] for name, about in self._list()}

    def strays(self, before: datetime) -> list[str]:
        """Return the names of files that have been there since before an instant."""
        return [name for name, about in self._list() if about["LastModified"] < before]

    def add(self, file: Path, name: str) -> None:
        """Copy a file here, and see that all of it came."""
        with self._telling(name):
            self._files.put_file(str(file), self._path(name), max_concurrency=_PARTS_AT_ONCE)
            there = self._files.info(self._path(name))["size"]
        if there != file.stat().st_size:
            raise ArchiveRefused(f"{self.address}/{name}: of {file.stat().st_size} bytes {there} were stored")

    def remove(self, name: str) -> None:
        """Remove a file; one that is not there is none the less gone."""
        bucket, _, key = self._path(name).partition("/")
        with self._telling(name):
            self._files.call_s3("delete_object", Bucket=bucket, Key=key)

    def fetch(self, name: str, scratch: Path) -> Path:
        """Return a copy of a file. Raises `FileNotFoundError`."""
        local = scratch / Path(name).name
        with self._telling(name):
            self._files.get_file(self._path(name), str(local))
        return local

    def scratch(self) -> Path | None:
        """Return None: files are made wherever temporary ones are."""
        return None

    def _list(self) -> Iterator[tuple[str, dict[str, Any]]]:
        with self._telling(""):
            found: dict[str, dict[str, Any]] = self._files.find(self._root, detail=True)
        for path, about in found.items():
            if (name := path.removeprefix(f"{self._root}/")) not in (MANIFEST, ""):
                yield name, about

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    @contextmanager
    def _telling(self, name: str) -> Iterator[None]:
        """Raise what the libraries of S3 raise as `ArchiveRefused`, but for a file that is not there."""
        from botocore.exceptions import BotoCoreError, ClientError

        place = f"{self.address}/{name}".rstrip("/")
        try:
            yield
        except (BotoCoreError, ClientError, OSError) as error:
            answer = next((cause for cause in causes(error) if isinstance(cause, ClientError)), None)
            code = answer.response["Error"].get("Code") if answer is not None else None
            if code in _CONFLICT and name == MANIFEST:
                raise ArchiveRefused(changed_meanwhile(place, self._writer)) from error
            if isinstance(error, FileNotFoundError) and code != _NO_BUCKET:
                raise
            said = str(getattr(error, "strerror", None) or error)
            if isinstance(error, BotoCoreError | PermissionError):
                said += f". {_ASKED_BY}"
            raise ArchiveRefused(f"{place}: {said}") from error
