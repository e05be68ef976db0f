"""Opening what a person has (plain, gzip, zip, standard input; by content) and its lines, in flat memory."""

import codecs
import gzip
import re
import shutil
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Final, NamedTuple

BOMB_BYTES: Final = 100 * 1024 * 1024  #: up to here, a file may unpack to as much as it likes
BOMB_RATIO: Final = 200  #: and from there on to this many times its size; text packs to a tenth
_CHUNK: Final = 64 * 1024
_TEXT_PER_NUL: Final = 100  # bytes: with less, it is no text that has a slip in it
_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_OLD_SPREADSHEET: Final = b"\xd0\xcf\x11\xe0"  # as all documents of its time begin
_SPREADSHEETS: Final = frozenset({"xl/workbook.xml", "xl/workbook.bin", "content.xml"})  # members that they have
_A_SPREADSHEET: Final = "a spreadsheet and no text: save it as CSV, and import that"
_NO_TEXTS: Final = re.compile(r"__MACOSX/.*|(.*/)?\.DS_Store")  # what macOS packs with files
_SEPARATOR_LINE: Final = re.compile(rb"sep=[,;\t](?=\r?\n)", re.IGNORECASE)  # a spreadsheet's note to itself
_UTF16: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_UTF32: Final = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


class BadFile(Exception):
    """A file that cannot be read, or not to its end; the message is a sentence for a person."""


class TextLine(NamedTuple):
    """A line of a file, with its number from 1; None where it was too long to keep, or no text."""

    number: int
    text: str | None
    reject: str = ""
    is_cp1252: bool = False


class Text(NamedTuple):
    """One text to read: a file, or a member of a zip file."""

    name: str
    pieces: Iterator[bytes]
    path: str | None = None  #: of the file that it is in, if that can be opened again


class Counted:
    """A binary file that says how much of it was read."""

    def __init__(self, file: IO[bytes], tell: Callable[[int], None]) -> None:
        self._file = file
        self._tell = tell
        self.bytes_read = 0

    def read(self, size: int = -1) -> bytes:
        """Read, and tell how much."""
        data = self._file.read(size)
        self.bytes_read += len(data)
        self._tell(len(data))
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def size_of(name: str) -> int | None:
    """Return a file's size in bytes, None where it has none. Raises `BadFile` if it is not there."""
    if name == "-":
        return None
    path = Path(name)
    if path.is_dir():
        raise BadFile(f"{name}: is a folder")
    if not path.exists():
        raise BadFile(f"{name}: there is no such file")
    return path.stat().st_size if path.is_file() else None


class _Budget:
    """How much a packed file may unpack to, all that is in it taken together; `packed` says how much was read."""

    def __init__(self, packed: Callable[[], int]) -> None:
        self._packed = packed
        self._unpacked = 0

    def spend(self, name: str, size: int) -> None:
        """Count what was unpacked. Raises `BadFile` once it is too much."""
        self._unpacked += size
        if self._unpacked > BOMB_BYTES and self._unpacked > BOMB_RATIO * self._packed():
            raise BadFile(
                f"{name}: unpacks to more than {BOMB_RATIO} times its size; unpack it first if it is sound"
            )


def text_of(name: str, content: bytes) -> Text:
    """Return a text that is at hand, in UTF-8 or whatever it is in. Reading it raises `BadFile`."""
    return Text(name, _pieces(name, BytesIO(content), None))


@contextmanager
def open_texts(name: str, tell: Callable[[int], None]) -> Iterator[Iterator[Text]]:
    """Open a file by its name, `-` for standard input; yield its texts. Raises `BadFile`."""
    with ExitStack() as stack:
        try:
            raw = sys.stdin.buffer if name == "-" else stack.enter_context(Path(name).open("rb"))
        except OSError as error:
            raise BadFile(f"{name}: {error.strerror or error}") from None
        texts = _texts("standard input" if name == "-" else name, Counted(raw, tell), stack)
        path = name if name != "-" and Path(name).is_file() else None
        yield (text._replace(path=path) for text in texts)


@contextmanager
def open_again(text: Text) -> Iterator[Text]:
    """Open once more a text that has a path, and yield it from its beginning. Raises `BadFile`."""
    assert text.path is not None
    with open_texts(text.path, lambda _count: None) as texts:
        yield next(again for again in texts if again.name == text.name)


def _texts(name: str, file: Counted, stack: ExitStack) -> Iterator[Text]:
    head = file.read(4)
    if head[:2] == _GZIP:
        unpacked = gzip.GzipFile(fileobj=_Again(head, file))  # type: ignore[call-overload]  # it asks for no more than to be read
        yield Text(name, _pieces(name, unpacked, _Budget(lambda: file.bytes_read)))
    elif head in _ZIP:
        whole = stack.enter_context(_seekable(head, file))
        yield from _members(name, whole)
    else:
        yield Text(name, _pieces(name, _Again(head, file), None))


class _Again:
    """A file of which the first bytes were read already."""

    def __init__(self, head: bytes, file: Counted) -> None:
        self._head = head
        self._file = file

    def read(self, size: int = -1) -> bytes:
        """Read what was read already first."""
        if not self._head:
            return self._file.read(size)
        end = len(self._head) if size < 0 else size
        head, self._head = self._head[:end], self._head[end:]
        return head


@contextmanager
def _seekable(head: bytes, file: Counted) -> Iterator[IO[bytes]]:
    """Yield a file that can be read from its end, as a zip file is."""
    if file.seekable():
        file.seek(0)
        yield file  # type: ignore[misc]  # it reads and seeks as one
    else:
        with TemporaryFile() as copy:
            copy.write(head)
            shutil.copyfileobj(file, copy)
            copy.seek(0)
            yield copy


def _members(name: str, file: IO[bytes]) -> Iterator[Text]:
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError) as error:
        raise BadFile(f"{name}: is a damaged zip file ({error})") from None
    with archive:
        members = [
            member
            for member in archive.infolist()
            if not member.is_dir() and not _NO_TEXTS.fullmatch(member.filename)
        ]
        if not _SPREADSHEETS.isdisjoint(member.filename for member in members):
            raise BadFile(f"{name}: is {_A_SPREADSHEET}")
        if not members:
            raise BadFile(f"{name}: is empty: there is no file in it")
        opened = 0
        budget = _Budget(lambda: opened)
        for member in members:
            inner = f"{name}/{member.filename}"
            opened += member.compress_size
            try:
                unpacked = archive.open(member)
            except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError) as error:
                yield Text(inner, _broken(f"{inner}: cannot be unpacked ({error})"))
                continue
            with unpacked:
                yield Text(inner, _pieces(inner, unpacked, budget))


def _broken(message: str) -> Iterator[bytes]:
    yield from ()
    raise BadFile(message)


def _pieces(name: str, file: Any, budget: _Budget | None) -> Iterator[bytes]:
    """Yield a file's content in UTF-8 or whatever it is in, without a byte order mark."""
    raw = _unpacked(name, file, budget)
    first, raw = _head(raw)
    if first.startswith(_UTF32):
        raise BadFile(f"{name}: is UTF-32: convert it to UTF-8 first")
    if encoding := _UTF16.get(first[:2]):
        yield from _from_utf16(name, first[2:], raw, encoding)
        return
    if first.startswith(_OLD_SPREADSHEET):
        raise BadFile(f"{name}: is {_A_SPREADSHEET}")
    first = first.removeprefix(codecs.BOM_UTF8)
    if noted := _SEPARATOR_LINE.match(first):
        first = first[noted.end() :]
    if first.count(0) * _TEXT_PER_NUL > len(first):
        half = len(first) // 2
        is_utf16 = half > 1 and max(first[::2].count(0), first[1::2].count(0)) > 0.8 * half
        advice = ", or UTF-16 without a byte order mark: convert it to UTF-8 first" if is_utf16 else ""
        raise BadFile(f"{name}: is not text{advice}")
    yield first
    yield from raw


def _head(raw: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """Return the beginning of a file, enough to tell what it is, and the rest, even if that is but an error."""
    first = b""
    try:
        while len(first) < _CHUNK and (more := next(raw, b"")):
            first += more
    except BadFile as error:
        if not first:
            raise
        return first, _broken(str(error))
    return first, raw


def _unpacked(name: str, file: Any, budget: _Budget | None) -> Iterator[bytes]:
    size = 0
    read = getattr(file, "read1", file.read)  # what is sound before a break, and not all or nothing of a chunk
    try:
        while piece := read(_CHUNK):
            size += len(piece)
            if budget:
                budget.spend(name, len(piece))
            yield piece
    except (EOFError, zlib.error, zipfile.BadZipFile, OSError) as error:
        raise BadFile(f"{name}: breaks off or is damaged after {size} bytes ({error})") from None


def _from_utf16(name: str, first: bytes, rest: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        yield decoder.decode(first).encode()
        for piece in rest:
            yield decoder.decode(piece).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError as error:
        raise BadFile(f"{name}: is not the UTF-16 that it begins as ({error})") from None


def read_lines(pieces: Iterator[bytes], longest: int) -> Iterator[TextLine]:
    """Yield the lines that are not empty. Of one that is too long, no more than `longest` and a piece is held."""
    number, rest, too_long = 0, b"", False
    for piece in pieces:
        *complete, rest = (rest + piece).split(b"\n") if not too_long or b"\n" in piece else (b"",)
        for content in complete:
            number += 1
            if too_long or len(content) > longest:
                yield _too_long(number, longest)
            elif content.strip():
                yield _decoded(number, content)
            too_long = False
        if len(rest) > longest:
            rest, too_long = b"", True
    if too_long:
        yield _too_long(number + 1, longest)
    elif rest.strip():
        yield _decoded(number + 1, rest)


def _too_long(number: int, longest: int) -> TextLine:
    return TextLine(number, None, f"line-too-long\tthe line is longer than {longest} bytes")


def _decoded(number: int, content: bytes) -> TextLine:
    content = content.removesuffix(b"\r")
    try:
        return TextLine(number, content.decode())
    except UnicodeDecodeError:
        pass  # most that is not UTF-8 is of the nineties
    separator = b"\t" if b"\t" in content else b","
    if separator in content:  # one field may be what no other is
        fields = map(_decoded_field, content.split(separator))
        return TextLine(number, separator.decode().join(fields), is_cp1252=True)
    try:
        return TextLine(number, content.decode("cp1252"), is_cp1252=True)
    except UnicodeDecodeError:
        return TextLine(number, None, "not-text\tthe line is neither UTF-8 nor Windows-1252")


_WINDOWS: Final = {
    code: character for code in range(0x80, 0xA0) if (character := bytes([code]).decode("cp1252", "ignore"))
}


def _decoded_field(content: bytes) -> str:
    """Return a field in UTF-8 or Windows-1252; bytes that neither has are control characters then, and no text."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("latin-1").translate(_WINDOWS)


_LOOKED_AT: Final = 5000  # lines
_LOOKED_AT_LENGTH: Final = 1_000_000  # characters


def look_ahead(first: Sequence[TextLine], lines: Iterator[TextLine]) -> list[TextLine]:
    """Take lines to look at before they are read, with some first ones: so many, and no more than a megabyte."""
    taken: list[TextLine] = []
    length = sum(len(line.text or "") for line in first)
    while len(first) + len(taken) < _LOOKED_AT and length < _LOOKED_AT_LENGTH:
        line = next(lines, None)
        if line is None:
            break
        taken.append(line)
        length += len(line.text or "")
    return taken
