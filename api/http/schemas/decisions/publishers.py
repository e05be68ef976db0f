"""What the service answers about publishers, and those that count as others."""

from datetime import UTC, date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from api.http.schemas.common import ActorCode
from domain.log.writing.publisher_log import AliasPreview
from domain.publishers.alias import PublisherAliasRemoved
from domain.publishers.register import PublisherAliasEntry
from projections.publishers.alias_effects import AliasEffect
from projections.publishers.publisher_list import ListedPublisher
from projections.times import from_micros

_MOST_PAIRS = 50  # listed of those of which incidents would weigh otherwise


class PublisherOut(BaseModel):
    """A publisher, in all `spellings` that count as one, and its articles that stand.

    `since` is the first day of publication of these, and `recorded` when its first article was. `counts_as` is
    what it counts as in the end, null where that is itself; `aliases` are the publishers that count as it, and
    `articles_with_aliases` has theirs, too. One that only an alias names has no articles.
    """

    publisher: Annotated[str, Field(examples=["AFP"])]
    counts_as: Annotated[str | None, Field(examples=[None])]
    aliases: Annotated[
        list[str], Field(examples=[["AFP via Yahoo"]], description="The publishers that count as it.")
    ]
    spellings: Annotated[
        list[str], Field(examples=[["AFP", "afp"]], description="The spellings that count as it.")
    ]
    articles: Annotated[int, Field(description="How many of its articles stand.")]
    articles_with_aliases: Annotated[int, Field(description="The same, with those of its aliases.")]
    since: Annotated[date | None, Field(description="The first day of publication of these.")]
    recorded: Annotated[datetime | None, Field(description="When the first of them was recorded.")]


class AliasRemoval(BaseModel):
    """That an alias was taken back, and why."""

    reason: Annotated[str | None, Field(description="Why it was removed; null, as the others, while it stands.")]
    recorded: Annotated[datetime, Field(description="When it was removed.")]
    recorded_by: Annotated[str, Field(description="The key by which it was removed.")]
    request_id: Annotated[str | None, Field(description="The request by which it was removed.")]


class PublisherAliasOut(BaseModel):
    """A publisher that counts as another, since when, by whose word and why.

    `publisher` is what it was declared to be, `removal` null while it stands. A read with `min_position` set to
    `position` counts it so.
    """

    alias: Annotated[str, Field(examples=["AFP via Yahoo"], description="The publisher that counts as another.")]
    publisher: Annotated[str, Field(examples=["AFP"], description="What it was declared to be.")]
    reason: str | None
    recorded: datetime
    recorded_by: str
    request_id: str | None
    position: Annotated[int, Field(description="The position of the log from which on answers have it.")]
    removal: AliasRemoval | None


class PairEffect(BaseModel):
    """A pair, and how many of its incidents would weigh otherwise."""

    pair: tuple[ActorCode, ActorCode]
    incidents: int


class AliasEffectOut(BaseModel):
    """Of how many articles the publisher would count as another, and how many incidents would weigh otherwise."""

    articles: int
    incidents: int
    pairs: int
    most: Annotated[list[PairEffect], Field(description="The pairs with most such incidents, 50 at most.")]


class AliasPreviewOut(BaseModel):
    """What a change of aliases would come to. Nothing was recorded."""

    dry_run: Literal[True] = True
    alias: str
    changed: Annotated[bool, Field(description="Whether anything would be recorded.")]
    effect: AliasEffectOut
    position: Annotated[int, Field(description="The position of the log up to which `effect` counts.")]


def publisher_out(listed: ListedPublisher) -> PublisherOut:
    """Represent a publisher."""
    return PublisherOut(
        publisher=listed.name,
        counts_as=listed.counts_as,
        aliases=list(listed.aliases),
        spellings=list(listed.spellings),
        articles=listed.articles,
        articles_with_aliases=listed.articles_with_aliases,
        since=None if listed.since is None else date.fromisoformat(listed.since),
        recorded=None if listed.recorded is None else from_micros(listed.recorded),
    )


def alias_out(entry: PublisherAliasEntry, known_at: datetime | None) -> PublisherAliasOut:
    """Represent an alias, taken back or not as far as was known at an instant."""
    added, removal = entry.added, entry.removal_known(known_at)
    return PublisherAliasOut(
        alias=added.alias,
        publisher=added.publisher,
        reason=added.reason,
        recorded=added.timestamp.astimezone(UTC),
        recorded_by=added.recorded_by,
        request_id=added.request_id,
        position=entry.position,
        removal=None if removal is None else _removal_out(removal),
    )


def _removal_out(removal: PublisherAliasRemoved) -> AliasRemoval:
    return AliasRemoval(
        reason=removal.reason,
        recorded=removal.timestamp.astimezone(UTC),
        recorded_by=removal.recorded_by,
        request_id=removal.request_id,
    )


def alias_preview_out(preview: AliasPreview, effect: AliasEffect, position: int) -> AliasPreviewOut:
    """Represent what a change of aliases would come to."""
    most = sorted(effect.incidents.items(), key=lambda item: (-item[1], item[0]))[:_MOST_PAIRS]
    return AliasPreviewOut(
        alias=preview.alias,
        changed=preview.changed,
        effect=AliasEffectOut(
            articles=effect.articles,
            incidents=effect.incidents.total(),
            pairs=len(effect.incidents),
            most=[PairEffect(pair=pair, incidents=count) for pair, count in most],
        ),
        position=position,
    )
