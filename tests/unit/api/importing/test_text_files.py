"""Opening files: packed or not, whole or not, in whatever encoding; and their lines, without holding long ones."""

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.importing import text_files
from api.importing.text_files import BadFile, TextLine, open_texts, read_lines, size_of

CONTENT = "1979-04-15\tISR\tJOR\t190\nzwei: Äpfel\n".encode()
LONGEST = 1000


def read(path: Path, content: bytes, longest: int = LONGEST) -> list[TextLine]:
    path.write_bytes(content)
    with open_texts(str(path), lambda _count: None) as texts:
        return [line for text in texts for line in read_lines(text.pieces, longest)]


def zipped(*members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("folder")
        for number, content in enumerate(members):
            archive.writestr(f"folder/{number}.csv", content)
    return file.getvalue()


@pytest.mark.parametrize(
    "pack",
    [
        bytes,
        gzip.compress,
        zipped,
        lambda content: b"\xef\xbb\xbf" + content,
        lambda content: content.decode().encode("utf-16"),
        lambda content: b"\xfe\xff" + content.decode().encode("utf-16-be"),
        lambda content: gzip.compress(content.decode().encode("utf-16")),
        lambda content: content.replace(b"\n", b"\r\n"),
    ],
)
def test_the_same_lines_however_packed(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    assert [line.text for line in read(tmp_path / "x", pack(CONTENT))] == CONTENT.decode().splitlines()


def test_every_member_of_a_zip_file_is_read(tmp_path: Path) -> None:
    assert [line.text for line in read(tmp_path / "x", zipped(b"a\n", b"b\n"))] == ["a", "b"]


def test_bytes_are_counted(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(CONTENT)
    counts: list[int] = []
    with open_texts(str(tmp_path / "x"), counts.append) as texts:
        assert [len(list(text.pieces)) for text in texts]
    assert sum(counts) == size_of(str(tmp_path / "x")) == len(CONTENT)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (gzip.compress(CONTENT * 100)[:-20], "breaks off"),
        (gzip.compress(CONTENT)[:12] + b"xxxxxxxxxxx", "damaged"),
        (zipped(CONTENT)[:-30], "zip"),
        (b"PK\x03\x04", "zip"),
        (b"\x7fELF\0\0\0\0\0", "not text"),
        ("odd".encode("utf-16") + b"\0", "UTF-16"),
        (CONTENT.decode().encode("utf-16-le"), "UTF-16 without a byte order mark"),
        (CONTENT.decode().encode("utf-16-be"), "UTF-16 without a byte order mark"),
        (CONTENT.decode().encode("utf-32"), "UTF-32"),
        (zipped(), "no file in it"),
    ],
    ids=[
        *("truncated gzip", "damaged gzip", "truncated zip", "no zip", "binary", "odd UTF-16"),
        *("UTF-16-LE without mark", "UTF-16-BE without mark", "UTF-32", "empty zip"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, content: bytes, problem: str) -> None:
    with pytest.raises(BadFile, match=problem):
        read(tmp_path / "x", content)


def test_a_damaged_member_of_a_zip_file_is_said(tmp_path: Path) -> None:
    packed = zipped(bytes(range(1, 200)) * 50)
    at = packed.index(b"0.csv") + 20
    with pytest.raises(BadFile, match=r"0\.csv"):
        read(tmp_path / "x", packed[:at] + bytes(10) + packed[at + 10 :])


@pytest.mark.parametrize(
    "broken",
    [gzip.compress(CONTENT)[:-4], gzip.compress(CONTENT) + b"garbage"],
    ids=["cut off", "garbage behind it"],
)
def test_what_comes_before_a_break_is_read(tmp_path: Path, broken: bytes) -> None:
    (tmp_path / "x").write_bytes(broken)
    with open_texts(str(tmp_path / "x"), lambda _count: None) as texts:
        lines = read_lines(next(texts).pieces, LONGEST)
        assert [next(lines).text, next(lines).text] == CONTENT.decode().splitlines()
        with pytest.raises(BadFile, match="breaks off"):
            next(lines)


def test_a_bomb_of_many_members_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_files, "BOMB_BYTES", 100_000)
    with pytest.raises(BadFile, match="200 times"):
        read(tmp_path / "x", zipped(*[b"a\n" * 40_000] * 5))


@pytest.mark.parametrize("pack", [gzip.compress, zipped])
def test_a_bomb_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]
) -> None:
    monkeypatch.setattr(text_files, "BOMB_BYTES", 100_000)
    with pytest.raises(BadFile, match="200 times"):
        read(tmp_path / "x", pack(b"a\n" * 500_000))
    assert len(read(tmp_path / "x", pack(b"a\n" * 40_000))) == 40_000


def test_a_missing_file_and_a_folder_are_said(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="no such file"):
        size_of(str(tmp_path / "none"))
    with pytest.raises(BadFile, match="folder"):
        size_of(str(tmp_path))


def test_lines_in_windows_1252_are_read_and_marked(tmp_path: Path) -> None:
    first, second, third = read(tmp_path / "x", b"Espa\xf1a\nplain\n\x81\xff\n")
    assert (first.text, first.is_cp1252) == ("España", True)
    assert (second.text, second.is_cp1252) == ("plain", False)
    assert (third.text, third.reject.split("\t")[0]) == (None, "not-text")


def test_a_field_that_is_not_utf_8_takes_no_other_with_it(tmp_path: Path) -> None:
    (line,) = read(tmp_path / "x", "Žižkov\t".encode() + b"Espa\xf1a\t\x81\xff\x80\n")
    assert (line.text, line.is_cp1252) == ("Žižkov\tEspaña\t\x81ÿ€", True)


def test_a_line_that_is_too_long_is_skipped() -> None:
    pieces = [b"a\n", *[b"x" * 700] * 10, b"\nb\n\n", b"y" * 1001 + b"\nc"]
    lines = list(read_lines(iter(pieces), LONGEST))
    assert [(line.number, line.text) for line in lines] == [(1, "a"), (2, None), (3, "b"), (5, None), (6, "c")]
    assert all(line.reject.startswith("line-too-long\t") for line in lines if line.text is None)


@given(st.lists(st.sampled_from(["", "a", "bb", "long" * 10]), max_size=8), st.integers(1, 9))
def test_lines_are_the_same_however_they_come(lines: list[str], size: int) -> None:
    content = "\n".join(lines).encode()
    pieces = (content[at : at + size] for at in range(0, len(content), size))
    expected = [(number, line if len(line) <= 20 else None) for number, line in enumerate(lines, start=1) if line]
    assert [(line.number, line.text) for line in read_lines(pieces, 20)] == expected


def test_what_is_no_file_has_no_size(tmp_path: Path) -> None:
    assert size_of("-") is None
    with pytest.raises(BadFile, match="is a folder"):
        size_of(str(tmp_path))
    with pytest.raises(BadFile, match="no such file"):
        size_of(str(tmp_path / "none"))


def packed(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize("content", [packed({"xl/workbook.xml": b"<x/>"}), b"\xd0\xcf\x11\xe0" + bytes(99)])
def test_a_spreadsheet_is_named_as_what_it_is(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(BadFile, match="is a spreadsheet and no text: save it as CSV"):
        read(tmp_path / "x", content)


def test_what_macos_packs_with_files_is_not_read(tmp_path: Path) -> None:
    content = packed({"a/x.tsv": b"1\n", "__MACOSX/a/._x.tsv": bytes(99), "a/.DS_Store": bytes(99)})
    assert [line.text for line in read(tmp_path / "x", content)] == ["1"]


def test_a_spreadsheets_note_of_its_separator_is_no_line(tmp_path: Path) -> None:
    assert read(tmp_path / "x", b"\xef\xbb\xbfsep=;\r\na;b\r\n") == [TextLine(2, "a;b")]
    assert read(tmp_path / "x", b"sep=;c\n") == [TextLine(1, "sep=;c")]
