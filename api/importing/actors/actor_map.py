"""A person's map of actors, as CSV: which actor a code of the file is, line by line, whatever a dictionary says.

What `--explain-actors --csv` writes is such a map. Lines that say what the dictionary says change nothing.
"""

import codecs
import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Final, NamedTuple

from api.importing.actors.actor_table import MOST_CODES, ImportedActor
from api.importing.records.csv_records import column_name
from api.importing.rows import Reject
from api.importing.text_files import BadFile
from domain.actor_directory import ActorDirectory
from domain.errors import Fault
from domain.standards.text import check_word

MOST_BYTES: Final = 16 * 1024 * 1024  #: of a map
_CODE, _ACTOR, _ROLE, _LEAVE_OUT = "coded", "actor", "role", "leave out"
_YES: Final = frozenset(["yes", "y", "true", "1", "x"])
_NO: Final = frozenset(["", "no", "n", "false", "0"])
_ROLE_LENGTH: Final = 100
_FAULTS_SHOWN: Final = 10


class Override(NamedTuple):
    """What a line of a map says of a code: the actor by the registry's code, None to leave its rows out.

    `role` is None where the map has no column for it: that of the dictionary stays. An empty one is no role.
    """

    actor: str | None
    role: str | None
    line: int


class ActorMap:
    """Overrides by the code as the table of actors shows it; `digest` is that of the file, SHA-256."""

    def __init__(self, name: str, digest: str, overrides: Mapping[str, Override]) -> None:
        self.name = name
        self.digest = digest
        self.overrides = overrides
        self._used: set[str] = set()
        self._changing: dict[str, Override] = {}
        self.changes = 0  #: how often a line has changed how a row is read

    def begin_file(self) -> None:
        """Forget which lines changed something: another file is read."""
        self._changing.clear()

    def changing(self) -> dict[str, Override]:
        """Return the lines that changed how rows of the file were read, by their codes."""
        return dict(self._changing)

    def read(self, keys: Sequence[str], found: ImportedActor | Reject) -> ImportedActor | Reject:
        """Return what the map makes of a code, by the first of the keys that it has; else what was found."""
        key = next((key for key in map(str.strip, keys) if key in self.overrides), None)
        if key is None:
            return found
        self._used.add(key)
        override = self.overrides[key]
        why = f"{self.name}, line {override.line}"
        given = override.role or None
        was = found if isinstance(found, ImportedActor) else ImportedActor("", None)
        if was.code == override.actor and (override.role is None or given == was.role):
            return was._replace(why=why, is_doubtful=False)
        self._changing[key] = override
        self.changes += 1
        if override.actor is None:
            return Reject("left-out", why)
        role = was.role if override.role is None else given
        coded = None if key.startswith(override.actor) else key[:_ROLE_LENGTH]
        return ImportedActor(override.actor, role, coded, why, is_given=override.role is not None)

    def unused(self) -> list[str]:
        """Return the codes of lines that no row has had."""
        return [code for code in self.overrides if code not in self._used]


def read_actor_map(path: Path, directory: ActorDirectory, is_own: Callable[[str, str], bool]) -> ActorMap:
    """Return a map of actors. `is_own` says whether a code of an actor may be what the data set has for a code.

    Raises `BadFile` naming the lines that cannot be meant so, and what would be right.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadFile(f"{path}: cannot be read ({error.strerror or error})") from None
    if len(content) > MOST_BYTES:
        raise BadFile(f"{path}: a map of actors has at most {MOST_BYTES:,} bytes")
    reading = _Reading(directory, is_own)
    overrides = reading.overrides(path, _text(path, content))
    if reading.faults:
        more = len(reading.faults) - _FAULTS_SHOWN
        shown = [f"{path}, {fault}" for fault in reading.faults[:_FAULTS_SHOWN]]
        raise BadFile("\n".join(shown + ([f"and {more} more"] if more > 0 else [])))
    return ActorMap(path.name, sha256(content).hexdigest(), overrides)


def _text(path: Path, content: bytes) -> str:
    encoding = "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadFile(
            f"{path}: is not in UTF-8 ({error.reason} at byte {error.start}); save it as UTF-8"
        ) from None


class _Reading:
    """One look at a map; what is wrong with it is gathered in `faults`."""

    def __init__(self, directory: ActorDirectory, is_own: Callable[[str, str], bool]) -> None:
        self.faults: list[str] = []
        self._directory = directory
        self._is_own = is_own

    def overrides(self, path: Path, text: str) -> dict[str, Override]:
        """Return the lines that say something, by their codes. Raises `BadFile` without a header."""
        found: dict[str, Override] = {}
        try:
            for line, row in _rows(path, text):
                if override := self._override(line, row):
                    self._add(found, row[_CODE], override)
        except csv.Error as error:
            raise BadFile(f"{path}: is no CSV: {error}") from None
        return found

    def _add(self, found: dict[str, Override], code: str, override: Override) -> None:
        before = found.setdefault(code, override)
        if before._replace(line=0) != override._replace(line=0):
            what = f"{code!r} is given twice, with other content than in line {before.line}: keep one of the two"
            self._fault(override.line, what)
        elif len(found) > MOST_CODES:
            raise BadFile(f"a map of actors has at most {MOST_CODES:,} codes")

    def _override(self, line: int, row: Mapping[str, str]) -> Override | None:
        code, actor, leave_out = row[_CODE], row[_ACTOR], row.get(_LEAVE_OUT, "").lower()
        if not code:
            self._fault(line, f"names no code: give in the column {_CODE!r} what the table of actors shows there")
        elif leave_out not in _YES | _NO:
            self._fault(line, f"leave_out is {leave_out[:40]!r}: right would be yes, or nothing")
        elif leave_out in _YES:
            return Override(None, None, line)
        elif actor:
            return self._of_actor(line, code, actor, row.get(_ROLE))
        elif row.get(_ROLE):
            self._fault(line, f"gives {code!r} a role but no actor: name the actor whose role it is")
        return None  # as in the table, where a code is no actor's: it is read as ever

    def _of_actor(self, line: int, code: str, actor: str, role: str | None) -> Override | None:
        meant = self._directory.resolve(actor[:200], (), suggests=len(self.faults) < _FAULTS_SHOWN)
        if self._is_own(actor, code):  # also where it is to be registered yet
            meant = actor
        if isinstance(meant, Fault):
            self._fault(line, meant.detail)
            return None
        try:
            if role and len(check_word(role)) > _ROLE_LENGTH:
                raise ValueError(f"is longer than {_ROLE_LENGTH} characters")
        except ValueError as error:
            self._fault(line, f"the role {error}")
            return None
        return Override(meant, role, line)

    def _fault(self, line: int, what: str) -> None:
        self.faults.append(f"line {line}: {what}")


def _rows(path: Path, text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows by the names of their columns, each with its line. Raises `BadFile`, `csv.Error`."""
    first = text.splitlines()[0] if text.strip() else ""
    separator = max("\t;,", key=first.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    names = [column_name(name) for name in next(reader, [])]
    names = [_CODE if name == "code" else name for name in names]
    if missing := [name for name in (_CODE, _ACTOR) if names.count(name) != 1]:
        count = "more than one" if missing[0] in names else "no"
        raise BadFile(
            f"{path}, line 1: has {count} column {missing[0]!r}; a map of actors begins with the names of its"
            " columns: coded,actor and perhaps role,leave_out"
        )
    for row in reader:
        if any(cell.strip() for cell in row):
            cells = [cell.strip() for cell in row] + [""] * (len(names) - len(row))
            yield reader.line_num, dict(zip(names, cells, strict=False))
