"""What is kept in the log of an import of a file: which file, how it was read, and what became of its rows."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path
from typing import Final
from uuid import uuid4

from api.importing.actors.actor_map import ActorMap
from api.importing.optional_texts import mend
from domain.administration.imports import (
    MAX_OVERRIDES,
    FileReading,
    ImportCounts,
    ImportOutcome,
    KeptOverride,
    RecordImport,
    UsedMap,
)
from domain.events import Provenance

_NAME_LENGTH: Final = 200
_CHANGES: Final = ("imported", "registered_actors", "corrected", "retracted")  # counts of what was recorded


@dataclass
class FileImport:
    """The import of one file, as far as it has come. `digest` is None of what can be read but once."""

    name: str
    publisher: str | None
    strict_actors: bool
    actors: ActorMap | None
    digest: str | None = None
    formats: dict[str, None] = field(default_factory=dict)
    codes: dict[str, None] = field(default_factory=dict)

    @classmethod
    def begin(
        cls, name: str, publisher: str | None, *, strict_actors: bool, actors: ActorMap | None
    ) -> "FileImport":
        """Begin with a file, of which no row is read yet."""
        if actors is not None:
            actors.begin_file()
        return cls(name, publisher, strict_actors, actors, _digest(name))

    def command(
        self, outcome: ImportOutcome, counts: Mapping[str, Counter[str]], provenance: Provenance
    ) -> RecordImport | None:
        """Return the command that keeps it, None where nothing was recorded of it."""
        if not any(counts["rows"][name] for name in _CHANGES):
            return None
        return RecordImport(
            import_id=str(uuid4()),
            file=_text("standard input" if self.name == "-" else Path(self.name).name),
            digest=self.digest,
            reading=FileReading(
                formats=tuple(self.formats),
                codes=tuple(self.codes),
                publisher=self.publisher and _text(self.publisher),
                strict_actors=self.strict_actors,
                actors=self._used_map(),
            ),
            outcome=outcome,
            counts=ImportCounts(**{name: dict(count) for name, count in counts.items()}),
            provenance=provenance,
        )

    def _used_map(self) -> UsedMap | None:
        if self.actors is None:
            return None
        changing = sorted(self.actors.changing().items(), key=lambda item: item[1].line)
        lines = [
            KeptOverride(_text(code), line.actor, line.role or None) for code, line in changing[:MAX_OVERRIDES]
        ]
        return UsedMap(_text(self.actors.name), self.actors.digest, len(changing), tuple(lines))


def _digest(name: str) -> str | None:
    path = Path(name)
    if name == "-" or not path.is_file():
        return None
    try:
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError:  # who reads it next says so
        return None


def _text(text: str) -> str:
    """Return a text as it can be kept; one that is none is written with escapes."""
    mended = mend(text, _NAME_LENGTH)
    return (mended and mended.text) or ascii(text)[1:-1][:_NAME_LENGTH]
