"""Which incidents are meant of those of all pairs: one filter for a search, a stretch of time and a map."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_

from domain.standards.publisher_names import comparable_publisher
from domain.standards.text import comparable
from projections.queries.articles import ArticleReport
from projections.scoring.incidents import Incident
from projections.storage.tables import incidents


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """Which incidents are meant, from a day on: all that is given has to hold; of types one, of actors each.

    Without types it is all of them, those without a type, too. `publisher`, `place` and `text` are looked for in
    reports: a publisher as it is compared, a place and a text as a part of what is written, in any case.
    """

    actors: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    first: int | None = None
    publisher: str | None = None
    place: str | None = None
    text: str | None = None

    @property
    def reads_reports(self) -> bool:
        """Whether reports decide, too."""
        return any(each is not None for each in (self.publisher, self.place, self.text))

    def includes(self, incident: Incident) -> bool:
        """Return whether an incident is one of them, as far as it says itself."""
        return (
            set(self.actors) <= {incident.a, incident.b}
            and (not self.types or incident.type in self.types)
            and (self.first is None or incident.day >= self.first)
        )

    def conditions(self, day: ColumnElement[int] = incidents.c.day) -> list[ColumnElement[bool]]:
        """Return the same of rows of `incidents`; `day` is how their day is written."""
        found = [or_(incidents.c.a == actor, incidents.c.b == actor) for actor in self.actors]
        if self.types:
            found.append(incidents.c.type.in_(self.types))
        if self.first is not None:
            found.append(day >= self.first)
        return found

    def is_told_in(self, reports: Sequence[ArticleReport]) -> bool:
        """Return whether each of what is looked for in reports is in one of those of an incident."""
        publishers = {comparable_publisher(said) for report in reports for said in _publishers(report)}
        return (
            (self.publisher is None or comparable_publisher(self.publisher) in publishers)
            and _is_in(self.place, (said for report in reports for said in _places(report)))
            and _is_in(self.text, (said for report in reports for said in _texts(report)))
        )


def latest_first(day: int, id_: str) -> tuple[int, str]:
    """Return what incidents are sorted by: the latest day comes first, and of a day the first id."""
    return -day, id_


def _is_in(wanted: str | None, said: Iterable[str]) -> bool:
    return wanted is None or any(comparable(wanted) in comparable(text) for text in said)


def _publishers(report: ArticleReport) -> Iterator[str]:
    yield report.publisher
    if report.counts_as is not None:
        yield report.counts_as


def _places(report: ArticleReport) -> Iterator[str]:
    if report.report.place is not None:
        yield report.report.place


def _texts(report: ArticleReport) -> Iterator[str]:
    """Yield what an article says of an incident: its headline, and what the event has in words."""
    event = report.report
    said = (report.headline, event.summary, event.quote, event.speaker)
    yield from (text for text in said if text)
