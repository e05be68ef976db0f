"""The actors."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.http.schemas.common import ActorCode
from api.importing.seeds import succession_of
from domain.actors import ActorEvent, ActorNameAdded, ActorNameRemoved, ActorRegistered
from domain.log.application import NamePreview
from projections.queries.actors import ActorEntry, RecordedUse

_MOST_NAMES: Final = 50  # listed of those under which events are recorded


def _is_nothing(value: object) -> bool:
    return not value


class ActorOut(BaseModel):
    """An actor and its names; of a state that is no more, when it existed and what came after it.

    Who came after whom is known of the seeds' actors, as long as they have the kind and name that they came with.
    Fields in which there would be nothing are left out.
    """

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    code: Annotated[ActorCode, Field(description="What names it in every answer.")]
    kind: Annotated[str, Field(description="What it is, such as a state")]
    name: Annotated[str, Field(description="How it is called.")]
    aliases: Annotated[list[str], Field(description="Other names that mean it.")]
    first_day: Annotated[
        date | None,
        Field(alias="from", exclude_if=_is_nothing, description="The first day of a state that is no more."),
    ] = None
    until: Annotated[
        date | None, Field(exclude_if=_is_nothing, description="The last day of a state that is no more.")
    ] = None
    succeeded_by: Annotated[
        list[ActorCode], Field(exclude_if=_is_nothing, description="The states that came after it.")
    ] = []
    preceded_by: Annotated[
        list[ActorCode], Field(exclude_if=_is_nothing, description="The states that it came after.")
    ] = []


class NameMeaning(BaseModel):
    """Whose a code or a name is now and would be: nobody's, an actor's, or several actors', which is ambiguous."""

    name: Annotated[str, Field(examples=["Kremlin"])]
    means: Annotated[list[str], Field(examples=[["RUS"]])]
    would_mean: Annotated[list[str], Field(examples=[["BUNKER", "RUS"]])]


class WrittenName(BaseModel):
    """A name as it was written, the code that is recorded for it, and in how many reported events."""

    name: Annotated[str, Field(examples=["the Kremlin"])]
    code: ActorCode
    events: Annotated[int, Field(examples=[3])]


class RecordedUseOut(BaseModel):
    """Reported events that stand, and were recorded under names that would mean something else.

    They keep the actors that they have. The same articles, sent again, would be refused as different ones.
    """

    events: int
    articles: int
    pairs: int
    names: Annotated[list[WrittenName], Field(description="The most frequent, 50 at most.")]


class ActorPreview(BaseModel):
    """What a change of an actor's names would come to. Nothing was recorded."""

    dry_run: Literal[True] = True
    actor: Annotated[ActorOut, Field(description="The actor as it would be.")]
    changed: Annotated[bool, Field(description="Whether anything would be recorded.")]
    meanings: Annotated[list[NameMeaning], Field(description="Of each code and name that comes or goes.")]
    shared_with: Annotated[list[ActorCode], Field(description="Other actors that have one of these already.")]
    recorded: RecordedUseOut
    position: Annotated[int, Field(description="The position of the log up to which `recorded` counts.")]


def actor_out(actor: ActorEntry) -> ActorOut:
    """Represent an actor."""
    known = succession_of(actor.code, actor.kind, actor.name)
    return ActorOut(
        code=actor.code,
        kind=actor.kind,
        name=actor.name,
        aliases=list(actor.aliases),
        first_day=known.first,
        until=known.last,
        succeeded_by=list(known.successors),
        preceded_by=list(known.predecessors),
    )


def actor_preview(preview: NamePreview, use: RecordedUse, position: int) -> ActorPreview:
    """Represent what a change of an actor's names would come to."""
    actor = preview.actor
    given = [event for event in preview.events if isinstance(event, ActorRegistered | ActorNameAdded)]
    return ActorPreview(
        actor=actor_out(ActorEntry(actor.code, actor.kind, actor.name, tuple(actor.aliases))),
        changed=bool(preview.events),
        meanings=list(_meanings(preview)),
        shared_with=sorted({code for event in given for code in event.shared_with or ()}),
        recorded=RecordedUseOut(
            events=use.events,
            articles=use.articles,
            pairs=use.pairs,
            names=[
                WrittenName(name=name, code=code, events=count)
                for (name, code), count in use.by_name.most_common(_MOST_NAMES)
            ],
        ),
        position=position,
    )


def _meanings(preview: NamePreview) -> Iterator[NameMeaning]:
    for text in dict.fromkeys(text for event in preview.events for text in _texts_of(event)):
        now, then = preview.before.find(text), preview.after.find(text)
        yield NameMeaning(name=text, means=list(now), would_mean=list(then))


def _texts_of(event: ActorEvent) -> tuple[str, ...]:
    """Return the code and the names that an actor gets or loses."""
    if isinstance(event, ActorRegistered):
        return (event.code, event.name, *event.aliases)
    return (event.name,) if isinstance(event, ActorNameAdded | ActorNameRemoved) else ()
