"""Addresses of archives and builds, as the processes of Spark know them."""

import re
from pathlib import Path
from typing import Final

from domain.log.archives.s3_storage import S3_SCHEME

_GLOB: Final = re.compile(r"([*?\[\]{}\\])")  # what a path means more by, to Spark, than itself


def spark_address(address: str) -> str:
    """Return the address by which Spark reads what is at one of ours, as a pattern that means only that."""
    if address.startswith(S3_SCHEME):
        return _GLOB.sub(r"\\\1", f"s3a://{address.removeprefix(S3_SCHEME)}")
    return _GLOB.sub(r"\\\1", f"file:{address}")


def address_anywhere(address: str) -> str:
    """Return an address that means the same in any folder, as tasks run elsewhere."""
    return address if address.startswith(S3_SCHEME) else str(Path(address).absolute())
