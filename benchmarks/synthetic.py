"""A log that nobody lived: articles of ten events each, among 150 actors over 20 years, the same in every run."""

import json
import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

from domain.standards.plover import TYPES, Kind

EVENTS_PER_ARTICLE: Final = 10
ACTORS: Final = 150
FIRST_DAY: Final = date(2000, 1, 1)
DAYS: Final = 20 * 365
_KINDS: Final = (Kind.STATEMENT, Kind.STATEMENT, Kind.CLASH, Kind.COOPERATION)


def articles(events: int) -> Iterator[dict[str, Any]]:
    """Yield articles that report `events` events in all, as clients post them, in the order of their days.

    Pairs are drawn so that few actors have most of the events, as in real data.
    """
    chance = random.Random(1)  # noqa: S311  # the same log in every run
    codes = [f"B{number:03}" for number in range(ACTORS)]
    weights = [1 / (rank + 1) for rank in range(ACTORS)]
    number = events // EVENTS_PER_ARTICLE
    for index in range(number):
        day = (FIRST_DAY + timedelta(days=index * DAYS // number)).isoformat()
        yield {
            "id": f"synthetic-{index}",
            "publisher": f"Publisher {chance.randrange(40)}",
            "published": day,
            "events": [_event(chance, codes, weights, day) for _ in range(EVENTS_PER_ARTICLE)],
        }


def _event(chance: random.Random, codes: list[str], weights: list[float], day: str) -> dict[str, Any]:
    source = target = chance.choices(codes, weights)[0]
    while target == source:
        target = chance.choices(codes, weights)[0]
    kind = chance.choice(_KINDS)
    event: dict[str, Any] = {
        "kind": kind.value,
        "type": chance.choice(TYPES[kind]),
        "source": source,
        "target": target,
        "occurred": day,
    }
    if kind is Kind.CLASH and chance.random() < 0.3:
        event["killed"] = int(chance.paretovariate(1))
    return event


def ndjson(events: int) -> Iterator[bytes]:
    """Yield the articles as lines of NDJSON."""
    for article in articles(events):
        yield json.dumps(article).encode() + b"\n"
