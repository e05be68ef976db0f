"""What reports come to, by the documented rules: incidents, ties and agreements. A part of the model.

Written from "Incidents", "Rulings" and "Spill-over" in docs/reference/scoring.md, and "Agreements" in
docs/how-to/code-an-article.md, alone. All is gone through anew for each question.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from tests.differential.events import (
    INTENSITY,
    Json,
    Pair,
    alike,
    day_of,
    link_of,
    matching,
    pairs_of,
    type_of,
)
from tests.differential.facts import Facts, Paper, Report, Stated

_STATUS: Final = {
    "reached": "in_force",
    "reaffirmed": "in_force",
    "implemented": "in_force",
    "breached": "breached",
    "suspended": "suspended",
    "terminated": "terminated",
    "expired": "expired",
}

Key = tuple[Pair, str, date, str]  # pair, type or kind, day, and the id of the ruling that keeps it apart


@dataclass
class Happening:
    """An incident: who, what, when, and its reports."""

    key: Key
    reports: list[Report]
    publishers: set[str]
    killed: int | None
    wounded: int | None

    @property
    def pair(self) -> Pair:
        return self.key[0]

    @property
    def day(self) -> date:
        return self.key[2]

    @property
    def type(self) -> str | None:
        return self.key[1] if self.key[1] in INTENSITY else None

    @property
    def id(self) -> str:
        """The id; of one apart, with a `#` and no digits behind it."""
        (source, target, mutual), type_, day, apart = self.key
        return f"{source}{'~' if mutual else '>'}{target}:{type_}:{day}{'#' if apart else ''}"


class Development(NamedTuple):
    """What a report says of an agreement or a tie: in the order in which it counts, and which report says it."""

    day: date
    order: tuple[int, int]
    report: Report
    event: Json


class Reports:
    """The reported events that stand, and what they come to together.

    Some publishers and articles are left out, and what was published later than a day. An article of which a later
    version came counts as it stood before that, and so do rulings on it.
    """

    def __init__(
        self,
        facts: Facts,
        publishers: Collection[str] = (),
        articles: Collection[str] = (),
        published_by: date = date.max,
    ) -> None:
        self._facts = facts
        left_out = {facts.counts_as(name) for name in publishers}
        self._papers = facts.papers  # those left out, too: rulings on them stand
        self._before = {
            article: Reports(Facts.of(facts.log[:length]))
            for article, paper in facts.papers.items()
            if paper.published > published_by and (length := paper.last_published(published_by)) is not None
        }
        in_time = {article: paper for article, paper in facts.papers.items() if paper.published <= published_by}
        in_time |= {article: then._papers[article] for article, then in self._before.items()}
        self._counted = {
            article: in_time[article]
            for article in facts.papers
            if article in in_time
            and article not in articles
            and facts.counts_as(in_time[article].header["publisher"]) not in left_out
        }

    def paper(self, article: str) -> Paper:
        """Return an article as it counts."""
        return self._counted[article]

    def ruling_on(self, report: Report) -> str | None:
        """Return the ruling that an answer names beside a report: that of today, whatever counts."""
        return self._facts.judgement_on(report)

    def incidents(self) -> list[Happening]:
        """Return all incidents."""
        found: dict[Key, Happening] = {}
        for article, paper in self._counted.items():
            for number, stated in paper.stated.items():
                if stated.event["kind"] == "alignment":
                    continue
                for key in self._keys((article, number)):
                    one = found.setdefault(key, Happening(key, [], set(), None, None))
                    one.reports.append((article, number))
                    one.publishers.add(self._facts.counts_as(paper.header["publisher"]))
                    one.killed = _most(one.killed, stated.event.get("killed"))
                    one.wounded = _most(one.wounded, stated.event.get("wounded"))
        return list(found.values())

    def ties(self) -> list[Development]:
        """Return what is reported of ties, in the order in which it counts."""
        told = [
            each._replace(day=keys[0][2])
            for each in self._developments("alignment")
            if (keys := self._plain(each.report))
        ]
        return sorted(told, key=lambda each: (each.day, each.order))

    def agreements(self, as_of: date) -> list[Json]:
        """Return how the agreements that had begun by a day stood on it, by id."""
        by_id: dict[str, list[Development]] = {}
        for each in self._developments("agreement"):
            if "agreement" in each.event and each.day <= as_of:
                by_id.setdefault(each.event["agreement"], []).append(each)
        clashes = sorted((one for one in self.incidents() if one.type == "ASSAULT"), key=lambda one: one.day)
        return [
            _agreement(
                name,
                sorted(each, key=lambda one: (one.day, one.order)),
                [one for one in clashes if one.day <= as_of],
            )
            for name, each in sorted(by_id.items())
        ]

    def reporting(self, a: str, b: str, as_of: date) -> int:
        """Return how many publishers report an incident between two actors."""
        found = set()
        for one in self.incidents():
            if {a, b} == set(one.pair[:2]) and one.day <= as_of:
                found |= one.publishers
        return len(found)

    def _developments(self, kind: str) -> Iterator[Development]:
        for article, paper in self._counted.items():
            for number, stated in paper.stated.items():
                if stated.event["kind"] == kind:
                    day = day_of(stated.event, paper.header)
                    yield Development(day, stated.order, (article, number), stated.event)

    # Incidents' keys

    def _keys(self, report: Report) -> list[Key]:
        """Return the key of each incident that a report belongs to."""
        if report[0] in self._before:
            return self._before[report[0]]._keys(report)
        ruled, ruling = self._ruled(report)
        if ruling is None or ruled is None:
            return self._plain(report)
        judgement = self._facts.judgements[ruling]
        anchor = next(each for each in judgement.reports if self._stated(each))
        if not alike(self._event(report), self._event(ruled)):
            return self._plain(report)
        apart = ruling if judgement.ruling == "separate" else ""
        if report == anchor or not alike(self._event(ruled), self._event(anchor)):
            return [(pair, type_, day, apart) for pair, type_, day, _ in self._plain(report)]
        return self._joined(report, self._plain(anchor), self._day(anchor), apart)

    def _ruled(self, report: Report) -> tuple[Report | None, str | None]:
        """Return the event on which a ruling stands, be it the report or what it is a part of, and the ruling."""
        for each in self._chain(report):
            if (ruling := self._facts.judgement_on(each)) is not None:
                return each, ruling
        return None, None

    def _chain(self, report: Report) -> list[Report]:
        """Return a report, what it is a part of, and so on to the end of what still stands."""
        article, number = report
        stated, chain = self._papers[article].stated, [number]
        while True:
            link = link_of(stated[chain[-1]].event)
            whole = [n for n, each in stated.items() if link is not None and each.event.get("ref") == link]
            if not whole or whole[0] in chain:
                return [(article, each) for each in chain]
            chain.append(whole[0])

    def _plain(self, report: Report) -> list[Key]:
        """Return the keys of a report without rulings."""
        if report[0] in self._before:
            return self._before[report[0]]._plain(report)
        whole = self._chain(report)[-1]
        event = self._event(whole)
        day = self._day(report)
        keys = [(pair, type_of(event) or event["kind"].upper(), day, "") for pair in pairs_of(event)]
        if whole == report:
            return keys
        joins = alike(self._event(report), event)
        return self._joined(report, keys, day) if joins else self._by_itself(report, day)

    def _day(self, report: Report) -> date:
        """Return the day of a report without rulings: that of the whole that it is a part of."""
        whole = self._chain(report)[-1]
        return day_of(self._event(whole), self._papers[whole[0]].header)

    def _joined(self, report: Report, keys: Sequence[Key], day: date, apart: str = "") -> list[Key]:
        """Return the keys of a report that joins others' incidents where it is about the same pairs."""
        found = []
        for pair in pairs_of(self._event(report)):
            same = matching(pair, [key[0] for key in keys])
            own = self._by_itself(report, day, apart, pair)
            found += [(*key[:3], apart) for key in keys if key[0] in same][:1] or own
        return list(dict.fromkeys(found))

    def _by_itself(self, report: Report, day: date, apart: str = "", *pairs: Pair) -> list[Key]:
        event = self._event(report)
        return [(pair, type_of(event) or event["kind"].upper(), day, apart) for pair in pairs or pairs_of(event)]

    def _stated(self, report: Report) -> Stated | None:
        paper = self._papers.get(report[0])
        return paper.stated.get(report[1]) if paper else None

    def _event(self, report: Report) -> Json:
        stated = self._stated(report)
        assert stated is not None
        return stated.event


def _most(one: int | None, other: int | None) -> int | None:
    return max((each for each in (one, other) if each is not None), default=None)


def _agreement(id: str, developments: list[Development], clashes: list[Happening]) -> Json:
    said = [each.event for each in developments]
    statuses = [_STATUS[event["development"]] for event in said]
    begins = max(n for n in range(len(statuses)) if n == 0 or statuses[n] != statuses[n - 1])
    actors = {actor for event in said for side in ("parties", "source", "target") for actor in event.get(side, ())}
    titles = [event["title"] for event in said if "title" in event]
    purpose = next((event["purpose"] for event in said if "purpose" in event), None)
    came = developments[begins].day
    kept_since = max([came, *(e.day for e in developments if e.event["development"] in ("reached", "reaffirmed"))])
    against = [one for one in clashes if set(one.pair[:2]) <= actors and one.day > kept_since]
    if statuses[-1] != "in_force" or purpose not in ("ceasefire", "peace"):
        against = []
    return {
        "id": id,
        "title": titles[0] if titles else None,
        "purpose": purpose,
        "parties": sorted(actors),
        "status": "violated" if against else statuses[-1],
        "since": said[0]["occurred"],
        "status_since": str(against[0].day) if against else said[begins]["occurred"],
        "clashes": len(against),
        "violated_by": [{"day": str(one.day)} for one in against[:10]],
        "developments": [
            (each.event["development"], str(each.day), each.event["occurred"], *each.report)
            for each in developments
        ],
    }
