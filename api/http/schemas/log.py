"""The log of domain events, and the imports in it."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from api.http.schemas.common import Listed
from domain.administration.imports import FileImported, ImportOutcome
from domain.events import DomainEvent


class LogEntry(BaseModel):
    """A domain event in the log. `data` is what it states."""

    position: Annotated[int, Field(description="Its position in the log.")]
    type: Annotated[str, Field(examples=["clash-reported"], description="What happened.")]
    aggregate: Annotated[str, Field(description="What it happened to.")]
    version: Annotated[int, Field(description="Which domain event of that aggregate it is.")]
    recorded: datetime
    recorded_by: str
    request_id: str | None
    data: Annotated[dict[str, Any], Field(description="What it states.")]


class UnreadableEntry(BaseModel):
    """A domain event in the log that this version cannot read; `error` says why."""

    position: int
    aggregate: str
    version: int
    topic: Annotated[str, Field(description="The topic as it is stored.", examples=["detente.clash-reported"])]
    error: Annotated[str, Field(description="Why it cannot be read.")]


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

    rows: Annotated[dict[str, int], Field(description="What became of the rows: how many of each.")]
    reasons: Annotated[dict[str, int], Field(description="Why rows were not taken: how many for each reason.")]
    mended: Annotated[dict[str, int], Field(description="What was mended in rows: how many of each.")]
    left_out: Annotated[dict[str, int], Field(description="What was left out in rows: how many of each.")]


class OverrideOut(BaseModel):
    """That a code was read as an actor; with null, that its rows were left out."""

    coded: str
    actor: str | None
    role: str | None


class UsedMapOut(BaseModel):
    """A map of actors by its name and digest; `changing` of its lines changed how rows were read."""

    name: Annotated[str, Field(description="The file of the map of actors that was used.")]
    digest: Annotated[str, Field(description="SHA-256 of it.")]
    changing: Annotated[int, Field(description="How many of its lines changed how rows were read.")]


class ImportOut(BaseModel):
    """The import of a file: how it was read, how it ended, and what became of its rows."""

    id: str
    file: Annotated[str, Field(description="The name of the file.")]
    digest: Annotated[str | None, Field(description="SHA-256 of the whole file; null where that was not read.")]
    formats: Annotated[list[str], Field(description="The formats that were found in it.")]
    codes: Annotated[list[str], Field(description="The schemes of codes that were found in it.")]
    publisher: Annotated[str | None, Field(description="Who was said to have published it.")]
    strict_actors: Annotated[bool, Field(description="Whether rows with unknown actors were refused.")]
    actors: UsedMapOut | None
    outcome: Annotated[ImportOutcome, Field(description="How it ended.")]
    counts: ImportCountsOut
    recorded: datetime
    recorded_by: str
    request_id: str | None
    position: Annotated[int, Field(description="Its position in the log.")]


class WholeImportOut(ImportOut):
    """The import of a file, with the lines of its map of actors that changed how rows were read."""

    overrides: Annotated[
        list[OverrideOut], Field(description="The lines of the map of actors that changed how rows were read.")
    ]


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
