"""The packages of npm of which the tree has files, as `packages.toml` lists them."""

import tomllib
from pathlib import Path
from typing import Final

from pydantic import BaseModel

ROOT: Final = Path(__file__).parents[2]
LIST: Final = ROOT / "api" / "pages" / "static" / "vendor" / "packages.toml"


class VendoredPackage(BaseModel):
    """A version of a package, and which of its files are in a folder here, under which names."""

    version: str
    folder: Path
    files: dict[str, str]


def vendored_packages() -> dict[str, VendoredPackage]:
    """Return the packages by name."""
    listed = tomllib.loads(LIST.read_text("utf-8"))
    return {name: VendoredPackage.model_validate(fields) for name, fields in listed.items()}
