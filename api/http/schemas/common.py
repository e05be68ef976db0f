"""What several representations share."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, Field

from projections.queries.agreements import ReportedDevelopment
from projections.queries.articles import ArticleReport, RedactedText
from projections.queries.context.emptiness import EmptyBecause
from projections.queries.question import Question
from projections.times import from_micros, to_date

_Item = TypeVar("_Item")
ActorCode = Annotated[str, Field(examples=["RUS"])]
WhatIf = Annotated[
    list[str] | None,
    Field(
        description="What the reader asked to be other than it is; null if nothing.",
        examples=[["half_life_verbal:60"]],
    ),
]


PublishedBy = Annotated[
    date | None,
    Field(description="The last day of publication that counts; null if every one does.", examples=["2020-02-12"]),
]

Empty = Annotated[
    EmptyBecause | None,
    Field(
        description="Why the answer holds nothing of the two; null where there is something. `no_reports`: the "
        "log has no incident between them. `none_by_then`: the first one is of a later day. `before_coverage`: so "
        "is the first one of any pair. `filtered_out`: there is one, and what was asked for leaves it out "
        "(`known_at`, `published_by`, `what_if`).",
        examples=["none_by_then"],
    ),
]


class Listed(BaseModel, Generic[_Item]):
    """A page of a list. `next` is the cursor of the page after it, null on the last."""

    items: list[_Item]
    next: str | None
    position: int

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """Return the name of a list of something in the OpenAPI document."""
        (item,) = params
        return f"{item.__name__}List" if isinstance(item, type) else super().model_parametrized_name(params)


class RedactedOut(BaseModel):
    """A text that an administrator had redacted: of which field, when, by whom and why. It is gone."""

    field: Annotated[str, Field(examples=["quote"])]
    recorded: datetime
    recorded_by: str
    reason: str


class ArticleRef(BaseModel):
    """An article, as a source is named. `redacted` says which of its own texts it had and lost."""

    id: str
    url: str | None
    headline: str | None
    publisher: str
    published: str
    redacted: list[RedactedOut]


def redacted_out(texts: Iterable[RedactedText]) -> list[RedactedOut]:
    """Represent texts that were redacted."""
    return [RedactedOut(**{**text._asdict(), "recorded": from_micros(text.recorded)}) for text in texts]


def article_ref(report: ArticleReport | ReportedDevelopment) -> ArticleRef:
    """Represent the article that reports something."""
    return ArticleRef(
        id=report.article_id,
        url=report.url,
        headline=report.headline,
        publisher=report.publisher,
        published=report.published,
        redacted=redacted_out(report.redacted),
    )


def known_instant(known_at: int | None) -> datetime | None:
    """Return a record time as an instant."""
    return None if known_at is None else from_micros(known_at)


def time_fields(answered: Question) -> dict[str, Any]:
    """Return the fields by which an answer says for which day it is, and by what was known and published.

    `known_at` of the question is that of the answer.
    """
    return {"as_of": to_date(answered.day), **knowledge_fields(answered)}


def knowledge_fields(answered: Question) -> dict[str, Any]:
    """Return the same fields but for the day."""
    published_by = None if answered.published_by is None else to_date(answered.published_by)
    return {"known_at": known_instant(answered.known_at), "published_by": published_by}
