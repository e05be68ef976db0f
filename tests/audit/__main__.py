"""`make audit`: fail if something that is installed, or that constraints.txt names, has a known fault.

The exit status is 0 if nothing is known, 1 if something is, and 2 if nothing could be checked.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from importlib.metadata import distributions
from pathlib import Path
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tests.audit.advisories import Affected, upgrade
from tests.audit.sources import Advisories, NothingChecked, ask_service, read_advisories

SERVICE: Final = "https://api.osv.dev"
_OWN: Final = "detente"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what is known, and return the exit status."""
    given = _parser().parse_args(arguments)
    try:
        used = sorted(_constraints(given.constraints) | _installed())
        known = _advisories(given.advisories, sorted({package for package, _ in used}))
        faults = list(_faults(used, known, set(given.accept)))
    except NothingChecked as error:
        print(f"Nothing was checked: {error}", file=sys.stderr)
        return 2
    print(*faults, sep="\n", end="\n" if faults else "")
    print(
        f"{len(used)} distributions compared with {known.number} advisories of {known.source}, of {known.day}: "
        f"{len(faults) or 'no'} {'faults are' if len(faults) != 1 else 'fault is'} known"
        + (f"; accepted: {', '.join(given.accept)}" if given.accept else "")
    )
    return 1 if faults else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make audit", description=__doc__)
    parser.add_argument(
        "advisories", nargs="?", default=SERVICE, help="a file or folder of OSV advisories, or a service's URL"
    )
    parser.add_argument("--constraints", type=Path, default=Path("constraints.txt"))
    parser.add_argument("--accept", action="append", default=[], help="the id of an advisory to leave out")
    return parser


def _constraints(path: Path) -> set[tuple[str, Version]]:
    """Return what a file of constraints names: a package and a version on each line."""
    try:
        lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
        return {_pinned(line) for line in lines if line and not line.startswith("#")}
    except (OSError, InvalidRequirement, InvalidVersion, ValueError) as error:
        raise NothingChecked(f"{path} is no list of versions: {error}") from error


def _pinned(line: str) -> tuple[str, Version]:
    requirement = Requirement(line)
    (specifier,) = requirement.specifier
    if specifier.operator != "==":
        raise ValueError(f"{line} is not one version")
    return canonicalize_name(requirement.name), Version(specifier.version)


def _installed() -> set[tuple[str, Version]]:
    found = {(canonicalize_name(each.name), Version(each.version)) for each in distributions()}
    return {(package, version) for package, version in found if package != _OWN}


def _advisories(source: str, packages: Sequence[str]) -> Advisories:
    asked = source.startswith(("http://", "https://"))
    return ask_service(source, packages) if asked else read_advisories(Path(source))


def _faults(used: Sequence[tuple[str, Version]], known: Advisories, accepted: set[str]) -> Iterator[str]:
    """Yield a line for each fault that something used has."""
    by_package: dict[str, list[Affected]] = defaultdict(list)
    for affected in known.affected:
        if affected.advisory not in accepted:
            by_package[affected.package].append(affected)
    for package, version in used:
        for each in by_package[package]:
            if said := _said(each, version, by_package[package]):
                yield f"{package} {version}: {each.advisory}: {said}"


def _said(affected: Affected, version: Version, known: Sequence[Affected]) -> str | None:
    try:
        if not affected.affects(version):
            return None
        mended = upgrade(version, known)
        return f"{affected.summary}: " + (f"upgrade to {mended}" if mended else "no version is known to mend it")
    except InvalidVersion as error:
        return f"it cannot be told whether this version has the fault ({error}): look yourself, or accept it"


if __name__ == "__main__":
    sys.exit(main())
