"""What the tree has of others is what its list says, with its licence."""

import pytest

from tests.vendor.packages import LIST, ROOT, vendored_packages

PACKAGES = vendored_packages()
#: What lies beside the files of a package, and is our own.
OWN = {"__init__.py", "countries.py", "fonts.conf", "__pycache__"}


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_is_all_there_with_its_licence_and_nothing_else(name: str) -> None:
    package = PACKAGES[name]
    assert {each.name for each in (ROOT / package.folder).iterdir()} - OWN == set(package.files.values())
    assert "LICENSE" in package.files.values()


def test_every_vendored_folder_is_of_a_package() -> None:
    folders = {each.relative_to(ROOT) for each in LIST.parent.iterdir() if each.is_dir()}
    assert folders <= {package.folder for package in PACKAGES.values()}
