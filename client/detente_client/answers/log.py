"""What is in the log: articles, rulings, agreements, actors, publishers; and how the service is."""

from datetime import date, datetime
from typing import Any

from pydantic import Field

from detente_client.answers.base import Answer, Page
from detente_client.answers.incidents import ArticleRef, NamedReport, Redacted
from detente_client.answers.relations import ClashRef


class ListedArticle(ArticleRef):
    """An article in the list of all: its header, and when it was recorded and last changed."""

    language: str | None = None
    retracted: bool
    version: int
    counts_as: str | None = None
    recorded: datetime
    changed: datetime


class ArticlePage(Page):
    """A page of the articles."""

    items: list[ListedArticle]


class StandingReport(Answer):
    """A reported event that stands, by its number within the article."""

    number: int
    event: dict[str, Any]
    redacted: list[Redacted] = Field(default_factory=list)


class HistoryEntry(Answer):
    """Something that happened to an article: when, by whom, and what is another since."""

    version: int
    change: str
    recorded: datetime
    recorded_by: str
    request_id: str | None = None
    number: int | None = None
    event: dict[str, Any] | None = None
    header: dict[str, Any] | None = None
    reason: str | None = None


class StoredArticle(ArticleRef):
    """An article as it stands, and all that happened to it. `etag` names this state, for `if_match` of a write."""

    language: str | None = None
    retracted: bool
    version: int
    events: list[StandingReport]
    history: list[HistoryEntry] = Field(default_factory=list)
    etag: str | None = None


class Withdrawal(Answer):
    """How a ruling was taken back."""

    reason: str
    recorded: datetime
    recorded_by: str


class Ruling(Answer):
    """What was ruled on reported events; `withdrawal` is null while it stands."""

    id: str
    ruling: str
    reports: list[NamedReport]
    reason: str
    recorded: datetime
    recorded_by: str
    position: int
    withdrawal: Withdrawal | None = None
    etag: str | None = None


class RulingPage(Page):
    """A page of the rulings."""

    items: list[Ruling]


class Development(Answer):
    """Something that became of an agreement, and the article that reports it."""

    development: str
    purpose: str | None = None
    day: date
    occurred: str
    article: ArticleRef
    number: int


class Agreement(Answer):
    """An agreement as it stood on the day. `since` and `status_since` are EDTF."""

    id: str
    title: str | None = None
    purpose: str | None = None
    parties: list[str]
    status: str
    since: str
    status_since: str
    clashes: int
    violated_by: list[ClashRef] = Field(default_factory=list)
    developments: list[Development] = Field(default_factory=list)


class AgreementPage(Page):
    """A page of the agreements."""

    items: list[Agreement]


class Actor(Answer):
    """An actor, by its code; `from_` and `until` are its first and last day, if it is no more."""

    code: str
    kind: str
    name: str
    aliases: list[str] = Field(default_factory=list)
    from_: date | None = Field(default=None, alias="from")
    until: date | None = None
    succeeded_by: list[str] = Field(default_factory=list)
    preceded_by: list[str] = Field(default_factory=list)


class ActorPage(Page):
    """A page of the actors."""

    items: list[Actor]


class Publisher(Answer):
    """A publisher, what it counts as, and how many articles of it stand."""

    publisher: str
    counts_as: str | None = None
    aliases: list[str] = Field(default_factory=list)
    spellings: list[str] = Field(default_factory=list)
    articles: int
    articles_with_aliases: int
    since: date | None = None
    recorded: datetime | None = None


class PublisherPage(Page):
    """A page of the publishers."""

    items: list[Publisher]


class Model(Answer):
    """A scoring model: its constants, and the lowest and highest value that each may be supposed to have."""

    name: str
    family: str
    is_default: bool
    description: str
    constants: dict[str, float] = Field(default_factory=dict)
    ranges: dict[str, tuple[float, float]] = Field(default_factory=dict)


class ModelList(Answer):
    """The scoring models."""

    items: list[Model]


class Health(Answer):
    """How the service is: `ok`, or `degraded` with `advice`."""

    status: str
    log_position: int
    advice: list[str] = Field(default_factory=list)
