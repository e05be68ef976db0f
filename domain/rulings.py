"""The ruling, by which an analyst links or separates reported events. Aggregate, domain events and commands.

A ruling says that they are one incident, or one of their own. It names them by article and number, the first its
anchor: the others take the anchor's actors, type and day. It never changes what an article says, and it is
withdrawn, not edited.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Final
from uuid import UUID, uuid5

from msgspec import Struct

from domain.articles import Article
from domain.errors import Fault, InvalidFacts, Path
from domain.events import CreatedEvent, DomainEvent, Provenance, RecordedAggregate
from domain.reports import PairPlaces, Report, directions, is_of_a_kind, kind_of
from domain.standards.plover import Kind

RULING_NAMESPACE = UUID("b1d0c8a2-5c0c-5f2e-8a7e-3d4f0f6f9a55")
MAX_RULED: Final = 100  #: reported events that one ruling names
_NAMED: Final = 3  # pairs of a report in what is wrong with it


class RulingKind(StrEnum):
    """What an analyst rules: that reports are one incident, or that they are one apart from all others."""

    LINK = "link"
    SEPARATE = "separate"


class ReportRef(Struct, frozen=True):
    """A reported event by the id of its article and its number there."""

    article: str
    number: int


class LinkReports(Struct, frozen=True):
    """Command: rule that reported events are one incident, that of the first.

    Without an id the ruling gets one made from its reports.
    """

    reports: tuple[ReportRef, ...]
    reason: str
    provenance: Provenance
    ruling_id: str | None = None

    @property
    def kind(self) -> RulingKind:
        """What is ruled."""
        return RulingKind.LINK


class SeparateReports(Struct, frozen=True):
    """Command: rule that reported events are one incident of their own; otherwise as `LinkReports`."""

    reports: tuple[ReportRef, ...]
    reason: str
    provenance: Provenance
    ruling_id: str | None = None

    @property
    def kind(self) -> RulingKind:
        """What is ruled."""
        return RulingKind.SEPARATE


class WithdrawRuling(Struct, frozen=True):
    """Command: take a ruling back."""

    ruling_id: str
    reason: str
    provenance: Provenance


class RulingEvent(DomainEvent):
    """Something that happened to a ruling."""


@dataclass(frozen=True)
class RulingMade(CreatedEvent, RulingEvent):
    """An analyst ruled on some reported events; the first is the anchor."""

    ruling_id: str
    reports: tuple[ReportRef, ...]
    reason: str

    @property
    def kind(self) -> RulingKind:
        """What was ruled."""
        return RulingKind.LINK if isinstance(self, ReportsLinked) else RulingKind.SEPARATE

    @staticmethod
    def aggregate_class() -> "type[Ruling]":
        """Return `Ruling`."""
        return Ruling


class ReportsLinked(RulingMade):
    """Reported events are one incident: that of the first."""

    TOPIC = "detente.reports-linked"


class ReportsSeparated(RulingMade):
    """Reported events are one incident of their own, apart from all others."""

    TOPIC = "detente.reports-separated"


MADE: Final[dict[RulingKind, type[RulingMade]]] = {
    RulingKind.LINK: ReportsLinked,
    RulingKind.SEPARATE: ReportsSeparated,
}


@dataclass(frozen=True)
class RulingWithdrawn(RulingEvent):
    """A ruling was taken back: its reports are clustered as if it had not been made."""

    TOPIC = "detente.ruling-withdrawn"
    reason: str

    def apply(self, aggregate: "Ruling") -> None:
        """Take the ruling back."""
        aggregate.withdrawn = True


class Ruling(RecordedAggregate):
    """What an analyst ruled on some reported events, and whether it stands."""

    def begin(self, made: RulingMade) -> None:
        """Take on what was ruled; it stands."""
        self.ruling_id = made.ruling_id
        self.kind = made.kind
        self.reports = made.reports
        self.reason = made.reason
        self.withdrawn = False

    @classmethod
    def make(
        cls,
        kind: RulingKind,
        ruling_id: str,
        reports: Sequence[ReportRef],
        reason: str,
        articles: Mapping[str, Article],
        provenance: Provenance,
    ) -> "Ruling":
        """Return a new ruling on reported events of `articles`, which holds the articles that there are, by id.

        It is recorded after whatever its articles say. Raises `InvalidFacts` if the reports do not stand, or
        cannot be one incident.
        """
        faults = [*_check_reports(kind, reports, articles), *_check_reason(reason)]
        if faults:
            raise InvalidFacts(faults)
        latest = max(articles[named.article].modified_on for named in reports)
        made = MADE[kind](
            originator_id=ruling_uuid(ruling_id),
            originator_version=cls.INITIAL_VERSION,
            ruling_id=ruling_id,
            reports=tuple(reports),
            reason=reason,
            **provenance.after(latest).fields(),
        )
        return cls.make_from(made)

    def withdraw(self, reason: str, provenance: Provenance) -> None:
        """Take the ruling back; again is no change. Raises `InvalidFacts`."""
        if faults := [*_check_reason(reason)]:
            raise InvalidFacts(faults)
        if not self.withdrawn:
            self.trigger_event(RulingWithdrawn, reason=reason, **provenance.after(self.modified_on).fields())


def ruling_uuid(ruling_id: str) -> UUID:
    """Return the aggregate id of the ruling with this id."""
    return uuid5(RULING_NAMESPACE, ruling_id)


def _check_reason(reason: str) -> Iterator[Fault]:
    if not reason:
        yield Fault(("reason",), "no-reason", "a ruling, and its withdrawal, has a reason: say why")


def _check_reports(
    kind: RulingKind, reports: Sequence[ReportRef], articles: Mapping[str, Article]
) -> Iterator[Fault]:
    fewest = 2 if kind is RulingKind.LINK else 1
    if not fewest <= len(reports) <= MAX_RULED:
        detail = f"names {len(reports)} reported events; to {kind} takes {fewest} to {MAX_RULED}"
        yield Fault(("reports",), "number-of-reports", detail)
        return
    standing: list[tuple[Path, Report]] = []
    for index, named in enumerate(reports):
        path = ("reports", index)
        if named in reports[:index]:
            detail = f"names event {named.number} of article {named.article} more than once"
            yield Fault(path, "repeated-report", detail)
        found = _find(named, articles, path)
        if isinstance(found, Fault):
            yield found
        else:
            standing.append((path, found))
    if len(standing) == len(reports):
        yield from _check_one_incident(standing)


def _find(named: ReportRef, articles: Mapping[str, Article], path: Path) -> Report | Fault:
    """Return the report that is named, or why it cannot be ruled on."""
    article = articles.get(named.article)
    if article is None:
        return Fault((*path, "article"), "unknown-article", f"there is no article {named.article!r}")
    if named.number in article.reports:
        return article.reports[named.number]
    if article.retracted:
        return Fault((*path, "article"), "retracted-report", f"article {named.article} was retracted")
    if 1 <= named.number <= article.last_number:
        detail = f"event {named.number} of article {named.article} was retracted"
        return Fault((*path, "number"), "retracted-report", detail)
    detail = f"article {named.article} has no reported event {named.number}"
    return Fault((*path, "number"), "unknown-report", detail, tuple(map(str, article.reports)))


def _check_one_incident(standing: Sequence[tuple[Path, Report]]) -> Iterator[Fault]:
    """Yield why reports cannot be one incident with the first."""
    (first_path, anchor), *others = standing
    if kind_of(anchor) is Kind.ALIGNMENT:
        yield Fault(first_path, "not-an-incident", "an alignment is a standing tie, and no incident")
        return
    if not any(directions(anchor)):
        yield Fault(first_path, "not-an-incident", "an event within one actor is no incident of a pair")
        return
    of_anchor = PairPlaces(directions(anchor))
    for path, report in others:
        if not is_of_a_kind(report, anchor):
            detail = f"{_called(report)} and {_called(anchor)} are no one incident: kind and sign have to be alike"
            yield Fault(path, "not-of-one-kind", detail)
        elif all(of_anchor.find(pair) is None for pair in directions(report)):
            detail = f"is about {_about(report)}, but the first about {_about(anchor)}: no pair is in both"
            yield Fault(path, "no-common-pair", detail)


def _called(report: Report) -> str:
    return f"a {kind_of(report)} of type {report.type}" if report.type else f"a plain {kind_of(report)}"


def _about(report: Report) -> str:
    first = islice(directions(report), _NAMED + 1)
    shown = [f"{source}{'~' if mutual else '>'}{target}" for source, target, mutual in first]
    return ", ".join(shown[:_NAMED]) + (" and others" if len(shown) > _NAMED else "") or "no pair"
