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
    Dated,
    Development,
    Json,
    Pair,
    Report,
    agreement_of,
    alike,
    day_of,
    folded,
    folded_publisher,
    link_of,
    matching,
    pairs_of,
    precision_of,
    published_day,
    type_of,
)
from tests.differential.facts import Facts, Paper, Stated

#: Pair, type or kind, day, the id of the ruling that keeps it apart, and the place that does.
Key = tuple[Pair, str, date, str, str]
FIRST_RULES: Final = ("2026.1", "2026.1-clash")  #: models that go by the day of the whole, and know no places


class Told(NamedTuple):
    """A report of an incident: who publishes it, which place it names, and with what it stays together."""

    report: Report
    publisher: str
    event: Json
    place: str
    together: Report


class Slot(NamedTuple):
    """An incident that a report belongs to: the pair, its type, how it is dated, and its company."""

    pair: Pair
    type: str
    dated: Dated
    apart: str
    together: Report


@dataclass
class Happening:
    """An incident: who, what, when, and its reports. `precise` says by which rules it is one."""

    key: Key
    told: list[Told]
    precise: bool

    @property
    def reports(self) -> list[Report]:
        return [each.report for each in self.told]

    @property
    def publishers(self) -> set[str]:
        return {each.publisher for each in self.told}

    @property
    def killed(self) -> int | None:
        return self._toll("killed")

    @property
    def wounded(self) -> int | None:
        return self._toll("wounded")

    def figures(self, of: str) -> list[int]:
        """Return the highest figure of each publisher, in order."""
        most: dict[str, int] = {}
        for each in self.told:
            if (figure := each.event.get(of)) is not None:
                most[each.publisher] = max(figure, most.get(each.publisher, 0))
        return sorted(most.values())

    def _toll(self, of: str) -> int | None:
        figures = self.figures(of)
        return figures[(len(figures) - 1) // 2 if self.precise else -1] if figures else None

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
        (source, target, mutual), type_, day, apart, place = self.key
        beside = f"@{place.replace(' ', '-')}" if place else ""
        return f"{source}{'~' if mutual else '>'}{target}:{type_}:{day}{'#' if apart else ''}{beside}"


class Reports:
    """The reported events that stand, and what they come to together.

    Some publishers and articles are left out, and what was published later than a day. An article of which a later
    version came counts as it stood before that, and so do rulings on it, whatever else they are on.
    """

    def __init__(
        self,
        facts: Facts,
        publishers: Collection[str] = (),
        articles: Collection[str] = (),
        published_by: date = date.max,
        *,
        precise: bool = True,
    ) -> None:
        self._facts = facts
        self._precise = precise
        left_out = {facts.counts_as(name) for name in publishers}
        self._papers = facts.papers  # those left out, too: rulings on them stand
        self._lengths = {
            article: length
            for article, paper in facts.papers.items()
            if paper.published > published_by and (length := paper.last_published(published_by)) is not None
        }
        self._before = {
            article: Reports(Facts.of(facts.log[:length]), precise=precise)
            for article, length in self._lengths.items()
        }
        self._now = Reports(facts, precise=precise) if self._before else self
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
        found: dict[Key, list[Told]] = {}
        for article, paper in self._counted.items():
            for number, stated in paper.stated.items():
                if stated.event["kind"] == "alignment":
                    continue
                for slot in self._slots((article, number)):
                    key = (slot.pair, slot.type, slot.dated.day, slot.apart, "")
                    told = Told(
                        (article, number),
                        self._facts.counts_as(paper.header["publisher"]),
                        stated.event,
                        folded(stated.event.get("place", "")) if self._precise else "",
                        slot.together,
                    )
                    found.setdefault(key, []).append(told)
        return [one for key, told in found.items() for one in self._by_place(key, told)]

    def _by_place(self, key: Key, told: list[Told]) -> Iterator[Happening]:
        """Yield the incidents of one key: one for each place that is named, what names none with the main one."""
        named: dict[Report, list[str]] = {}
        for each in told:
            named.setdefault(each.together, []).extend([each.place] if each.place else [])
        where = {together: most_named(places) for together, places in named.items()}
        places = [where[each.together] for each in told]
        main = most_named([place for place in places if place])
        for there in [main, *sorted(set(places) - {"", main})]:
            mine = [each for each, place in zip(told, places, strict=True) if (place or main) == there]
            yield Happening((*key[:4], "" if there == main else there), mine, self._precise)

    def ties(self) -> list[Development]:
        """Return what is reported of ties, in the order in which it counts."""
        told = [
            each._replace(day=slots[0].dated.day)
            for each in self._developments("alignment")
            if (slots := self._before.get(each.report[0], self)._plain(each.report))
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
            agreement_of(
                name,
                sorted(each, key=lambda one: (one.day, one.order)),
                [(one.pair, one.day) for one in clashes if one.day <= as_of],
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

    # Which incidents a report belongs to

    def _slots(self, report: Report) -> list[Slot]:
        """Return the incidents that a report belongs to, or did when a version that it is joined with ended."""
        if not self._before:
            return self._slots_now(report)
        own = self._before.get(report[0], self._now)
        for article, length in sorted(self._lengths.items(), key=lambda each: each[1]):
            then = self._before[article]
            is_earlier = article != report[0] and length < self._lengths.get(report[0], len(self._facts.log))
            if is_earlier and (own._is_joined(report, article) or then._is_joined(report, article)):
                return (then if then._says(report) == own._says(report) else own)._slots_now(report)
        return own._slots_now(report)

    def _is_joined(self, report: Report, article: str) -> bool:
        """Return whether a report is in an incident together with one of an article."""
        paper = self._papers.get(article)
        if paper is None or self._stated(report) is None:
            return False
        mine = self._slots_now(report)
        return any(slot in mine for number in paper.stated for slot in self._slots_now((article, number)))

    def _says(self, report: Report) -> tuple[Stated | None, str]:
        return self._stated(report), folded_publisher(self._papers[report[0]].header["publisher"])

    def _slots_now(self, report: Report) -> list[Slot]:
        ruling = self._ruling_that_takes(report)
        if ruling is None:
            return self._plain(report)
        judgement = self._facts.judgements[ruling]
        named = [each for each in judgement.reports if self._stated(each)]
        apart = ruling if judgement.ruling == "separate" else ""
        if not self._is_alike(report, named[0]):
            return [slot._replace(apart=apart) for slot in self._plain(report)]
        going = [each for one in named for each in self._going_with(one) if self._is_alike(each, named[0])]
        home = self._home(named[0])
        slots = [slot._replace(together=home) for slot in self._dated(self._plain(named[0], free=True), going)]
        best = self._best(self._best(self._by_itself(named[0], free=True), going), [report])
        return self._joined(report, slots, Slot(_NO_PAIR, "", best, apart, home if apart else report))

    def _ruling_that_takes(self, report: Report) -> str | None:
        """Return the ruling under which a report is: on it, on what it is part of, or on what joins the same."""
        nearest = self._nearest(report)
        if nearest and self._is_alike(report, nearest):
            return self._facts.judgement_on(nearest)
        article = report[0]
        for number in sorted(self._papers[article].stated):
            ruling = self._facts.judgement_on((article, number))
            if ruling is not None and self._facts.judgements[ruling].ruling == "link":
                anchor = next(each for each in self._facts.judgements[ruling].reports if self._stated(each))
                if anchor[0] == article and self._home(anchor) == self._home(report):
                    return ruling
        return None

    def _nearest(self, report: Report) -> Report | None:
        """Return the event on which a ruling stands, be it the report or what it is a part of."""
        return next((each for each in self._chain(report) if self._facts.judgement_on(each) is not None), None)

    def _going_with(self, ruled: Report) -> list[Report]:
        article = ruled[0]
        every = [(article, number) for number in self._papers[article].stated]
        return [each for each in every if self._nearest(each) == ruled and self._is_alike(each, ruled)]

    def _home(self, report: Report) -> Report:
        """Return the report whose incident another joins within its article, or itself."""
        whole = self._chain(report)[-1]
        return whole if self._is_alike(report, whole) else report

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

    def _plain(self, report: Report, *, free: bool = False) -> list[Slot]:
        """Return the incidents of a report without rulings on it; `free` of those on others, too."""
        whole = self._chain(report)[-1]
        joined = self._parts(whole, free=free)
        event = self._event(whole)
        on = self._date(whole)
        own = self._dated([Slot(pair, _label(event), on, "", whole) for pair in pairs_of(event)], joined)
        if whole == report:
            return own
        otherwise = Slot(_NO_PAIR, "", self._by_itself(report, free=free), "", report)
        return self._joined(report, own if self._is_alike(report, whole) else [], otherwise)

    def _parts(self, whole: Report, *, free: bool) -> list[Report]:
        """Return the parts that are one incident with a whole; unless `free`, but for those that rulings take."""
        every = [(whole[0], number) for number in self._papers[whole[0]].stated]
        parts = [each for each in every if each != whole and self._chain(each)[-1] == whole]
        return [each for each in parts if self._is_alike(each, whole) and (free or not self._leaves(each))]

    def _leaves(self, report: Report) -> bool:
        ruling = self._ruling_that_takes(report)
        if ruling is None:
            return False
        anchor = next(each for each in self._facts.judgements[ruling].reports if self._stated(each))
        return self._is_alike(report, anchor)

    def _by_itself(self, report: Report, *, free: bool = False) -> Dated:
        """Return how a report by itself is dated: as its whole, unless its own date is more precise."""
        whole = self._chain(report)[-1]
        return self._best(self._best(self._date(whole), self._parts(whole, free=free)), [report])

    def _joined(self, report: Report, slots: Sequence[Slot], otherwise: Slot) -> list[Slot]:
        """Return the incidents of a report that joins others' where it is about the same pairs."""
        found = []
        for pair in pairs_of(self._event(report)):
            same = matching(pair, [slot.pair for slot in slots])
            own = otherwise._replace(pair=pair, type=_label(self._event(report)))
            joins = [slot._replace(apart=otherwise.apart) for slot in slots if slot.pair in same][:1]
            found += joins or [own]
        return list(dict.fromkeys(found))

    def _dated(self, slots: Sequence[Slot], joining: Sequence[Report]) -> list[Slot]:
        """Return slots, each with the most precise date of its own and of those that join it."""
        pairs = [slot.pair for slot in slots]
        return [
            slot._replace(dated=self._best(slot.dated, [e for e in joining if slot.pair in self._joins(e, pairs)]))
            for slot in slots
        ]

    def _joins(self, report: Report, pairs: Sequence[Pair]) -> list[Pair]:
        """Return those of some pairs whose incidents a report joins: for each of its own the first."""
        return [pair for own in pairs_of(self._event(report)) for pair in matching(own, pairs)[:1]]

    def _date(self, report: Report) -> Dated:
        event, header = self._event(report), self._papers[report[0]].header
        precision = precision_of(event["occurred"], published_day(header["published"]))
        return Dated(*precision, day_of(event, header))

    def _best(self, first: Dated, others: Sequence[Report]) -> Dated:
        """Return the most precise date; of equals the first, and then the earliest."""
        if not self._precise:
            return first
        best = min((self._date(each) for each in others), default=first)
        return best if best[:2] < first[:2] else first

    def _is_alike(self, one: Report, other: Report) -> bool:
        kinds = {self._event(each)["kind"] for each in (one, other)}
        return "alignment" not in kinds and alike(self._event(one), self._event(other))

    def _stated(self, report: Report) -> Stated | None:
        paper = self._papers.get(report[0])
        return paper.stated.get(report[1]) if paper else None

    def _event(self, report: Report) -> Json:
        stated = self._stated(report)
        assert stated is not None
        return stated.event


_NO_PAIR: Final = ("", "", False)


def _label(event: Json) -> str:
    return type_of(event) or str(event["kind"]).upper()


def most_named(places: Sequence[str]) -> str:
    """Return the place that is named most often, of equals the first in the alphabet; nothing if there is none."""
    return max(sorted(places), key=places.count, default="")
