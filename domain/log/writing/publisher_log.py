"""Commands on publishers: which of them counts as which."""

from typing import Final

from msgspec import Struct

from domain.errors import PublisherAliasNotFound
from domain.log.article_log import Outcome
from domain.log.reader import id_taken
from domain.log.writing.redacting_log import RedactingLog
from domain.publishers.alias import AddPublisherAlias, PublisherAlias, PublisherEvent, RemovePublisherAlias
from domain.publishers.register import PublisherRegister

_REGISTER: Final = "the register of publishers"  # which make circles is for all aliases together
AliasCommand = AddPublisherAlias | RemovePublisherAlias


class AliasPreview(Struct, frozen=True):
    """What a command would make of a publisher, whether it changes anything, and who is whose alias then."""

    alias: str
    changed: bool
    before: PublisherRegister
    after: PublisherRegister


class PublisherLog(RedactingLog):
    """The log, and the commands that say which publishers count as which."""

    def add_publisher_alias(self, command: AddPublisherAlias) -> Outcome:
        """Let a publisher count as another; the same again changes nothing.

        Raises `InvalidFacts`, `PublisherIsAlias`, `IdTaken`.
        """
        return self.record_publisher_alias(command)

    def remove_publisher_alias(self, command: RemovePublisherAlias) -> Outcome:
        """Let a publisher count as itself; again is no change. Raises `PublisherAliasNotFound`, `IdTaken`."""
        return self.record_publisher_alias(command)

    def preview_publisher_alias(self, command: AliasCommand) -> AliasPreview:
        """Return what a command on publishers would come to, and record nothing. Raises as the command does."""
        before = self.publisher_register()
        after = before.copy()
        aggregate = self._publisher_after(command, before)
        events = [event for event in aggregate.collect_events() if isinstance(event, PublisherEvent)]
        for event in events:
            after.apply(self.position() + 1, event)
        return AliasPreview(aggregate.alias, bool(events), before, after)

    def record_publisher_alias(self, command: AliasCommand) -> Outcome:
        """Record a command, if nobody's aliases have changed since they were looked at. Raises as these do."""

        def attempt() -> Outcome:
            register, seen = self.publisher_register_seen()
            aggregate = self._publisher_after(command, register)
            return self._save(aggregate, aggregate.alias, seen=seen)

        return self._turns.take(_REGISTER, attempt)

    def _publisher_after(self, command: AliasCommand, register: PublisherRegister) -> PublisherAlias:
        """Return a publisher as a command makes it, with the domain events that are to be recorded."""
        try:
            found = self._publisher(command.alias, register)
        except PublisherAliasNotFound:
            if isinstance(command, RemovePublisherAlias):
                raise
            found = PublisherAlias.declare(command)
        else:
            if isinstance(command, RemovePublisherAlias):
                found.remove(command)
            else:
                found.add(command)
        if isinstance(command, AddPublisherAlias):
            register.check_no_circle(command)
        return found

    def _publisher(self, alias: str, register: PublisherRegister) -> PublisherAlias:
        missing = PublisherAliasNotFound(f"no publisher {alias!r} was ever declared to be an alias of another")
        found = self._load(register.aggregate_of(alias), missing)
        if not isinstance(found, PublisherAlias):
            raise id_taken("publisher", alias)
        return found
