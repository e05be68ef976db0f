"""What was imported: a file, how it was read, and what became of its rows. Aggregate, domain event and command.

It tells of what was done, and means nothing for relations: the articles of the file say what happened.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self
from uuid import UUID, uuid5

from msgspec import Struct

from domain.errors import Fault, InvalidFacts
from domain.events import CreatedEvent, DomainEvent, Provenance, RecordedAggregate

IMPORT_NAMESPACE = UUID("4c7d0f52-1b0e-5d86-9a6b-7f2d5a3b8e10")
MAX_OVERRIDES: Final = 5000  #: lines of a map of actors that are kept
MAX_COUNTS: Final = 100  #: names of what is counted


class ImportOutcome(StrEnum):
    """How an import ended: at the file's end, before it because somebody stopped it, or because it failed."""

    COMPLETE = "complete"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


class KeptOverride(Struct, frozen=True, omit_defaults=True):
    """That a code was read as an actor, or, without one, that its rows were left out."""

    coded: str
    actor: str | None = None
    role: str | None = None


class UsedMap(Struct, frozen=True):
    """A map of actors by its name and digest (SHA-256), and those of its lines that changed how rows were read.

    Of more than `MAX_OVERRIDES` such lines the first are kept; `changing` says how many there were.
    """

    name: str
    digest: str
    changing: int
    overrides: tuple[KeptOverride, ...]


class FileReading(Struct, frozen=True, omit_defaults=True):
    """How a file was read: the formats and schemes of codes found in it, and what was asked for."""

    formats: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    publisher: str | None = None
    strict_actors: bool = False
    actors: UsedMap | None = None


class ImportCounts(Struct, frozen=True, omit_defaults=True):
    """What became of the rows of a file, by the names that the summary of an import has."""

    rows: Mapping[str, int] = {}
    reasons: Mapping[str, int] = {}
    mended: Mapping[str, int] = {}
    left_out: Mapping[str, int] = {}


class RecordImport(Struct, frozen=True, kw_only=True):
    """Command: keep that a file was imported. `digest` is its SHA-256, None where it is not known whole."""

    import_id: str
    file: str
    digest: str | None
    reading: FileReading
    outcome: ImportOutcome
    counts: ImportCounts
    provenance: Provenance


class ImportEvent(DomainEvent):
    """Something that happened to an import."""


@dataclass(frozen=True)
class FileImported(CreatedEvent, ImportEvent):
    """A file was imported, to its end or not."""

    TOPIC = "detente.file-imported"
    import_id: str
    file: str
    digest: str | None
    reading: FileReading
    outcome: ImportOutcome
    counts: ImportCounts

    @staticmethod
    def aggregate_class() -> "type[Import]":
        """Return `Import`."""
        return Import


class Import(RecordedAggregate):
    """The import of one file."""

    def begin(self, imported: FileImported) -> None:
        """Take on what was imported."""
        self.imported = imported

    @classmethod
    def record(cls, command: RecordImport) -> Self:
        """Return a new import. Raises `InvalidFacts`."""
        if faults := [*_check(command)]:
            raise InvalidFacts(faults)
        imported = FileImported(
            originator_id=import_uuid(command.import_id),
            originator_version=cls.INITIAL_VERSION,
            import_id=command.import_id,
            file=command.file,
            digest=command.digest,
            reading=command.reading,
            outcome=command.outcome,
            counts=command.counts,
            **command.provenance.fields(),
        )
        return cls.make_from(imported)

    def is_of(self, command: RecordImport) -> bool:
        """Return whether a command would record the same again."""
        had = self.imported
        return (had.file, had.digest, had.reading, had.outcome, had.counts) == (
            command.file,
            command.digest,
            command.reading,
            command.outcome,
            command.counts,
        )


class ImportIndex:
    """Where in the log the imports stand: positions, in order, and by id."""

    def __init__(self, positions: tuple[int, ...] = (), by_id: Mapping[str, int] | None = None) -> None:
        self.positions = positions
        self.by_id = dict(by_id or {})

    def copy(self) -> "ImportIndex":
        """Return a copy that can be changed without changing this."""
        return ImportIndex(self.positions, self.by_id)

    def apply(self, position: int, imported: FileImported) -> None:
        """Take in an import."""
        self.positions = (*self.positions, position)
        self.by_id[imported.import_id] = position


def import_uuid(import_id: str) -> UUID:
    """Return the aggregate id of the import with this id."""
    return uuid5(IMPORT_NAMESPACE, import_id)


def _check(command: RecordImport) -> Iterator[Fault]:
    used = command.reading.actors
    if used is not None and len(used.overrides) > min(used.changing, MAX_OVERRIDES):
        detail = f"are {len(used.overrides)} of {used.changing}; at most {MAX_OVERRIDES} are kept"
        yield Fault(("reading", "actors", "overrides"), "too-many-overrides", detail)
    for name in ("rows", "reasons", "mended", "left_out"):
        counts: Mapping[str, int] = getattr(command.counts, name)
        if len(counts) > MAX_COUNTS or any(count < 0 for count in counts.values()):
            detail = f"are up to {MAX_COUNTS} counts, none below 0"
            yield Fault(("counts", name), "not-counts", detail)
