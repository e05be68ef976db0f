"""The write side: every command, recorded in the log through the `eventsourcing` library."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from threading import Lock
from typing import Any, TypeVar

from eventsourcing.domain import Aggregate
from eventsourcing.persistence import PersistenceError, RecordConflictError
from msgspec import Struct

from domain.actor_directory import ActorDirectory, texts_of
from domain.actors import Actor, ActorEvent, AddActorName, RegisterActor, RemoveActorName, actor_uuid
from domain.articles import (
    Article,
    CorrectReport,
    PostArticle,
    RetractArticle,
    RetractReport,
    ReviseArticle,
)
from domain.errors import (
    ActorDiffers,
    ActorNotFound,
    ArticleDiffers,
    ArticleIsRetracted,
    ArticleNotFound,
    DetenteError,
    Path,
    ReportIsRuled,
    RulingDiffers,
    RulingIsWithdrawn,
    RulingNotFound,
    UnreadableHistory,
)
from domain.log.log_fold import LogHasGrown, SeenUpTo
from domain.log.reader import LogReader, id_taken
from domain.log.turns import Turns
from domain.ruling_register import RulingEntry, RulingRegister
from domain.rulings import LinkReports, ReportRef, Ruling, SeparateReports, WithdrawRuling, ruling_uuid

_A = TypeVar("_A", bound=Aggregate)
_REGISTRY = "the registry of actors"  # which names are free is for all actors together
NameCommand = RegisterActor | AddActorName | RemoveActorName


class Outcome(Struct, frozen=True, kw_only=True):
    """What a command came to.

    `changed` is False where everything was recorded already. A read that waits for `position` sees the change.
    """

    id: str
    changed: bool
    position: int
    version: int


class NamePreview(Struct, frozen=True):
    """What a command would make of an actor, by which domain events, and who is who before and after it."""

    actor: Actor
    events: tuple[ActorEvent, ...]
    before: ActorDirectory
    after: ActorDirectory


class Detente(LogReader):
    """The log of articles, actors and rulings, and the commands that add to it.

    A command that changes what is recorded raises `UnreadableHistory` where that cannot be read, and
    `ChangedMeanwhile` where others change it all the time.
    """

    def __init__(self, env: Mapping[str, str] | None = None) -> None:
        super().__init__(env)
        self._ruling_lock = Lock()
        self._turns = Turns()

    # Articles

    def post_article(self, command: PostArticle) -> Outcome:
        """Record an article; the same again changes nothing.

        Raises `InvalidFacts`, `ArticleDiffers`, `ArticleIsRetracted`, `IdTaken`.
        """
        article = _new_article(command)
        if self.former_aggregates([command.article_id]):
            return self._already_posted(command)
        try:
            return self._save(article, command.article_id)
        except RecordConflictError:
            return self._already_posted(command)

    def preview_article(self, command: PostArticle) -> Article:
        """Return a new article as posting would record it, and record nothing. Raises `InvalidFacts`."""
        return _new_article(command)

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
            if self.former_aggregates(article.article_id for article in articles):
                raise RecordConflictError
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

    def revise_article(self, command: ReviseArticle) -> Outcome:
        """Make a posted article say what it says now. Raises `ArticleNotFound`, `InvalidFacts`."""
        return self._change_article(
            command.article_id,
            lambda a: a.revise(command.header, command.reports, command.reason, command.provenance),
        )

    def retract_article(self, command: RetractArticle) -> Outcome:
        """Take an article back with all it reported. Raises `ArticleNotFound`."""
        return self._change_article(command.article_id, lambda a: a.retract(command.reason, command.provenance))

    def correct_report(self, command: CorrectReport) -> Outcome:
        """Correct one reported event. Raises `NotFound`, `InvalidFacts`, `ArticleIsRetracted`."""
        return self._change_article(
            command.article_id,
            lambda a: a.correct(command.number, command.report, command.reason, command.provenance),
        )

    def retract_report(self, command: RetractReport) -> Outcome:
        """Take one reported event back. Raises `NotFound`, `ArticleIsRetracted`."""
        return self._change_article(
            command.article_id, lambda a: a.retract_report(command.number, command.reason, command.provenance)
        )

    def _already_posted(self, command: PostArticle) -> Outcome:
        article = self.article(command.article_id)
        if article.retracted:
            raise ArticleIsRetracted(f"article {command.article_id} was retracted")
        if not article.says(command.header, command.reports):
            raise ArticleDiffers(f"article {command.article_id} is recorded with other content")
        return self._save(article, command.article_id)

    def _change_article(self, article_id: str, change: Callable[[Article], None]) -> Outcome:
        return self._change(lambda: self.article(article_id), change, article_id)

    # Actors

    def register_actor(self, command: RegisterActor) -> Outcome:
        """Register an actor; if it is known, add what names are new.

        Raises `InvalidFacts`, `ActorDiffers`, `NameTaken`, `IdTaken`.
        """
        return self._name(command)

    def register_actors(self, commands: Sequence[RegisterActor]) -> None:
        """Register new actors in one transaction; raising, it registers none of them.

        Raises `InvalidFacts`, `NameTaken`, or `ActorDiffers` if one of the codes is taken.
        """

        def attempt() -> None:
            known, seen = self.directory_seen()
            if any(command.code in known.names for command in commands):
                raise ActorDiffers("one of these actors is registered already")
            directory = known.copy()
            actors = []
            for command in commands:
                actors.append(_new_actor(directory, command))
                directory.add(command.code, command.name, command.aliases)
            try:
                self.save(*actors, seen=seen)
            except LogHasGrown:
                raise
            except RecordConflictError:  # what is there cannot be read, or is no actor
                raise ActorDiffers("one of these actors is registered already") from None

        self._turns.take(_REGISTRY, attempt)

    def add_actor_name(self, command: AddActorName) -> Outcome:
        """Make an actor known by another name. Raises `ActorNotFound`, `InvalidFacts`, `NameTaken`."""
        return self._name(command)

    def remove_actor_name(self, command: RemoveActorName) -> Outcome:
        """Take a name back from an actor; again is no change. Raises `NotFound`, `InvalidFacts`."""
        return self._name(command)

    def preview_names(self, command: NameCommand) -> NamePreview:
        """Return what a command on names would come to, and record nothing. Raises as the command does."""
        before = self.directory()
        after = before.copy()
        actor = self._named(command, before)
        events = tuple(event for event in actor.collect_events() if isinstance(event, ActorEvent))
        for event in events:
            after.apply(event)
        return NamePreview(actor, events, before, after)

    def _name(self, command: NameCommand) -> Outcome:
        """Record a command on an actor's names, if nobody's names have changed since it was looked at."""

        def attempt() -> Outcome:
            directory, seen = self.directory_seen()
            return self._save(self._named(command, directory), command.code, seen)

        return self._turns.take(_REGISTRY, attempt)

    def _named(self, command: NameCommand, directory: ActorDirectory) -> Actor:
        """Return an actor as a command makes it, with the domain events that are to be recorded."""
        try:
            actor = self._actor(command.code)
        except ActorNotFound:
            if isinstance(command, RegisterActor):
                return _new_actor(directory, command)
            raise
        if isinstance(command, RegisterActor):
            _add_names(actor, directory, command)
        elif isinstance(command, AddActorName):
            _add_name(actor, directory, ("name",), command)
        else:
            actor.remove_name(command.name, command.reason, command.provenance)
        return actor

    def _actor(self, code: str) -> Actor:
        actor = self._load(actor_uuid(code), ActorNotFound(f"there is no actor {code!r}"))
        if not isinstance(actor, Actor):
            raise id_taken("actor", code)
        return actor

    # Rulings

    def link_reports(self, command: LinkReports) -> Outcome:
        """Rule that reported events are one incident, that of the first; the same again changes nothing.

        Raises `InvalidFacts`, `ReportIsRuled`, `RulingDiffers`, `RulingIsWithdrawn`, `IdTaken`.
        """
        return self._rule(command)

    def separate_reports(self, command: SeparateReports) -> Outcome:
        """Rule that reported events are one incident of their own; otherwise as `link_reports`."""
        return self._rule(command)

    def withdraw_ruling(self, command: WithdrawRuling) -> Outcome:
        """Take a ruling back; again is no change. Raises `RulingNotFound`, `InvalidFacts`."""
        return self._change(
            lambda: self._ruling(command.ruling_id),
            lambda ruling: ruling.withdraw(command.reason, command.provenance),
            command.ruling_id,
        )

    def _rule(self, command: LinkReports | SeparateReports) -> Outcome:
        with self._ruling_lock:
            register = self.ruling_register()
            id_ = command.ruling_id
            if id_ is None:
                id_ = register.id_for(command.kind, command.reports)
            if id_ not in register.entries:
                ruling = self._new_ruling(command, id_)
                _refuse_ruled(register, command.reports)
                try:
                    return self._save(ruling, id_)
                except RecordConflictError:  # another process was first
                    register = self.ruling_register()
            if id_ not in register.entries:
                with suppress(UnreadableHistory):
                    self._ruling(id_)  # raises `IdTaken` if it is none
                raise UnreadableHistory(f"ruling {id_} is in the log, but cannot be read")
            return self._already_ruled(register.entries[id_], command)

    def _new_ruling(self, command: LinkReports | SeparateReports, id_: str) -> Ruling:
        articles = self._articles_of(command.reports)
        return Ruling.make(command.kind, id_, command.reports, command.reason, articles, command.provenance)

    def _already_ruled(self, entry: RulingEntry, command: LinkReports | SeparateReports) -> Outcome:
        made = entry.made
        if (made.kind, made.reports, made.reason) != (command.kind, tuple(command.reports), command.reason):
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
        ruling = self._load(ruling_uuid(ruling_id), RulingNotFound(f"there is no ruling {ruling_id!r}"))
        if not isinstance(ruling, Ruling):
            raise id_taken("ruling", ruling_id)
        return ruling

    # How changes are recorded

    def _change(self, load: Callable[[], _A], change: Callable[[_A], None], public_id: str) -> Outcome:
        """Change an aggregate and record it, after whoever is changing it. Raises `ChangedMeanwhile`."""

        def attempt() -> Outcome:
            aggregate = load()
            change(aggregate)
            return self._save(aggregate, public_id)

        return self._turns.take(public_id, attempt)

    def _save(self, aggregate: Aggregate, public_id: str, seen: SeenUpTo | None = None) -> Outcome:
        recordings = self.save(aggregate, seen=seen)
        position = recordings[-1].notification.id if recordings else self.position()
        return Outcome(id=public_id, changed=bool(recordings), position=position, version=aggregate.version)


def _new_article(command: PostArticle) -> Article:
    return Article.post(command.article_id, command.header, command.reports, command.provenance)


def _new_actor(directory: ActorDirectory, command: RegisterActor) -> Actor:
    """Return an actor that the directory does not know yet."""
    names = (command.code, command.kind, command.name, command.aliases, command.provenance)
    Actor.register(*names)  # raises what is wrong with it whoever else there is
    others = directory.check_names(command.code, texts_of(command), command.share)
    return Actor.register(*names, others)


def _caught(make: Callable[[PostArticle], Any], command: PostArticle) -> Any:
    try:
        return make(command)
    except (DetenteError, PersistenceError) as error:
        return error


def _refuse_ruled(register: RulingRegister, reports: Sequence[ReportRef]) -> None:
    for named in reports:
        if entry := register.ruling_on(named):
            event = f"event {named.number} of article {named.article}"
            raise ReportIsRuled(f"ruling {entry.id} stands on {event} already")


def _add_names(actor: Actor, directory: ActorDirectory, command: RegisterActor) -> None:
    actor.check_same(command.kind, command.name)
    new = {("aliases", index): alias for index, alias in enumerate(command.aliases) if not actor.has(alias)}
    directory.check_names(actor.code, new.items(), command.share)
    for path, alias in new.items():
        _add_name(actor, directory, path, AddActorName(actor.code, alias, command.provenance, command.share))


def _add_name(actor: Actor, directory: ActorDirectory, path: Path, command: AddActorName) -> None:
    given = () if actor.has(command.name) else ((path, command.name),)
    others = directory.check_names(actor.code, given, command.share)
    actor.add_name(command.name, command.provenance, others)
