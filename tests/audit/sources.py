"""Where advisories come from: a file or folder at hand, or a service that answers as the OSV API does."""

import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from tests.audit.advisories import ECOSYSTEM, Affected, affected_of


class NothingChecked(Exception):
    """No advisories could be had: that is no answer, and least of all a good one."""


@dataclass(frozen=True)
class Advisories:
    """What is known of some packages, and how new the knowledge is."""

    source: str
    day: str  #: of the newest advisory, or on which the service was asked
    number: int
    affected: list[Affected]


def read_advisories(path: Path) -> Advisories:
    """Read a zip file or a folder of advisories as JSON, or a JSON file of one or many.

    Raises:
        NothingChecked: if it is not there, cannot be read, or has none about Python's packages.
    """
    try:
        found = [each for text in _texts(path) for each in _advisories(json.loads(text))]
        return _collect(str(path), found, max((each["modified"][:10] for each in found), default=""))
    except (OSError, zipfile.BadZipFile, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NothingChecked(f"{path} cannot be read as advisories: {type(error).__name__}: {error}") from error


def ask_service(url: str, packages: Sequence[str]) -> Advisories:
    """Ask a service for all that is known of some packages.

    Raises:
        NothingChecked: if it does not answer, or not as it should.
    """
    try:
        with httpx.Client(base_url=url, timeout=30) as client:
            found = [each for package in packages for each in _answers(client, package)]
        return _collect(url, found, datetime.now(UTC).date().isoformat())
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NothingChecked(f"{url} does not answer: {type(error).__name__}: {error}") from error


def _collect(source: str, found: Sequence[dict[str, Any]], day: str) -> Advisories:
    affected = [affected for each in found for affected in affected_of(each)]
    if not affected:
        raise NothingChecked(f"{source} has no advisory about a package of {ECOSYSTEM}")
    return Advisories(source, day, len(found), affected)


def _texts(path: Path) -> Iterator[bytes]:
    if path.is_dir():
        yield from (file.read_bytes() for file in sorted(path.rglob("*.json")))
    elif path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            yield from (archive.read(name) for name in archive.namelist() if name.endswith(".json"))
    else:
        yield path.read_bytes()


def _advisories(document: Any) -> list[dict[str, Any]]:
    """Return those of a file: one, a list, or an answer of the service that was kept."""
    if isinstance(document, list):
        return document
    found: list[dict[str, Any]] = document.get("vulns", [document])
    return found


def _answers(client: httpx.Client, package: str) -> Iterator[dict[str, Any]]:
    asked: dict[str, Any] = {"package": {"name": package, "ecosystem": ECOSYSTEM}}
    while True:
        answered = client.post("/v1/query", json=asked).raise_for_status().json()
        yield from answered.get("vulns", [])
        if not (token := answered.get("next_page_token")):
            return
        asked["page_token"] = token
