"""Which rulings there are, which stand, and on which reported events: folded from the rulings' domain events."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from domain.errors import UnreadableHistory
from domain.rulings import (
    RULING_NAMESPACE,
    ReportRef,
    RulingEvent,
    RulingKind,
    RulingMade,
    RulingWithdrawn,
    ruling_uuid,
)


@dataclass(frozen=True, slots=True)
class RulingEntry:
    """A ruling as it was made at a position of the log, and its withdrawal, if it was withdrawn."""

    position: int
    made: RulingMade
    withdrawn_at: int | None = None
    withdrawal: RulingWithdrawn | None = None

    @property
    def id(self) -> str:
        """The id of the ruling."""
        return self.made.ruling_id

    @property
    def stands(self) -> bool:
        """Whether it has not been withdrawn."""
        return self.withdrawal is None

    @property
    def version(self) -> int:
        """The number of domain events it has had."""
        return 1 if self.withdrawal is None else self.withdrawal.originator_version

    def was_made(self, known_at: datetime | None) -> bool:
        """Return whether it had been made by an instant."""
        return self.made.was_known(known_at)

    def withdrawal_known(self, known_at: datetime | None) -> RulingWithdrawn | None:
        """Return its withdrawal, if it had been withdrawn by an instant."""
        return self.withdrawal if self.withdrawal is not None and self.withdrawal.was_known(known_at) else None

    def stood(self, position: int, known_at: datetime | None) -> bool:
        """Return whether it stood at a position of the log, going by what was known at an instant."""
        made = self.position <= position and self.was_made(known_at)
        withdrawn = self.withdrawn_at is not None and self.withdrawn_at <= position
        return made and not (withdrawn and self.withdrawal_known(known_at))


class RulingRegister:
    """All rulings in the order of the log.

    Where two processes ruled on one reported event at once, the ruling that stands first in the log is the one
    that counts, as long as it stands.
    """

    def __init__(self) -> None:
        self.entries: dict[str, RulingEntry] = {}
        self._by_aggregate: dict[UUID, RulingEntry] = {}
        self._by_report: dict[ReportRef, tuple[RulingEntry, ...]] = {}

    def copy(self) -> "RulingRegister":
        """Return a copy that can take in more without changing this."""
        made = RulingRegister()
        made.entries = self.entries.copy()
        made._by_aggregate = self._by_aggregate.copy()
        made._by_report = self._by_report.copy()
        return made

    def apply(self, position: int, event: RulingEvent) -> None:
        """Take in what happened to a ruling. Raises `UnreadableHistory` for one that was not taken in before."""
        if isinstance(event, RulingMade):
            entry = self.entries[event.ruling_id] = RulingEntry(position, event)
            self._by_aggregate[event.originator_id] = entry
            for named in event.reports:
                self._by_report[named] = (*self._by_report.get(named, ()), entry)
        elif isinstance(event, RulingWithdrawn):
            known = self._by_aggregate.get(event.originator_id)
            if known is None:
                raise UnreadableHistory("withdraws a ruling that cannot be read")
            self._put(known, replace(known, withdrawn_at=position, withdrawal=event))

    def _put(self, known: RulingEntry, entry: RulingEntry) -> None:
        """Put an entry in the place of what was known of the same ruling."""
        self.entries[entry.id] = self._by_aggregate[entry.made.originator_id] = entry
        for named in entry.made.reports:
            self._by_report[named] = tuple(entry if e is known else e for e in self._by_report[named])

    def ruling_on(self, named: ReportRef) -> RulingEntry | None:
        """Return the ruling that stands on a reported event."""
        return next((entry for entry in self._by_report.get(named, ()) if entry.stands), None)

    def ruling_at(self, named: ReportRef, position: int, known_at: datetime | None) -> RulingEntry | None:
        """Return the ruling that stood on a reported event at a position, as far as was known at an instant."""
        return next((e for e in self._by_report.get(named, ()) if e.stood(position, known_at)), None)

    def newest_first(self) -> list[RulingEntry]:
        """Return all rulings, the newest first."""
        return list(self.entries.values())[::-1]

    def id_for(self, kind: RulingKind, reports: Sequence[ReportRef]) -> str:
        """Return the id of a ruling that was given none: the same again has the same, until it is withdrawn."""
        said = "\n".join((kind, *(f"{named.article} {named.number}" for named in reports)))
        again = 0
        while True:
            id_ = str(uuid5(RULING_NAMESPACE, f"{again}\n{said}"))
            entry = self._by_aggregate.get(ruling_uuid(id_))
            if entry is None or entry.stands:
                return id_
            again += 1
