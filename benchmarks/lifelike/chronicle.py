"""What happens in the log that looks like life, and which articles tell it: domain events, a stretch at a time.

An article is by one publisher and tells ten events. A quarter of them were told by others in the days before. Some
articles are corrected or taken back later; of some events the day is not known. What is told of agreements and of
ties stands in articles of its own, so that a log without them is the same but for them. All is recorded on the day
of its publication.
"""

import random
from bisect import bisect
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate, islice
from operator import itemgetter
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
from eventsourcing.persistence import JSONTranscoder, StoredEvent

from benchmarks.lifelike.world import (
    DAYS,
    MARK,
    AgreementStep,
    Tie,
    agreement_steps,
    day_of,
    pairs,
    shares,
    ties,
)
from domain.articles import Article, ArticleEvent
from domain.events import Provenance
from domain.log.mapper import EventMapper
from domain.reports import Agreement, Alignment, Clash, Cooperation, Header, Report, Statement
from domain.standards.plover import ASSAULT, TYPES, Kind

EVENTS_PER_ARTICLE: Final = 10
STRETCH: Final = 20  #: days that are made at once
_PUBLISHERS: Final = 400
_TOLD_AGAIN: Final = 0.25
_REMEMBERED: Final = 500  # happenings that may be told again
_CHANGED: Final = 0.015  # articles of which something is corrected or taken back
_UNCERTAIN: Final = 0.01  # happenings of which the day is not known
_DEADLY: Final = 0.4  # assaults of which a number of dead is told
_KINDS: Final = (Kind.STATEMENT, Kind.COOPERATION, Kind.CLASH)
_UP_TO: Final = (0.6, 0.75)  # of all happenings are statements, and cooperation
_MIDNIGHT: Final = time(tzinfo=UTC)


class Plan(NamedTuple):
    """A log to make: how many events, how many developments of agreements and alignments beside; its last day."""

    events: int
    developments: int
    alignments: int
    last: date


class _Told(NamedTuple):
    """Domain events that are recorded at once, and when."""

    instant: datetime
    events: Sequence[ArticleEvent]


def stored_stretch(plan: Plan, first: int) -> list[StoredEvent]:
    """Return the domain events of some days of a log, as they are stored, in the order in which they come.

    `first` is the number of the first day, from 0 on.
    """
    return _stored(plan, range(first, min(first + STRETCH, DAYS)))


def stored_day_after(last: date, number: int, events: int) -> list[StoredEvent]:
    """Return what is told on a day after the last of a log, the first of them of number 0: so many events.

    They are of the first region, and no more is told of agreements and ties.
    """
    day = DAYS + number
    return _stored(Plan(events * DAYS, 0, 0, last), range(day, day + 1))


def _stored(plan: Plan, days: range) -> list[StoredEvent]:
    mapper = EventMapper(JSONTranscoder())
    told = sorted((*_happened(plan, days), *_agreed(plan, days)), key=itemgetter(0))
    return [mapper.to_stored_event(event) for each in told for event in each.events]


def _happened(plan: Plan, days: range) -> Iterator[_Told]:
    """Yield what is told of happenings in some days, and what becomes of it."""
    chance = random.Random(1000 + days.start)  # noqa: S311  # the same log in every run
    end = _instant(plan, days.stop)
    count = plan.events // EVENTS_PER_ARTICLE
    recent: deque[Report] = deque(maxlen=_REMEMBERED)
    for day in days:
        numbers = range(count * day // DAYS, count * (day + 1) // DAYS)
        reports = _reports(chance, day_of(day, plan.last), len(numbers) * EVENTS_PER_ARTICLE, recent)
        for place, number in enumerate(numbers):
            instant = _instant(plan, day + place / len(numbers))
            of_article = list(islice(reports, EVENTS_PER_ARTICLE))
            article = Article.post(
                f"life-{MARK}0-{number}", _header(chance, number, instant), of_article, _by(instant)
            )
            yield _Told(instant, _recorded(article))
            if chance.random() < _CHANGED:
                later = _rounded(instant + (end - instant) * chance.random())
                _change(chance, article, later)
                yield _Told(later, _recorded(article))


def _reports(chance: random.Random, day: date, count: int, recent: deque[Report]) -> Iterator[Report]:
    """Yield what is told on a day: what is new, and what was told before."""
    numbers = np.random.default_rng(chance.getrandbits(32)).choice(len(pairs()), count, p=shares())
    for number in numbers.tolist():
        if recent and chance.random() < _TOLD_AGAIN:
            yield chance.choice(recent)
        else:
            recent.append(_happening(chance, number, day))
            yield recent[-1]


def _happening(chance: random.Random, pair: int, day: date) -> Report:
    source, target = pairs()[pair] if chance.random() < 0.5 else pairs()[pair][::-1]
    kind = _KINDS[bisect(_UP_TO, chance.random())]
    facts: dict[str, Any] = {"source": (source,), "target": (target,), "occurred": _occurred(chance, day)}
    name = chance.choice(TYPES[kind])
    if kind is Kind.STATEMENT:
        return Statement(type=name, **facts)
    if kind is Kind.COOPERATION:
        return Cooperation(type=name, **facts)
    killed = int(chance.paretovariate(1)) % 10_000 if name == ASSAULT and chance.random() < _DEADLY else None
    return Clash(type=name, killed=killed, **facts)


def _occurred(chance: random.Random, day: date) -> str:
    if chance.random() >= _UNCERTAIN:
        return day.isoformat()
    return f"{day - timedelta(days=chance.randrange(1, 30))}/{day}" if chance.random() < 0.5 else f"{day:%Y-%m}"


def _change(chance: random.Random, article: Article, later: datetime) -> None:
    """Take an article back, or one of its reports, or correct that to have happened the day before."""
    what, number = chance.random(), chance.randrange(1, EVENTS_PER_ARTICLE + 1)
    if what < 0.2:
        article.retract("taken back", _by(later))
    elif what < 0.4:
        article.retract_report(number, "not so", _by(later))
    else:
        before = article.header.published_day - timedelta(days=1)
        report = article.reports[number]
        on_the_day = msgspec.structs.replace(report, occurred=before.isoformat())
        article.correct(number, on_the_day, "a day before", _by(later))


def _agreed(plan: Plan, days: range) -> Iterator[_Told]:
    """Yield what is told of agreements and ties in some days."""
    chance = random.Random(-days.start)  # noqa: S311
    reports: dict[int, list[Report]] = {day: [] for day in days}
    for step in agreement_steps(plan.developments):
        if step.day in reports:
            reports[step.day].append(_development(plan, step))
    for tie in ties()[: plan.alignments]:
        if tie.day in reports:
            reports[tie.day].append(_alignment(plan, tie))
    for day, of_day in reports.items():
        for place in range(0, len(of_day), EVENTS_PER_ARTICLE):
            instant = _instant(plan, day + 0.9) + timedelta(seconds=place)
            of_article = of_day[place : place + EVENTS_PER_ARTICLE]
            header = _header(chance, day, instant)
            article = Article.post(f"accords-{MARK}0-{day}-{place}", header, of_article, _by(instant))
            yield _Told(instant, _recorded(article))


def _development(plan: Plan, step: AgreementStep) -> Report:
    is_first = step.development == "reached"
    return Agreement(
        parties=step.parties,
        agreement=step.agreement,
        development=step.development,
        title=step.title if is_first else None,
        purpose=step.purpose if is_first else None,
        occurred=day_of(step.day, plan.last).isoformat(),
    )


def _alignment(plan: Plan, tie: Tie) -> Report:
    day = day_of(tie.day, plan.last).isoformat()
    return Alignment(source=(tie.patron,), target=(tie.client,), development=tie.development, occurred=day)


def _header(chance: random.Random, number: int, instant: datetime) -> Header:
    (publisher,) = chance.choices(range(_PUBLISHERS), cum_weights=_PUBLISHED)
    return Header(
        publisher=f"Publisher {publisher}",
        published=instant.date().isoformat(),
        url=f"https://news-{publisher}.example/{instant:%Y/%m/%d}/{MARK}0-{number}",
        headline=f"What happened on {instant:%d %B %Y}, part {MARK}0-{number}",
        language="en",
    )


def _recorded(article: Article) -> Sequence[ArticleEvent]:
    return [event for event in article.collect_events() if isinstance(event, ArticleEvent)]


def _by(instant: datetime) -> Provenance:
    return Provenance("benchmark", instant)


def _instant(plan: Plan, day: float) -> datetime:
    return _rounded(datetime.combine(day_of(0, plan.last), _MIDNIGHT) + timedelta(days=day))


def _rounded(instant: datetime) -> datetime:
    """Return an instant that ends in 10 microseconds, so that other regions can have the nine behind it."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000 + 10)


_PUBLISHED: Final = list(accumulate(1 / (rank + 3) for rank in range(_PUBLISHERS)))
