"""Articles that rulings have named together, while a page of the log is folded.

What happens to one of them may change the evidence of the others. So all evidence that a command may change, of
whichever article, is looked at before the command and compared when it is over.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from domain.articles import ArticleEvent
from domain.reports import Report
from domain.rulings import RulingEvent
from projections.evidence.evidence import evidence_of
from projections.evidence.ruling_effects import RuledReport, RulingEffect, ruling_effect
from projections.evidence.rulings import NEVER, RulingGroup, Rulings, StandingRuling
from projections.folding.article_changes import ArticleFold, Past
from projections.times import to_micros

_Effects = dict[UUID, RulingEffect | None]  # what rulings come to, by their aggregates


class RuledArticles:
    """The articles of ruling groups among those of a page. `rulings` are brought to the end of the page.

    `articles` are all that the page has touched so far; those that are looked at here are added.
    """

    def __init__(self, past: Past, rulings: Rulings, articles: dict[UUID, ArticleFold]) -> None:
        self._past = past
        self._rulings = rulings
        self._articles = articles
        self._commands: dict[RulingGroup, _Command] = {}

    def group_of(self, article: UUID) -> RulingGroup | None:
        """Return the group that an article is in, None if no ruling ever named it."""
        return self._rulings.groups.get(article)

    def take(self, position: int, event: ArticleEvent, group: RulingGroup) -> None:
        """Take in what happened to an article of a group."""
        command = self._commands.get(group)
        if command is None or command.is_over(event):
            self._settle(group)
            affected = self._look_at({event.originator_id}, position)
            self._know_latest(group, position)
            self._commands[group] = _Command(event.originator_id, event.timestamp, position, affected)
        self._articles[event.originator_id].take(position, event)
        group.latest = max(group.latest or NEVER, event.timestamp)
        self._rulings.changes += 1

    def take_ruling(self, position: int, event: RulingEvent) -> None:
        """Take in what happened to a ruling."""
        named = self._close(event)
        affected = self._look_at(named, position)
        for group in {g for member in (event.originator_id, *named) if (g := self._rulings.groups.get(member))}:
            self._know_latest(group, position)
        self._rulings.apply(event)
        group = self._rulings.groups[event.originator_id]
        changed = (self._articles[article].article.modified_on for article in named)
        group.latest = max((group.latest or NEVER, event.timestamp, *changed))
        self._commands[group] = _Command(event.originator_id, event.timestamp, position, affected)
        self._settle(group)

    def note_waiting(self, event: RulingEvent) -> None:
        """Take in a ruling whose event waits for a parked one: it ties articles, but is not folded yet."""
        self._close(event)
        self._rulings.apply(event)

    def settle(self) -> None:
        """End all commands that go on: the page is over."""
        for group in list(self._commands):
            self._settle(group)

    def _close(self, event: RulingEvent) -> set[UUID]:
        """Let all be over that was going on in the articles that a ruling names; return these."""
        named = self._rulings.named_by(event)
        for article in named:
            if group := self._rulings.groups.get(article):
                self._settle(group)
            elif fold := self._articles.get(article):
                fold.end_step_alone()
        return named

    def _look_at(self, articles: Iterable[UUID], position: int) -> set[UUID]:
        """Return the articles whose evidence may change with these; all of them have been looked at then."""
        affected = self._rulings.beside(articles)
        known: _Effects = {}
        for article in affected:
            fold = self._fold(article, position)
            fold.ruled = True
            if fold.evidence is None:
                fold.evidence = evidence_of(fold.article, self._effects(article, position, known))
        return affected

    def _know_latest(self, group: RulingGroup, position: int) -> None:
        if group.latest is None:
            changed = (self._fold(article, position).article.modified_on for article in group.articles)
            group.latest = max((group.ruled, *changed))

    def _settle(self, group: RulingGroup) -> None:
        """End the step of all articles that the command which goes on in a group may have changed."""
        command = self._commands.pop(group, None)
        if command is None:
            return
        assert group.latest is not None
        recorded = to_micros(group.latest)
        known: _Effects = {}
        for article in command.affected:
            fold = self._articles[article]
            effects = self._effects(article, command.position, known)
            fold.end_step(evidence_of(fold.article, effects), recorded)

    def _effects(self, article: UUID, position: int, known: _Effects) -> dict[int, RulingEffect]:
        """Return what the rulings on an article come to, by the number of the report. `known` are at hand."""
        found: dict[int, RulingEffect] = {}
        for number, ruling in self._rulings.on(article).items():
            if ruling.aggregate not in known:
                known[ruling.aggregate] = self._effect(ruling, position)
            if (effect := known[ruling.aggregate]) is not None:
                found[number] = effect
        return {number: effect for number, effect in found.items() if number in self._reports(article, position)}

    def _effect(self, ruling: StandingRuling, position: int) -> RulingEffect | None:
        """Return what a ruling comes to: of what it names, what stands and no earlier ruling is on."""
        named = [
            RuledReport(self._fold(article, position).article, number, self._rulings.on(article))
            for article, number in ruling.reports
            if number in self._reports(article, position) and self._rulings.counts(ruling, (article, number))
        ]
        return ruling_effect(named, ruling.suffix) if named else None

    def _reports(self, article: UUID, position: int) -> Mapping[int, Report]:
        return self._fold(article, position).article.reports

    def _fold(self, article: UUID, position: int) -> ArticleFold:
        fold = self._articles.get(article)
        if fold is None:
            fold = self._articles[article] = ArticleFold.before(self._past, article, position)
        return fold


class _Command(NamedTuple):
    """A command that goes on in a group: whose, when, from which position on, whose evidence it may change."""

    aggregate: UUID
    timestamp: datetime
    position: int
    affected: set[UUID]

    def is_over(self, event: ArticleEvent) -> bool:
        return (event.originator_id, event.timestamp) != (self.aggregate, self.timestamp)
