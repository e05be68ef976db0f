"""The write side: every command, recorded in the log through the `eventsourcing` library.

One instance serves all threads of a process. The recorder (SQLite or PostgreSQL) is chosen by the environment
that the library reads; `log_environment` makes it from a database URL.
"""

from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import Mapper, Notification, RecordConflictError, Recording
from msgspec import Struct

from domain.actor import Actor, ActorEvent, ActorKind, ActorNameAdded, ActorRegistered, actor_uuid
from domain.article import Article, ArticleEvent, Header, article_uuid
from domain.directory import ActorDirectory
from domain.errors import (
    ActorDiffers,
    ActorNotFound,
    ArticleDiffers,
    ArticleIsRetracted,
    ArticleNotFound,
    DetenteError,
)
from domain.events import DomainEvent, EventMapper, Provenance
from domain.recorders import PlainPostgresRecorder
from domain.reports import Report

_ATTEMPTS = 10  # at recording a change that others also make, before giving up
_ACTOR_TOPICS = (ActorRegistered.TOPIC, ActorNameAdded.TOPIC)
_PAGE = 1000


_A = TypeVar("_A", bound=Aggregate)


class PostArticle(Struct, frozen=True, kw_only=True):
    """Record an article with the events it reports."""

    article_id: str
    header: Header
    reports: tuple[Report, ...]
    provenance: Provenance


class Outcome(Struct, frozen=True, kw_only=True):
    """What a command came to.

    `changed` is False where everything was recorded already. A read that waits for `position` sees the change.
    """

    id: str
    changed: bool
    position: int
    version: int


class Detente(Application[UUID]):
    """The log of articles and actors, and the commands that add to it."""

    name = "detente"

    def __init__(self, env: Mapping[str, str] | None = None) -> None:
        super().__init__(dict(env or {}))
        self._directory = ActorDirectory()
        self._directory_position = 0
        self._directory_lock = Lock()

    def construct_mapper(self) -> Mapper[UUID]:
        """Return the mapper that writes plain JSON."""
        return EventMapper(transcoder=self.construct_transcoder())

    # Articles

    def post_article(self, command: PostArticle) -> Outcome:
        """Record an article; the same again changes nothing.

        Raises `InvalidFacts`, `ArticleDiffers`, `ArticleIsRetracted`.
        """
        article = _new_article(command)
        try:
            return self._save(article, command.article_id)
        except RecordConflictError:
            return self._already_posted(command)

    def post_articles(self, commands: Sequence[PostArticle]) -> list[Outcome | DetenteError]:
        """Record many articles, each by itself: one outcome or error each, in order.

        They go into one transaction if nothing stands in the way.
        """
        made: list[Article | DetenteError] = [_caught(_new_article, command) for command in commands]
        articles = [item for item in made if isinstance(item, Article)]
        try:
            if len({article.id for article in articles}) < len(articles):
                raise RecordConflictError  # twice in one batch: the second has to see the first
            recordings = self.save(*articles)
        except RecordConflictError:
            return [_caught(self.post_article, command) for command in commands]
        last = {r.domain_event.originator_id: r.notification.id for r in recordings}
        return [
            Outcome(id=command.article_id, changed=True, position=last[item.id], version=item.version)
            if isinstance(item, Article)
            else item
            for command, item in zip(commands, made, strict=True)
        ]

    def revise_article(
        self,
        article_id: str,
        header: Header,
        reports: Sequence[Report],
        reason: str | None,
        provenance: Provenance,
    ) -> Outcome:
        """Make a posted article say what it says now. Raises `ArticleNotFound`, `InvalidFacts`."""
        return self._change_article(article_id, lambda a: a.revise(header, reports, reason, provenance))

    def correct_report(
        self, article_id: str, number: int, report: Report, reason: str | None, provenance: Provenance
    ) -> Outcome:
        """Correct one reported event. Raises `NotFound`, `InvalidFacts`, `ArticleIsRetracted`."""
        return self._change_article(article_id, lambda a: a.correct(number, report, reason, provenance))

    def retract_report(self, article_id: str, number: int, reason: str | None, provenance: Provenance) -> Outcome:
        """Take one reported event back. Raises `NotFound`, `ArticleIsRetracted`."""
        return self._change_article(article_id, lambda a: a.retract_report(number, reason, provenance))

    def retract_article(self, article_id: str, reason: str | None, provenance: Provenance) -> Outcome:
        """Take an article back with all it reported. Raises `ArticleNotFound`."""
        return self._change_article(article_id, lambda a: a.retract(reason, provenance))

    def article(self, article_id: str) -> Article:
        """Return the article as it stands. Raises `ArticleNotFound`."""
        try:
            return self.repository.get(article_uuid(article_id))
        except AggregateNotFoundError:
            raise ArticleNotFound(f"there is no article {article_id!r}") from None

    def article_at(self, aggregate_id: UUID, version: int) -> Article:
        """Return an article as it was at a version, by the id of its aggregate."""
        article: Article = self.repository.get(aggregate_id, version=version)
        return article

    def article_history(self, article_id: str) -> list[ArticleEvent]:
        """Return all that happened to an article, oldest first. Raises `ArticleNotFound`."""
        events = list(self.events.get(article_uuid(article_id)))
        if not events:
            raise ArticleNotFound(f"there is no article {article_id!r}")
        return [event for event in events if isinstance(event, ArticleEvent)]

    # Actors

    def register_actor(
        self, code: str, kind: ActorKind, name: str, aliases: Sequence[str], provenance: Provenance
    ) -> Outcome:
        """Register an actor; if it is known, add what names are new. Raises `InvalidFacts`, `ActorDiffers`."""
        try:
            return self._save(Actor.register(code, kind, name, aliases, provenance), code)
        except RecordConflictError:
            return self._change_actor(code, lambda a: _add_names(a, kind, name, aliases, provenance))

    def register_actors(self, actors: Sequence[Actor]) -> None:
        """Register new actors in one transaction. Raises `ActorDiffers` if one of the codes is taken."""
        try:
            self.save(*actors)
        except RecordConflictError:
            raise ActorDiffers("one of these actors is registered already") from None

    def add_actor_name(self, code: str, name: str, provenance: Provenance) -> Outcome:
        """Make an actor known by another name. Raises `ActorNotFound`, `InvalidFacts`."""
        return self._change_actor(code, lambda actor: actor.add_name(name, provenance))

    def directory(self) -> ActorDirectory:
        """Return who is who, up to date with the log."""
        with self._directory_lock:
            end = self.position()
            while self._directory_position < end:
                page = self.recorder.select_notifications(
                    self._directory_position, _PAGE, stop=end, topics=_ACTOR_TOPICS, inclusive_of_start=False
                )
                for notification in page:
                    event = self.mapper.to_domain_event(notification)
                    if isinstance(event, ActorEvent):
                        self._directory.apply(event)
                self._directory_position = page[-1].id if len(page) == _PAGE else end
            return self._directory

    # The log

    def position(self) -> int:
        """Return the position of the newest domain event, 0 if there is none."""
        return self.recorder.max_notification_id() or 0

    def read_log(self, after: int, limit: int) -> Sequence[Notification]:
        """Return the stored events behind a position, in order."""
        return self.recorder.select_notifications(after, limit, inclusive_of_start=False)

    def read_stretch(self, after: int, upto: int) -> Sequence[Notification]:
        """Return the stored events behind a position, up to another, in order."""
        return self.recorder.select_notifications(after, upto - after, stop=upto, inclusive_of_start=False)

    def decode(self, notification: Notification) -> DomainEvent:
        """Return the domain event of a stored one."""
        event = self.mapper.to_domain_event(notification)
        if not isinstance(event, DomainEvent):
            raise TypeError(f"{notification.topic} is not a domain event")
        return event

    # How changes are recorded

    def _save(self, aggregate: Aggregate, public_id: str) -> Outcome:
        recordings: list[Recording[UUID]] = self.save(aggregate)
        position = recordings[-1].notification.id if recordings else self.position()
        return Outcome(id=public_id, changed=bool(recordings), position=position, version=aggregate.version)

    def _already_posted(self, command: PostArticle) -> Outcome:
        article = self.article(command.article_id)
        if article.retracted:
            raise ArticleIsRetracted(f"article {command.article_id} was retracted")
        if not article.says(command.header, command.reports):
            raise ArticleDiffers(f"article {command.article_id} is recorded with other content")
        return self._save(article, command.article_id)

    def _change_article(self, article_id: str, change: Callable[[Article], None]) -> Outcome:
        return self._change(lambda: self.article(article_id), change, article_id)

    def _change_actor(self, code: str, change: Callable[[Actor], None]) -> Outcome:
        return self._change(lambda: self._actor(code), change, code)

    def _actor(self, code: str) -> Actor:
        try:
            return self.repository.get(actor_uuid(code))
        except AggregateNotFoundError:
            raise ActorNotFound(f"there is no actor {code!r}") from None

    def _change(self, load: Callable[[], _A], change: Callable[[_A], None], public_id: str) -> Outcome:
        for _ in range(_ATTEMPTS - 1):
            aggregate = load()
            change(aggregate)
            try:
                return self._save(aggregate, public_id)
            except RecordConflictError:
                continue  # somebody else changed it in between: look again
        aggregate = load()
        change(aggregate)
        return self._save(aggregate, public_id)


def _new_article(command: PostArticle) -> Article:
    return Article.post(command.article_id, command.header, command.reports, command.provenance)


def _caught(make: Callable[[PostArticle], Any], command: PostArticle) -> Any:
    try:
        return make(command)
    except DetenteError as error:
        return error


def _add_names(actor: Actor, kind: ActorKind, name: str, aliases: Sequence[str], provenance: Provenance) -> None:
    actor.check_same(kind, name)
    for alias in aliases:
        actor.add_name(alias, provenance)


def log_environment(database_url: str) -> dict[str, str]:
    """Return the library's environment for a database URL: `sqlite:///FILE` or `postgresql://...`.

    Raises `ValueError` for any other URL.
    """
    if database_url.startswith("sqlite:///"):
        return {
            "PERSISTENCE_MODULE": "eventsourcing.sqlite",
            "SQLITE_DBNAME": database_url.removeprefix("sqlite:///"),
            "SQLITE_LOCK_TIMEOUT": "60",
            "SQLITE_POOL_TIMEOUT": "60",
        }
    url = urlsplit(database_url)
    if url.scheme not in ("postgresql", "postgres"):
        raise ValueError("the database URL begins with sqlite:/// or postgresql://")
    query = {name: values[-1] for name, values in parse_qs(url.query).items()}
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "APPLICATION_RECORDER_TOPIC": f"{PlainPostgresRecorder.__module__}:{PlainPostgresRecorder.__qualname__}",
        "POSTGRES_DBNAME": unquote(url.path.removeprefix("/")) or "postgres",
        "POSTGRES_HOST": url.hostname or query.get("host", "localhost"),
        "POSTGRES_PORT": str(url.port or query.get("port", 5432)),
        "POSTGRES_USER": unquote(url.username or query.get("user", "postgres")),
        "POSTGRES_PASSWORD": unquote(url.password or query.get("password", "")),
        "POSTGRES_POOL_SIZE": "2",
        "POSTGRES_MAX_OVERFLOW": "16",
        "POSTGRES_CONN_MAX_AGE": "3600",
        "POSTGRES_PRE_PING": "y",
        "POSTGRES_CONNECT_TIMEOUT": "5",
        "POSTGRES_LOCK_TIMEOUT": "30",
    }
