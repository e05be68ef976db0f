"""The log as it is read: stored events by position, articles as they stand or stood, actors and rulings.

One instance serves all threads of a process. The recorder (SQLite or PostgreSQL) is chosen by the environment
that the `eventsourcing` library reads; `log_environment` makes it from a database URL.
"""

import sqlite3
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.persistence import Mapper, Notification, StoredEvent

from domain.actor_directory import ActorDirectory
from domain.actors import ActorEvent, ActorNameAdded, ActorNameRemoved, ActorRegistered
from domain.administration.deletions import DeletionIndex, EventsDeleted
from domain.administration.imports import FileImported, ImportIndex
from domain.articles import Article, ArticleEvent, ArticlePosted, article_uuid, former_article_uuid
from domain.errors import ArticleNotFound, DetenteError, IdTaken, NotFound, UnreadableHistory
from domain.events import DomainEvent
from domain.log.command_bounds import last_command_begins
from domain.log.log_fold import LogFold, SeenUpTo, SkippedEvent
from domain.log.mapper import UNREADABLE, EventMapper
from domain.log.recorders.aggregate_versions import all_events, first_events, version_at, versions_of
from domain.log.recorders.record_time import instant_of
from domain.log.sqlite_files import make_private, use_write_ahead_log
from domain.publishers.alias import PublisherAliasAdded, PublisherAliasRemoved, PublisherEvent
from domain.publishers.register import PublisherRegister
from domain.redactions import ArticleRedacted, ReportRedacted
from domain.ruling_register import RulingRegister
from domain.rulings import ReportsLinked, ReportsSeparated, RulingEvent, RulingWithdrawn

#: The topics of all domain events of rulings.
RULING_TOPICS: Final = (ReportsLinked.TOPIC, ReportsSeparated.TOPIC, RulingWithdrawn.TOPIC)
#: The topics of what makes other domain events be rewritten.
REDACTION_TOPICS: Final = (ReportRedacted.TOPIC, ArticleRedacted.TOPIC)
_ACTOR_TOPICS: Final = (ActorRegistered.TOPIC, ActorNameAdded.TOPIC, ActorNameRemoved.TOPIC)
#: The topics of all domain events of publishers' aliases.
PUBLISHER_TOPICS: Final = (PublisherAliasAdded.TOPIC, PublisherAliasRemoved.TOPIC)
_PAGE: Final = 1000
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)  # where an event does not say when
_PATIENCE: Final = 5.0  # seconds, as the library has


class StoredArticle(NamedTuple):
    """What is stored of an article: a digest of all its events, how many, and where the log was, 0 without any."""

    digest: bytes
    version: int
    position: int


class LogReader(Application[UUID]):
    """The log of articles, actors and rulings, as it is read."""

    name = "detente"

    def __init__(self, env: Mapping[str, str] | None = None) -> None:
        environment = dict(env or {})
        if file := environment.get("SQLITE_DBNAME"):
            _prepare(Path(file))
        super().__init__(environment)
        self._directory = LogFold(ActorDirectory(), _ACTOR_TOPICS, _apply_to_directory)
        self._imports = LogFold(ImportIndex(), (FileImported.TOPIC,), _apply_to_imports)
        self._deletions = LogFold(DeletionIndex(), (EventsDeleted.TOPIC,), _apply_to_deletions)
        self._ruling_register = LogFold(RulingRegister(), RULING_TOPICS, _apply_to_register)
        self._publisher_register = LogFold(PublisherRegister(), PUBLISHER_TOPICS, _apply_to_publishers)

    def construct_mapper(self) -> Mapper[UUID]:
        """Return the mapper that writes plain JSON."""
        return EventMapper(transcoder=self.construct_transcoder())

    # Stored events

    def position(self) -> int:
        """Return the position of the newest domain event, 0 if there is none."""
        return self.recorder.max_notification_id() or 0

    def read_log(self, after: int, limit: int) -> Sequence[Notification]:
        """Return the stored events behind a position, in order."""
        return self.recorder.select_notifications(after, limit, inclusive_of_start=False)

    def read_commands(self, after: int, limit: int) -> Sequence[Notification]:
        """Return the stored events behind a position, in order, of no command only a part.

        They are as many as the limit, less those of a command that it cuts; or more, if that is the only one.
        """
        page = list(self.read_log(after, limit))
        read = len(page)
        while read == limit:  # else this is the end of the log, which is that of a command
            if (begins := last_command_begins(page)) > 0:
                return page[:begins]
            more = self.read_log(page[-1].id, limit)
            page, read = [*page, *more], len(more)
        if len(page) > limit and any(event.topic in REDACTION_TOPICS for event in page):
            return self.read_stretch(after, page[-1].id)  # at once: part of it may have been read before
        return page

    def read_stretch(self, after: int, upto: int) -> Sequence[Notification]:
        """Return the stored events behind a position, up to another, in order."""
        return self.recorder.select_notifications(after, upto - after, stop=upto, inclusive_of_start=False)

    def read_topics(self, topics: Sequence[str], after: int, upto: int) -> Iterator[Notification]:
        """Yield the stored events of some topics behind a position, up to another, in order."""
        while after < upto:
            page = self.recorder.select_notifications(
                after, _PAGE, stop=upto, topics=topics, inclusive_of_start=False
            )
            yield from page
            after = page[-1].id if len(page) == _PAGE else upto

    def read_rulings(self, after: int, upto: int) -> Iterator[Notification]:
        """Yield the stored events of rulings behind a position, up to another, in order."""
        return self.read_topics(RULING_TOPICS, after, upto)

    def decode(self, stored: StoredEvent) -> DomainEvent:
        """Return the domain event of a stored one. Raises one of `UNREADABLE`."""
        event = self.mapper.to_domain_event(stored)
        assert isinstance(event, DomainEvent)
        return event

    def recorded_behind(self, after: int) -> datetime | None:
        """Return when the first event behind a position was recorded, if there is one that says it."""
        found = self.read_log(after, 1)
        return instant_of(found[0].state) if found else None

    def position_at(self, moment: datetime, upto: int) -> int:
        """Return the position of the newest event, up to another, that was recorded by a moment; 0 if none was.

        Record time only grows within the log, so that a few events are looked at.
        """

        def recorded(after: int) -> datetime:
            return self.recorded_behind(after) or _LONG_AGO

        return bisect_right(range(upto), moment, key=recorded)

    def version_at(self, aggregate_id: UUID, position: int) -> int:
        """Return the version that an aggregate had at a position, 0 if it was not there yet."""
        return version_at(self.recorder, aggregate_id, position)

    # Articles

    def article(self, article_id: str) -> Article:
        """Return the article as it stands. Raises `ArticleNotFound`, `IdTaken`, `UnreadableHistory`."""
        found = self._load(
            self.article_aggregate(article_id), ArticleNotFound(f"there is no article {article_id!r}")
        )
        if not isinstance(found, Article) or found.article_id != article_id:
            raise id_taken("article", article_id)
        return found

    def article_sizes(self, article_ids: Collection[str]) -> dict[str, int]:
        """Return how many domain events there are of those of some articles that are in the log."""
        ids = {place: id_ for id_ in article_ids for place in _places(id_)}
        versions = versions_of(self.recorder, list(ids))
        sizes: dict[str, int] = {}
        for place, version in versions.items():
            sizes[ids[place]] = sizes.get(ids[place], 0) + version
        return sizes

    def recorded_articles(self, article_ids: Collection[str]) -> tuple[dict[str, Article | DetenteError], int]:
        """Return those of some articles that are in the log, and the position of the log at which they stood so.

        Of one that cannot be told there is the error, `IdTaken` or `UnreadableHistory`. The position is 0 if none
        is there. All are read by one statement.
        """
        histories, position = self.recorded_histories(article_ids)
        return {id_: _article_of(history) for id_, history in histories.items()}, position

    def recorded_histories(
        self, article_ids: Collection[str]
    ) -> tuple[dict[str, list[ArticleEvent] | DetenteError], int]:
        """Return all that happened to those of some articles that are in the log; else as `recorded_articles`."""
        places = {id_: _places(id_) for id_ in article_ids}
        wanted = [place for of_article in places.values() for place in of_article]
        stored, position = all_events(self.recorder, wanted) if wanted else ([], 0)
        found = {place: list(events) for place, events in groupby(stored, attrgetter("originator_id"))}
        histories: dict[str, list[ArticleEvent] | DetenteError] = {}
        for id_, (place, *former) in places.items():
            if former and former[0] in found and _is_of_article(found[former[0]][0], id_):
                place = former[0]
            if place in found:
                histories[id_] = self._history_of(id_, found[place])
        return histories, position

    def stored_article(self, article_id: str) -> StoredArticle:
        """Return what is stored of an article, without reading what it says."""
        stored, position = all_events(self.recorder, _places(article_id))
        return StoredArticle(article_digest(stored), len(stored), position)

    def _history_of(self, article_id: str, stored: Iterable[StoredEvent]) -> list[ArticleEvent] | DetenteError:
        try:
            events = [self.decode(event) for event in stored]
        except UNREADABLE as error:
            return UnreadableHistory(str(error))
        if not isinstance(events[0], ArticlePosted) or events[0].article_id != article_id:
            return id_taken("article", article_id)
        return [event for event in events if isinstance(event, ArticleEvent)]

    def article_aggregate(self, article_id: str) -> UUID:
        """Return the aggregate id of an article: where version 0.2 recorded it, or where it belongs."""
        formerly = self.former_aggregates([article_id])
        return formerly.get(article_id, article_uuid(article_id))

    def former_aggregates(self, article_ids: Iterable[str]) -> dict[str, UUID]:
        """Return the aggregate ids of those articles that version 0.2 recorded under ids of another form."""
        wanted = {uuid: id_ for id_ in article_ids if (uuid := former_article_uuid(id_)) is not None}
        if not wanted:
            return {}
        found = {event.originator_id: event for event in first_events(self.recorder, list(wanted))}
        return {id_: uuid for uuid, id_ in wanted.items() if uuid in found and _is_of_article(found[uuid], id_)}

    def article_at(self, aggregate_id: UUID, version: int) -> Article:
        """Return an article as it was at a version, by the id of its aggregate."""
        article: Article = self.repository.get(aggregate_id, version=version)
        return article

    def article_before(self, aggregate_id: UUID, position: int) -> Article:
        """Return an article as it was before a position of the log. Raises `ArticleNotFound`."""
        if version := version_at(self.recorder, aggregate_id, position - 1):
            return self.article_at(aggregate_id, version)
        raise ArticleNotFound(f"the article {aggregate_id} was not there before position {position}")

    def article_history(self, article_id: str) -> list[ArticleEvent]:
        """Return all that happened to an article, oldest first. Raises as `article` does."""
        try:
            events = list(self.events.get(self.article_aggregate(article_id)))
        except UNREADABLE as error:
            raise UnreadableHistory(str(error)) from error
        if not events:
            raise ArticleNotFound(f"there is no article {article_id!r}")
        if not isinstance(events[0], ArticlePosted) or events[0].article_id != article_id:
            raise id_taken("article", article_id)
        return [event for event in events if isinstance(event, ArticleEvent)]

    def _load(self, aggregate_id: UUID, missing: NotFound) -> Any:
        """Return an aggregate as it stands. Raises `missing`, `UnreadableHistory`."""
        try:
            return self.repository.get(aggregate_id)
        except AggregateNotFoundError:
            raise missing from None
        except UNREADABLE as error:
            raise UnreadableHistory(str(error)) from error

    # Actors, rulings and publishers

    def directory(self) -> ActorDirectory:
        """Return who is who, up to date with the log."""
        return self._directory.follow(self)

    def directory_reaching(self, position: int) -> ActorDirectory:
        """Return who is who by a position of the log, or by a later one. Looks at the log only if it has to."""
        return self._directory.reaching(self, position)

    def directory_if_seen(self, position: int) -> ActorDirectory | None:
        """Return the same, None if the log would have to be looked at for it. Never waits."""
        return self._directory.if_seen(position)

    def directory_at_hand(self) -> ActorDirectory:
        """Return who is who without a look at the log, which may know more by now. Never waits."""
        return self._directory.at_hand

    def directory_seen(self) -> tuple[ActorDirectory, SeenUpTo]:
        """Return who is who, and how far the log was seen for it."""
        return self._directory.look(self)

    def ruling_register(self) -> RulingRegister:
        """Return all rulings, up to date with the log."""
        return self._ruling_register.follow(self)

    def import_index(self) -> ImportIndex:
        """Return where the imports stand, up to date with the log."""
        return self._imports.follow(self)

    def imports_at(self, positions: Sequence[int]) -> list[FileImported]:
        """Return the imports at some positions that the index has, in the order of these."""
        if not positions:
            return []
        stored = self.read_topics((FileImported.TOPIC,), min(positions) - 1, max(positions))
        found = {one.id: one for one in stored}
        events = (self.decode(found[position]) for position in positions)
        return [event for event in events if isinstance(event, FileImported)]

    def deletions_seen(self) -> tuple[DeletionIndex, SeenUpTo]:
        """Return which events were deleted before they were here, and how far the log was seen for it."""
        return self._deletions.look(self)

    def publisher_register(self) -> PublisherRegister:
        """Return which publishers count as which, up to date with the log."""
        return self._publisher_register.follow(self)

    def publisher_register_seen(self) -> tuple[PublisherRegister, SeenUpTo]:
        """Return which publishers count as which, and how far the log was seen for it."""
        return self._publisher_register.look(self)

    def skipped_events(self) -> list[SkippedEvent]:
        """Return the events that actors, rulings, publishers and imports are read without, in order."""
        self.directory()
        self.ruling_register()
        self.publisher_register()
        self.import_index()
        self.deletions_seen()
        folds = (
            self._directory,
            self._ruling_register,
            self._publisher_register,
            self._imports,
            self._deletions,
        )
        return sorted((event for fold in folds for event in fold.skipped), key=lambda event: event.position)


def article_digest(stored: Iterable[StoredEvent]) -> bytes:
    """Return a digest of stored events: of others, or in another order, it is another."""
    digest = blake2b(digest_size=16)
    for event in stored:
        assert isinstance(event.originator_id, UUID)
        about = f"{event.originator_version} {event.topic} {len(event.state)} ".encode()
        digest.update(event.originator_id.bytes + about + event.state)
    return digest.digest()


def _prepare(file: Path) -> None:
    """Make a file private and its writes go to a write-ahead log; the library says what is wrong with it."""
    make_private(file)
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(file, timeout=_PATIENCE)) as connection:
        use_write_ahead_log(connection, _PATIENCE)


def _apply_to_directory(directory: ActorDirectory, _position: int, event: DomainEvent) -> None:
    assert isinstance(event, ActorEvent)
    directory.apply(event)


def _apply_to_register(register: RulingRegister, position: int, event: DomainEvent) -> None:
    assert isinstance(event, RulingEvent)
    register.apply(position, event)


def _apply_to_imports(index: ImportIndex, position: int, event: DomainEvent) -> None:
    assert isinstance(event, FileImported)
    index.apply(position, event)


def _apply_to_deletions(index: DeletionIndex, position: int, event: DomainEvent) -> None:
    assert isinstance(event, EventsDeleted)
    index.apply(position, event)


def _places(article_id: str) -> list[UUID]:
    """Return the aggregate ids under which an article may be: that of today, and perhaps that of version 0.2."""
    former = former_article_uuid(article_id)
    return [article_uuid(article_id), *([former] if former else [])]


def _apply_to_publishers(register: PublisherRegister, position: int, event: DomainEvent) -> None:
    assert isinstance(event, PublisherEvent)
    register.apply(position, event)


def _article_of(history: list[ArticleEvent] | DetenteError) -> Article | DetenteError:
    if isinstance(history, DetenteError):
        return history
    found: Any = None
    for event in history:
        found = event.mutate(found)
    assert isinstance(found, Article)
    return found


class _Posted(msgspec.Struct):
    """What tells whose first event a stored one is."""

    article_id: str


def _is_of_article(first: StoredEvent, article_id: str) -> bool:
    """Return whether a first event posted an article; one that cannot be read is taken for that article's."""
    if first.topic != ArticlePosted.TOPIC:
        return False
    try:
        return msgspec.json.decode(first.state, type=_Posted).article_id == article_id
    except msgspec.MsgspecError:
        return True


def id_taken(kind: str, public_id: str) -> IdTaken:
    """Return the error that something else stands where an aggregate belongs."""
    return IdTaken(f"what the log has in the place of {kind} {public_id} is something else")
