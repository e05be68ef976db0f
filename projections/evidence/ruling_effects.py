"""What analysts' rulings change about incidents: the key that a report under a ruling takes. Pure.

A report under a ruling takes its incident from the ruling's anchor, which may be a report of another article, and
its parts go with it. The most precise date of all of them decides the day.
"""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple
from uuid import UUID

from domain.articles import Article
from domain.reports import Report, is_of_a_kind
from projections.evidence.incident_keys import (
    ArticleSlots,
    DatedReport,
    IncidentKey,
    Slots,
    chains_of,
    dated,
    joining,
)
from projections.evidence.scoring_days import ScoringDay, most_precise, scoring_day


class RuledReport(NamedTuple):
    """A standing report that a ruling names, by its number in an article. `ruled` are all there under a ruling."""

    article: Article
    number: int
    ruled: Collection[int]


class RulingEffect(NamedTuple):
    """What a ruling comes to: the anchor and the incidents it belongs to, one for each of its pairs.

    Other pairs of what it names are incidents on its `day`. What it comes to by the date of the anchor's whole
    alone is in `day_of_whole`. `root` is the report, of an article, whose incident the anchor joins. `suffix`
    follows the ids of incidents that are separate from all others; it is empty where they are not.
    """

    anchor: Report
    slots: Slots
    day: ScoringDay
    day_of_whole: ScoringDay
    root: tuple[UUID, int]
    suffix: str

    @property
    def name(self) -> str:
        """What the reports are called that stay together."""
        return f"{self.root[0].hex}:{self.root[1]}"


NO_RULING_EFFECTS: Final[Mapping[int, RulingEffect]] = MappingProxyType({})


def ruling_effect(named: Sequence[RuledReport], suffix: str) -> RulingEffect:
    """Return what a ruling comes to that names these reports. The first is its anchor."""
    article, number, _ = named[0]
    anchor, of_article = article.reports[number], ArticleSlots(article)
    root = (article.id, of_article.joined_to(number))
    joined = [(report, day) for each in named for report, day in _going_with(each) if is_of_a_kind(report, anchor)]
    effect = RulingEffect(
        anchor=anchor,
        slots=Slots(),
        day=most_precise(of_article.best_day(number), (day for _, day in joined)),
        day_of_whole=of_article.day_of_whole(number),
        root=root,
        suffix=suffix,
    )
    return effect._replace(slots=dated(Slots(of_article.slots_of(number)), joined, effect.name))


def _going_with(named: RuledReport) -> list[DatedReport]:
    """Return a report that a ruling names, and the parts that go with it, each with its own day."""
    article, published = named.article, named.article.header.published_day
    going = goes_with(article, named.ruled)
    found = [article.reports[number] for number, ruled in going.items() if ruled == named.number]
    return [(report, scoring_day(report.occurred, published)) for report in found]


def goes_with(article: Article, ruled: Collection[int]) -> dict[int, int]:
    """Return the report under a ruling that each report goes with, if it goes with any.

    It is the nearest on the way to its whole, be it itself, if that is of its kind and sign.
    """
    found: dict[int, int] = {}
    for number, chain in chains_of(article):
        nearest = next((each for each in chain if each in ruled), None)
        if nearest is not None and is_of_a_kind(article.reports[number], article.reports[nearest]):
            found[number] = nearest
    return found


def effects_on_parts(article: Article, effects: Mapping[int, RulingEffect]) -> Mapping[int, RulingEffect]:
    """Return the effects on reports that are ruled on, and on all that goes with them.

    Those are their parts, and where they are an anchor that is linked with others, what it joins.
    """
    found = {number: effects[ruled] for number, ruled in goes_with(article, effects).items()}
    of_article = ArticleSlots(article)
    joined_to = {number: of_article.joined_to(number) for number in article.reports}
    joining: dict[int, RulingEffect] = {}
    for _, effect in sorted(effects.items()):
        if not effect.suffix and effect.root[0] == article.id:
            joining.setdefault(effect.root[1], effect)
    for number, root in joined_to.items():
        if root in joining:
            found.setdefault(number, joining[root])
    return found


def leaves(effect: RulingEffect, report: Report) -> bool:
    """Return whether a report under a ruling joins what that comes to, and nothing else."""
    return is_of_a_kind(report, effect.anchor)


def keys_under_ruling(
    effect: RulingEffect, article: Article, number: int, plain: ArticleSlots
) -> list[IncidentKey]:
    """Return the incident of each pair of a report that a ruling names, or that goes with one it names.

    `plain` are those of its article without the ruling.
    """
    report = article.reports[number]
    slots = plain.slots_of(number)
    if leaves(effect, report):
        day = most_precise(effect.day, (plain.day_of(number),))
        joined = effect.name if effect.suffix else None
        slots = joining(report, effect.slots, day, effect.day_of_whole, joined)
    return [slot.key(effect.suffix) for slot in slots]
