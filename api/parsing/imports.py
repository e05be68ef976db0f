"""What importers send of an import: the file, how it was read, and what became of its rows."""

from typing import Annotated, Any, Final

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from api.parsing.requests import ARTICLE_ID, Flag, Name, Word
from domain.administration.imports import (
    MAX_COUNTS,
    MAX_OVERRIDES,
    FileReading,
    ImportCounts,
    ImportOutcome,
    KeptOverride,
    RecordImport,
    UsedMap,
)
from domain.events import Provenance

MAX_DELETED: Final = 1000  #: events of a request
_MOST_WORDS: Final = 20  # formats, schemes
_MOST_ROWS: Final = 2**53 - 1

FileDigest = Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="SHA-256, in hexadecimal digits.")]
Count = Annotated[int, Field(strict=True, ge=0, le=_MOST_ROWS)]
Counts = Annotated[dict[Word, Count], Field(max_length=MAX_COUNTS)]
Words = Annotated[list[Word], Field(max_length=_MOST_WORDS)]

#: An import as importers send it, for the OpenAPI document.
IMPORT_EXAMPLE: Final[dict[str, Any]] = {
    "id": "import-2026-01-01-levant",
    "file": "levant.tsv",
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "reading": {"formats": ["keds"], "codes": ["cameo"]},
    "outcome": "complete",
    "counts": {"rows": {"read": 3, "imported": 2, "rejected": 1}, "reasons": {"no-actor": 1}},
}


class _ImportPart(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DeletedEventIn(_ImportPart):
    """An event that its data set has deleted: its article, and its `ref` there."""

    id: Annotated[str, Field(pattern=f"^{ARTICLE_ID.pattern}$", examples=["acled-SYR90001"])]
    ref: Annotated[Word, Field(examples=["SYR90001"])]


class DeletedEventsIn(_ImportPart):
    """Events that their data set has deleted."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"events": [{"id": "acled-SYR90001", "ref": "SYR90001"}]}]},
    )

    events: Annotated[list[DeletedEventIn], Field(min_length=1, max_length=MAX_DELETED)]


class OverrideIn(_ImportPart):
    """That a code was read as an actor; without one, that its rows were left out."""

    coded: Name
    actor: Word | None = None
    role: Word | None = None


class UsedMapIn(_ImportPart):
    """A map of actors: its file, and those of its lines that changed how rows were read."""

    name: Name
    digest: FileDigest
    changing: Annotated[Count, Field(description="How many lines changed how rows were read.")]
    overrides: Annotated[list[OverrideIn], Field(max_length=MAX_OVERRIDES)] = []


class FileReadingIn(_ImportPart):
    """How a file was read."""

    formats: Words = []
    codes: Annotated[Words, Field(description="The schemes of its codes, where it is coded in one.")] = []
    publisher: Annotated[Name | None, Field(description="Who was said to have published it.")] = None
    strict_actors: Flag = False
    actors: UsedMapIn | None = None


class ImportCountsIn(_ImportPart):
    """What became of the rows of a file, by the names that the summary of an import has."""

    rows: Counts = {}
    reasons: Counts = {}
    mended: Counts = {}
    left_out: Counts = {}


class ImportIn(_ImportPart):
    """An import of a file."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [IMPORT_EXAMPLE]})

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,199}$")]
    file: Name
    digest: Annotated[FileDigest | None, Field(description="Of the whole file.")] = None
    reading: FileReadingIn = FileReadingIn()
    outcome: ImportOutcome
    counts: ImportCountsIn = ImportCountsIn()


def parse_import(sent: ImportIn, provenance: Provenance) -> RecordImport:
    """Return the command to record an import."""
    reading, used = sent.reading, sent.reading.actors
    return RecordImport(
        import_id=sent.id,
        file=sent.file,
        digest=sent.digest,
        reading=FileReading(
            formats=tuple(reading.formats),
            codes=tuple(reading.codes),
            publisher=reading.publisher,
            strict_actors=reading.strict_actors,
            actors=None if used is None else _used_map(used),
        ),
        outcome=sent.outcome,
        counts=ImportCounts(**dict(sent.counts)),
        provenance=provenance,
    )


def _used_map(sent: UsedMapIn) -> UsedMap:
    overrides = tuple(KeptOverride(line.coded, line.actor, line.role) for line in sent.overrides)
    return UsedMap(sent.name, sent.digest, sent.changing, overrides)


def as_posted(command: RecordImport) -> dict[str, Any]:
    """Return the command in the shape in which importers send it."""
    fields: dict[str, Any] = msgspec.to_builtins(command)
    del fields["provenance"]
    return {"id": fields.pop("import_id"), **fields}
