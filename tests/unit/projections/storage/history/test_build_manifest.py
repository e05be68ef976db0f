"""Manifests of builds that say what cannot be, though their checksums are right."""

from typing import Any

import msgspec
import pytest

from domain.log.archives.manifest import ArchiveRefused
from projections.storage.history.build_manifest import (
    BuildManifest,
    BuiltFile,
    built_file_name,
    decode_build_manifest,
    encode_build_manifest,
)

FILE = BuiltFile(name=built_file_name("evidence", 0, 0, "a" * 64), rows=2, bytes=9, sha256="a" * 64)
OTHER = BuiltFile(name=built_file_name("state_runs", 1, 0, "b" * 64), rows=1, bytes=9, sha256="b" * 64)
BUILT = BuildManifest(position=7, events=7, recorded=None, digest="", end="0" * 64, files=(FILE, OTHER))


def test_a_manifest_is_read_as_it_was_written() -> None:
    assert decode_build_manifest(encode_build_manifest(BUILT), "it") == BUILT
    assert BUILT.files_of("state_runs") == [OTHER]
    assert BUILT.files_of("incidents") == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"files": (FILE, OTHER, FILE)}, "it names a file twice"),
        ({"end": None}, "it has a position without its event"),
        ({"position": 0, "files": ()}, "it has a position without its event"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any], fault: str) -> None:
    content = encode_build_manifest(msgspec.structs.replace(BUILT, **changes))
    with pytest.raises(ArchiveRefused) as refused:
        decode_build_manifest(content, "/history/manifest.json")
    assert str(refused.value).startswith(f"/history/manifest.json is damaged ({fault}): ")
