"""The log of domain events, and the imports in it."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from api.http.schemas.common import Listed
from domain.administration.imports import FileImported, ImportOutcome
from domain.events import DomainEvent


class LogEntry(BaseModel):
    """A domain event in the log. `data` is what it states."""

    position: int
    type: Annotated[str, Field(examples=["clash-reported"])]
    aggregate: str
    version: int
    recorded: datetime
    recorded_by: str
    request_id: str | None
    data: dict[str, Any]


class UnreadableEntry(BaseModel):
    """A domain event in the log that this version cannot read; `error` says why."""

    position: int
    aggregate: str
    version: int
    topic: Annotated[str, Field(description="The topic as it is stored.", examples=["detente.clash-reported"])]
    error: str


class Feed(Listed[LogEntry | UnreadableEntry]):
    """The log from a position on. Ask again with `after` set to `last`."""

    last: int


def short_type(event: DomainEvent) -> str:
    """Return the name under which a domain event is shown."""
    return short_topic(event.TOPIC)


def short_topic(topic: str) -> str:
    """Return the name under which the domain events of a topic are shown."""
    return topic.removeprefix("detente.")


class ImportCountsOut(BaseModel):
    """What became of the rows of a file: how many, for which reasons not, what was mended or left out in them."""

    rows: dict[str, int]
    reasons: dict[str, int]
    mended: dict[str, int]
    left_out: dict[str, int]


class OverrideOut(BaseModel):
    """That a code was read as an actor; with null, that its rows were left out."""

    coded: str
    actor: str | None
    role: str | None


class UsedMapOut(BaseModel):
    """A map of actors by its name and digest; `changing` of its lines changed how rows were read."""

    name: str
    digest: str
    changing: int


class ImportOut(BaseModel):
    """The import of a file: how it was read, how it ended, and what became of its rows."""

    id: str
    file: str
    digest: Annotated[str | None, Field(description="SHA-256 of the whole file; null where that was not read.")]
    formats: list[str]
    codes: list[str]
    publisher: str | None
    strict_actors: bool
    actors: UsedMapOut | None
    outcome: ImportOutcome
    counts: ImportCountsOut
    recorded: datetime
    recorded_by: str
    request_id: str | None
    position: int


class WholeImportOut(ImportOut):
    """The import of a file, with the lines of its map of actors that changed how rows were read."""

    overrides: list[OverrideOut]


def import_out(position: int, imported: FileImported) -> ImportOut:
    """Represent an import."""
    return ImportOut.model_validate(_import_fields(position, imported))


def whole_import_out(position: int, imported: FileImported) -> WholeImportOut:
    """Represent an import with the lines of its map of actors."""
    used = imported.reading.actors
    lines = used.overrides if used else ()
    overrides = [OverrideOut(coded=line.coded, actor=line.actor, role=line.role) for line in lines]
    return WholeImportOut(**_import_fields(position, imported), overrides=overrides)


def _import_fields(position: int, imported: FileImported) -> dict[str, Any]:
    reading, counts, used = imported.reading, imported.counts, imported.reading.actors
    return {
        "id": imported.import_id,
        "file": imported.file,
        "digest": imported.digest,
        "formats": list(reading.formats),
        "codes": list(reading.codes),
        "publisher": reading.publisher,
        "strict_actors": reading.strict_actors,
        "actors": used and UsedMapOut(name=used.name, digest=used.digest, changing=used.changing),
        "outcome": imported.outcome,
        "counts": ImportCountsOut(
            rows=dict(counts.rows),
            reasons=dict(counts.reasons),
            mended=dict(counts.mended),
            left_out=dict(counts.left_out),
        ),
        "recorded": imported.timestamp,
        "recorded_by": imported.recorded_by,
        "request_id": imported.request_id,
        "position": position,
    }
