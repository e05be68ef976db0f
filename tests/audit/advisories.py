"""Advisories in the format of OSV: which versions of a package one is about, and which ones are mended.

Of the schema, https://ossf.github.io/osv-schema/, what concerns us. Versions are ordered by PEP 440.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

ECOSYSTEM: Final = "PyPI"
_ORDERED: Final = ("ECOSYSTEM", "SEMVER")  # kinds of ranges whose events are versions, not commits


@dataclass(frozen=True)
class Affected:
    """What one advisory says of one package."""

    advisory: str  #: its id, as `GHSA-...`
    package: str  #: normalised
    summary: str
    versions: frozenset[str]  #: that it names one by one
    ranges: tuple[tuple[dict[str, str], ...], ...]  #: the events of each range

    def affects(self, version: Version) -> bool:
        """Say whether a version has the fault.

        Raises:
            InvalidVersion: for a range that begins or ends at what is no version, or without any.
        """
        if not self.ranges and not self.versions:
            raise InvalidVersion("it names no versions")
        return version in _readable(self.versions) or any(_holds(events, version) for events in self.ranges)

    def mended(self) -> Iterator[Version]:
        """Yield the versions in which the fault is mended."""
        return (Version(event["fixed"]) for events in self.ranges for event in events if "fixed" in event)


def affected_of(advisory: dict[str, Any]) -> list[Affected]:
    """Return what an advisory says of each of Python's packages; nothing if it is withdrawn.

    Raises:
        KeyError, TypeError, AttributeError: if it is no advisory.
    """
    number, summary = advisory["id"], advisory.get("summary") or advisory.get("details", "")
    if advisory.get("withdrawn"):
        return []
    return [
        Affected(
            number,
            canonicalize_name(each["package"]["name"]),
            summary.partition("\n")[0],
            frozenset(each.get("versions", ())),
            tuple(tuple(span["events"]) for span in each.get("ranges", ()) if span["type"] in _ORDERED),
        )
        for each in advisory.get("affected", ())
        if each.get("package", {}).get("ecosystem") == ECOSYSTEM
    ]


def upgrade(version: Version, known: Sequence[Affected]) -> Version | None:
    """Return the lowest later version that mends something and has none of the known faults, if there is one."""
    later = sorted({mended for each in known for mended in each.mended() if mended > version})
    return next((mended for mended in later if not any(each.affects(mended) for each in known)), None)


def _readable(versions: frozenset[str]) -> Iterator[Version]:
    """Yield those of PEP 440: the others, from before it, nobody can install any more."""
    for each in versions:
        try:
            yield Version(each)
        except InvalidVersion:
            continue


def _holds(events: Sequence[dict[str, str]], version: Version) -> bool:
    """Go through a range's events in the order of their versions, up to a version."""
    inside = False
    for at, kind in sorted(_turns(events), key=lambda turn: turn[0]):
        if at > version or (at == version and kind == "last_affected"):
            break
        inside = kind == "introduced"
    return inside


def _turns(events: Sequence[dict[str, str]]) -> Iterator[tuple[Version, str]]:
    for event in events:
        for kind, at in event.items():
            yield Version("0.dev0") if at == "0" else Version(at), kind
