"""The write side: every command, recorded in the log through the `eventsourcing` library."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from threading import Lock
from typing import Final

from eventsourcing.persistence import RecordConflictError
from msgspec import Struct

from domain.actor_directory import ActorDirectory, texts_of
from domain.actors import Actor, ActorEvent, AddActorName, RegisterActor, RemoveActorName, actor_uuid
from domain.administration.imports import Import, RecordImport, import_uuid
from domain.articles import Article
from domain.errors import (
    ActorDiffers,
    ActorNotFound,
    ArticleNotFound,
    ImportDiffers,
    ImportNotFound,
    Path,
    ReportIsRuled,
    RulingDiffers,
    RulingIsWithdrawn,
    RulingNotFound,
    UnreadableHistory,
)
from domain.events import Expectation
from domain.log.article_log import Outcome as Outcome
from domain.log.log_fold import LogHasGrown
from domain.log.reader import id_taken
from domain.log.writing.delivery_log import DeliveryLog
from domain.log.writing.publisher_log import PublisherLog
from domain.ruling_register import RulingEntry, RulingRegister
from domain.rulings import (
    LinkReports,
    ReportRef,
    Ruling,
    RulingEvent,
    SeparateReports,
    WithdrawRuling,
    ruling_uuid,
)

_REGISTRY: Final = "the registry of actors"  # which names are free is for all actors together
NameCommand = RegisterActor | AddActorName | RemoveActorName


class NamePreview(Struct, frozen=True):
    """What a command would make of an actor, by which domain events, and who is who before and after it."""

    actor: Actor
    events: tuple[ActorEvent, ...]
    before: ActorDirectory
    after: ActorDirectory


class Detente(DeliveryLog, PublisherLog):
    """The log of articles, actors, rulings and publishers, and the commands that add to it.

    A command that changes what is recorded raises `UnreadableHistory` where that cannot be read, and
    `ChangedMeanwhile` where others change it all the time.
    """

    def __init__(self, env: Mapping[str, str] | None = None) -> None:
        super().__init__(env)
        self._ruling_lock = Lock()

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
            return self._save(self._named(command, directory), command.code, seen=seen)

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

    # Imports

    def record_import(self, command: RecordImport) -> Outcome:
        """Keep that a file was imported; the same again changes nothing.

        Raises `InvalidFacts`, `ImportDiffers`, `IdTaken`.
        """
        made = Import.record(command)
        try:
            return self._save(made, command.import_id)
        except RecordConflictError:
            known = self._load(import_uuid(command.import_id), ImportNotFound(f"no import {command.import_id!r}"))
        if not isinstance(known, Import):
            raise id_taken("import", command.import_id)
        if not known.is_of(command):
            raise ImportDiffers(f"import {command.import_id} is recorded with other content")
        return self._save(known, command.import_id)

    # Rulings

    def link_reports(self, command: LinkReports) -> Outcome:
        """Rule that reported events are one incident, that of the first; the same again changes nothing.

        Raises `InvalidFacts`, `ReportIsRuled`, `RulingDiffers`, `RulingIsWithdrawn`, `IdTaken`.
        """
        return self._rule(command)

    def separate_reports(self, command: SeparateReports) -> Outcome:
        """Rule that reported events are one incident of their own; otherwise as `link_reports`."""
        return self._rule(command)

    def preview_ruling(self, command: LinkReports | SeparateReports) -> Sequence[RulingEvent]:
        """Return the domain events that a ruling would come to, and record nothing.

        Raises as the command does, and `ReportIsRuled` for one that is recorded already, whatever its reason.
        """
        register = self.ruling_register()
        id_ = command.ruling_id or register.id_for(command.kind, command.reports)
        ruling = self._new_ruling(command, id_)
        _refuse_ruled(register, command.reports)
        if id_ in register.entries:
            raise RulingIsWithdrawn(f"ruling {id_} was withdrawn")
        return [event for event in ruling.collect_events() if isinstance(event, RulingEvent)]

    def withdraw_ruling(self, command: WithdrawRuling, expects: Expectation | None = None) -> Outcome:
        """Take a ruling back; again is no change.

        Raises `RulingNotFound`, `InvalidFacts`, `PreconditionFailed`.
        """
        return self._change(
            lambda: self._ruling(command.ruling_id),
            lambda ruling: ruling.withdraw(command.reason, command.provenance),
            command.ruling_id,
            expects,
        )

    def preview_withdrawal(self, command: WithdrawRuling) -> Sequence[RulingEvent]:
        """Return the domain events that taking a ruling back would come to. Raises as the command does."""
        ruling = self._ruling(command.ruling_id)
        ruling.withdraw(command.reason, command.provenance)
        return [event for event in ruling.collect_events() if isinstance(event, RulingEvent)]

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


def _new_actor(directory: ActorDirectory, command: RegisterActor) -> Actor:
    """Return an actor that the directory does not know yet."""
    names = (command.code, command.kind, command.name, command.aliases, command.provenance)
    Actor.register(*names)  # raises what is wrong with it whoever else there is
    others = directory.check_names(command.code, texts_of(command), command.share)
    return Actor.register(*names, others)


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
