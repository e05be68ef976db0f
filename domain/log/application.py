"""The write side: every command, recorded in the log through the `eventsourcing` library.

One instance serves all threads of a process. The recorder (SQLite or PostgreSQL) is chosen by the environment
that the library reads; `log_environment` makes it from a database URL.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import Lock
from typing import Any, Final, TypeVar
from uuid import UUID

from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import Mapper, Notification, PersistenceError, RecordConflictError, Recording
from msgspec import Struct

from domain.actor_directory import ActorDirectory
from domain.actors import Actor, ActorEvent, ActorKind, ActorNameAdded, ActorRegistered, actor_uuid
from domain.articles import Article, ArticleEvent, Header, article_uuid
from domain.errors import (
    ActorDiffers,
    ActorNotFound,
    ArticleDiffers,
    ArticleIsRetracted,
    ArticleNotFound,
    DetenteError,
    ReportIsRuled,
    RulingDiffers,
    RulingIsWithdrawn,
    RulingNotFound,
)
from domain.events import DomainEvent, Provenance
from domain.log.mapper import EventMapper
from domain.log.recorders import version_at
from domain.reports import Report
from domain.ruling_register import RulingEntry, RulingRegister
from domain.rulings import (
    ReportRef,
    ReportsLinked,
    ReportsSeparated,
    Ruling,
    RulingEvent,
    RulingKind,
    RulingWithdrawn,
    ruling_uuid,
)

_ATTEMPTS = 10  # at recording a change that others also make, before giving up
_ACTOR_TOPICS = (ActorRegistered.TOPIC, ActorNameAdded.TOPIC)
#: The topics of all domain events of rulings.
RULING_TOPICS: Final = (ReportsLinked.TOPIC, ReportsSeparated.TOPIC, RulingWithdrawn.TOPIC)
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
        self._ruling_register = RulingRegister()
        self._ruling_register_position = 0
        self._ruling_register_lock = Lock()
        self._ruling_lock = Lock()

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

    def post_articles(self, commands: Sequence[PostArticle]) -> list[Outcome | DetenteError | PersistenceError]:
        """Record many articles, each by itself: one outcome or error each, in order.

        They go into one transaction if nothing stands in the way. Where the database fails, so do all that are not
        recorded by then.
        """
        made: list[Article | DetenteError] = [_caught(_new_article, command) for command in commands]
        articles = [item for item in made if isinstance(item, Article)]
        try:
            if len({article.id for article in articles}) < len(articles):
                raise RecordConflictError  # twice in one batch: the second has to see the first
            recordings = self.save(*articles)
        except RecordConflictError:
            return [_caught(self.post_article, command) for command in commands]
        except PersistenceError as error:
            return [error if isinstance(item, Article) else item for item in made]
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
            for notification in self._read_topics(_ACTOR_TOPICS, self._directory_position, end):
                event = self.mapper.to_domain_event(notification)
                if isinstance(event, ActorEvent):
                    self._directory.apply(event)
                self._directory_position = notification.id
            self._directory_position = max(self._directory_position, end)
            return self._directory

    # Rulings

    def link_reports(
        self, reports: Sequence[ReportRef], reason: str, provenance: Provenance, ruling_id: str | None = None
    ) -> Outcome:
        """Rule that reported events are one incident, that of the first; the same again changes nothing.

        Without an id the ruling gets one made from its reports. Raises `InvalidFacts`, `ReportIsRuled`,
        `RulingDiffers`, `RulingIsWithdrawn`.
        """
        return self._rule(RulingKind.LINK, reports, reason, provenance, ruling_id)

    def separate_reports(
        self, reports: Sequence[ReportRef], reason: str, provenance: Provenance, ruling_id: str | None = None
    ) -> Outcome:
        """Rule that reported events are one incident of their own; otherwise as `link_reports`."""
        return self._rule(RulingKind.SEPARATE, reports, reason, provenance, ruling_id)

    def withdraw_ruling(self, ruling_id: str, reason: str, provenance: Provenance) -> Outcome:
        """Take a ruling back; again is no change. Raises `RulingNotFound`, `InvalidFacts`."""
        return self._change(lambda: self._ruling(ruling_id), lambda r: r.withdraw(reason, provenance), ruling_id)

    def ruling_register(self) -> RulingRegister:
        """Return all rulings, up to date with the log."""
        with self._ruling_register_lock:
            end = self.position()
            for notification in self.read_rulings(self._ruling_register_position, end):
                event = self.mapper.to_domain_event(notification)
                if isinstance(event, RulingEvent):
                    self._ruling_register.apply(notification.id, event)
                self._ruling_register_position = notification.id
            self._ruling_register_position = max(self._ruling_register_position, end)
            return self._ruling_register

    def read_rulings(self, after: int, upto: int) -> Iterator[Notification]:
        """Yield the stored events of rulings behind a position, up to another, in order."""
        return self._read_topics(RULING_TOPICS, after, upto)

    def article_before(self, aggregate_id: UUID, position: int) -> Article:
        """Return an article as it was before a position of the log. Raises `ArticleNotFound`."""
        if version := version_at(self.recorder, aggregate_id, position - 1):
            return self.article_at(aggregate_id, version)
        raise ArticleNotFound(f"the article {aggregate_id} was not there before position {position}")

    # The log

    def version_at(self, aggregate_id: UUID, position: int) -> int:
        """Return the version that an aggregate had at a position, 0 if it was not there yet."""
        return version_at(self.recorder, aggregate_id, position)

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

    def _read_topics(self, topics: Sequence[str], after: int, upto: int) -> Iterator[Notification]:
        while after < upto:
            page = self.recorder.select_notifications(
                after, _PAGE, stop=upto, topics=topics, inclusive_of_start=False
            )
            yield from page
            after = page[-1].id if len(page) == _PAGE else upto

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

    def _rule(
        self,
        kind: RulingKind,
        reports: Sequence[ReportRef],
        reason: str,
        provenance: Provenance,
        ruling_id: str | None,
    ) -> Outcome:
        with self._ruling_lock:
            ruling_register = self.ruling_register()
            id_ = ruling_id if ruling_id is not None else ruling_register.id_for(kind, reports)
            if id_ not in ruling_register.entries:
                articles = self._articles_of(reports)
                ruling = Ruling.make(kind, id_, reports, reason, articles, provenance)
                _refuse_ruled(ruling_register, reports)
                try:
                    return self._save(ruling, id_)
                except RecordConflictError:  # another process was first
                    ruling_register = self.ruling_register()
            return self._already_ruled(ruling_register.entries[id_], kind, reports, reason)

    def _already_ruled(
        self, entry: RulingEntry, kind: RulingKind, reports: Sequence[ReportRef], reason: str
    ) -> Outcome:
        made = entry.made
        if (made.kind, made.reports, made.reason) != (kind, tuple(reports), reason):
            raise RulingDiffers(f"ruling {entry.id} is recorded with other content")
        if not entry.stands:
            raise RulingIsWithdrawn(f"ruling {entry.id} was withdrawn")
        return Outcome(id=entry.id, changed=False, position=self.position(), version=entry.version)

    def _articles_of(self, reports: Sequence[ReportRef]) -> dict[str, Article]:
        found = {}
        for article_id in {named.article for named in reports}:
            try:
                found[article_id] = self.article(article_id)
            except ArticleNotFound:
                continue  # the ruling says which, and where it is named
        return found

    def _ruling(self, ruling_id: str) -> Ruling:
        try:
            return self.repository.get(ruling_uuid(ruling_id))
        except AggregateNotFoundError:
            raise RulingNotFound(f"there is no ruling {ruling_id!r}") from None

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
    except (DetenteError, PersistenceError) as error:
        return error


def _refuse_ruled(ruling_register: RulingRegister, reports: Sequence[ReportRef]) -> None:
    for named in reports:
        if entry := ruling_register.ruling_on(named):
            event = f"event {named.number} of article {named.article}"
            raise ReportIsRuled(f"ruling {entry.id} stands on {event} already")


def _add_names(actor: Actor, kind: ActorKind, name: str, aliases: Sequence[str], provenance: Provenance) -> None:
    actor.check_same(kind, name)
    for alias in aliases:
        actor.add_name(alias, provenance)
