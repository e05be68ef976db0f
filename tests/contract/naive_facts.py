"""What was recorded, as the naive model has it: every edition of every article."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.articles import Header
from domain.reports import Report


@dataclass(frozen=True)
class Stated:
    """A report that stands, and when it was stated: its turn among all that was ever stated."""

    report: Report
    turn: int


@dataclass(frozen=True)
class Edition:
    """An article from an instant on: what it says, by number. A retracted one says nothing."""

    recorded: datetime
    header: Header
    stated: Mapping[int, Stated]


@dataclass
class Facts:
    """All articles, with all their editions, in the order in which they were posted."""

    articles: dict[str, list[Edition]] = field(default_factory=dict)
    turns: int = 0
    retracted: set[str] = field(default_factory=set)

    def state_report(self, report: Report) -> Stated:
        """Return a report as it is stated now."""
        self.turns += 1
        return Stated(report, self.turns)

    def post(self, article: str, header: Header, reports: Sequence[Report], recorded: datetime) -> None:
        """Take in a new article."""
        stated = {number: self.state_report(report) for number, report in enumerate(reports, start=1)}
        self.articles[article] = [Edition(recorded, header, stated)]

    def revise(self, article: str, header: Header, reports: Sequence[Report], recorded: datetime) -> None:
        """Take in what an article says now: what stays the same keeps its number, and so does a `ref`."""
        left = dict(self.standing(article))
        stated: dict[int, Stated] = {}
        changed = []
        for report in reports:
            same = [number for number, before in left.items() if before.report == report]
            if same:
                stated[same[0]] = left.pop(same[0])
            else:
                changed.append(report)
        new = []
        for report in changed:
            named = [n for n, before in left.items() if report.ref is not None and before.report.ref == report.ref]
            if named:
                del left[named[0]]
                stated[named[0]] = self.state_report(report)
            else:
                new.append(report)
        last = max(number for edition in self.articles[article] for number in edition.stated)
        for number, report in enumerate(new, start=last + 1):
            stated[number] = self.state_report(report)
        self.retracted.discard(article)
        self.articles[article].append(Edition(recorded, header, stated))

    def correct(self, article: str, number: int, report: Report, recorded: datetime) -> None:
        """Take in a correction."""
        stated = {**self.standing(article), number: self.state_report(report)}
        self.articles[article].append(Edition(recorded, self.articles[article][-1].header, stated))

    def retract(self, article: str, number: int | None, recorded: datetime) -> None:
        """Take back a report, or without a number the article."""
        left = {n: stated for n, stated in self.standing(article).items() if number not in (None, n)}
        if number is None:
            self.retracted.add(article)
        self.articles[article].append(Edition(recorded, self.articles[article][-1].header, left))

    def standing(self, article: str) -> Mapping[int, Stated]:
        """Return what an article says now."""
        return self.articles[article][-1].stated

    def known(self, at: datetime | None) -> Iterator[tuple[str, Edition]]:
        """Yield the articles as they were known at an instant."""
        for article, editions in self.articles.items():
            until = [edition for edition in editions if at is None or edition.recorded <= at]
            if until:
                yield article, until[-1]
