"""`make vendor`: fetch the packages that `packages.toml` lists with npm, and put their files where they belong.

The exit status is 0 if that was done, and 2 if there is no npm.
"""

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.vendor.packages import ROOT, VendoredPackage, vendored_packages


def main() -> int:
    """Fetch all packages, and say what changed."""
    npm = shutil.which("npm")
    if npm is None:
        print("There is no npm here, which fetches the packages (Debian: apt-get install npm)", file=sys.stderr)
        return 2
    for name, package in vendored_packages().items():
        with TemporaryDirectory() as folder:
            subprocess.run([npm, "pack", "--silent", f"{name}@{package.version}"], cwd=folder, check=True)
            (archive,) = Path(folder).glob("*.tgz")
            changed = _copy(archive, package)
        print(f"{name} {package.version}: {', '.join(changed) or 'nothing'} changed")
    return 0


def _copy(archive: Path, package: VendoredPackage) -> list[str]:
    """Copy the files of a package to their folder, and return the names of those that changed."""
    changed = []
    with tarfile.open(archive) as files:
        for source, name in package.files.items():
            member = files.extractfile(f"package/{source}")
            assert member is not None, f"there is no {source} in {archive.name}"
            target, content = ROOT / package.folder / name, member.read()
            if not target.exists() or target.read_bytes() != content:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
                changed.append(name)
    return changed


if __name__ == "__main__":
    sys.exit(main())
