"""Manifests of archives that say what cannot be, though their checksums are right."""

import msgspec
import pytest

from domain.log.archives.manifest import (
    ArchivedFile,
    ArchiveRefused,
    Manifest,
    decode_manifest,
    encode_manifest,
    file_name,
    manifest_of,
)


def file(first: int, last: int, events: int, name: str = "") -> ArchivedFile:
    sha256 = f"{first:064}"
    name = name or file_name(first, last, sha256)
    return ArchivedFile(name=name, first=first, last=last, events=events, bytes=9, sha256=sha256, end="0" * 64)


def fault(manifest: Manifest) -> str:
    with pytest.raises(ArchiveRefused) as refused:
        decode_manifest(encode_manifest(manifest), "/archive/manifest.json")
    return str(refused.value)


def test_a_manifest_is_read_as_it_was_written() -> None:
    for files in ([], [file(1, 5, 5), file(8, 9, 1)]):
        manifest = manifest_of(files, [])
        assert decode_manifest(encode_manifest(manifest), "it") == manifest


@pytest.mark.parametrize(
    ("files", "behind"),
    [
        ([file(1, 5, 5), file(5, 9, 1)], 5),
        ([file(4, 2, 1)], 0),
        ([file(1, 5, 5), file(6, 9, 5)], 5),
    ],
    ids=["overlaps", "ends before it begins", "more events than positions"],
)
def test_files_have_to_follow_each_other(files: list[ArchivedFile], behind: int) -> None:
    said = fault(manifest_of(files, []))
    assert f"/archive/manifest.json is damaged ({files[-1].name} does not follow position {behind}): " in said
    assert "archive the log into an empty place" in said


def test_a_file_has_the_name_of_its_content() -> None:
    other = file_name(1, 6, "0" * 64)
    assert f"({other} is not the name of its content)" in fault(manifest_of([file(1, 5, 5, other)], []))


@pytest.mark.parametrize("change", [{"position": 6}, {"events": 4}])
def test_what_is_said_of_all_files_is_what_they_say(change: dict[str, int]) -> None:
    manifest = msgspec.structs.replace(manifest_of([file(1, 5, 5)], []), **change)
    assert "(its position and events are not those of its files)" in fault(manifest)
