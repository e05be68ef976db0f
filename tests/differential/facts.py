"""What was written, by the rules that the documentation gives for writing: a part of the model.

Written from docs/how-to/code-an-article.md, docs/how-to/post-articles.md, docs/how-to/rule-on-incidents.md and
docs/reference/problems.md alone. It imports nothing of the code it is held against.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.differential.events import (
    Json,
    Report,
    alike,
    folded_name,
    folded_publisher,
    matching,
    pairs_of,
    published_day,
)
from tests.differential.validity import bad_links, event_faults, too_late


@dataclass(frozen=True)
class Outcome:
    """How a write ends: its status, and why if it was refused."""

    status: int
    changed: bool = False
    why: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Stated:
    """A reported event as it stands: as it reads, as it was sent, and when it was recorded, in writes."""

    event: Json
    sent: Json
    order: tuple[int, int]

    @property
    def content(self) -> Json:
        """What makes it the same: how it reads, and the names that were written."""
        return {**self.event, "named": [_as_list(self.sent.get(side)) for side in ("source", "target", "parties")]}


@dataclass
class Paper:
    """An article as it stands: what its header says, and its reported events by number."""

    header: Json
    stated: dict[int, Stated]
    last_number: int
    retracted: bool = False
    earlier: tuple[tuple[date, int], ...] = ()  # versions before: when published, and how long the log was

    def says(self, sent: Json, stated: Sequence[Stated]) -> bool:
        """Return whether it says this already."""
        return not self.retracted and self.header == header_of(sent) and _same(self.stated.values(), stated)

    @property
    def published(self) -> date:
        """The day of publication, UTC."""
        return published_day(self.header["published"])

    def last_published(self, by: date) -> int | None:
        """Return how long the log was when a version behind a day took the place of the last one until then."""
        found = [length for published, length in self.earlier if published <= by]
        return found[-1] if found else None

    def note_what_stands(self) -> None:
        """Forget the versions before once nothing between two actors stands any more."""
        if not any(pairs_of(each.event) for each in self.stated.values()):
            self.earlier = ()


@dataclass
class Judgement:
    """A ruling."""

    ruling: str
    reports: Sequence[Report]
    reason: str
    withdrawn: bool = False


@dataclass
class Facts:
    """All that was written so far. `write` is the only thing that changes it."""

    papers: dict[str, Paper] = field(default_factory=dict)
    judgements: dict[str, Judgement] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)  # from a name or code, as compared
    kinds: dict[str, tuple[str, str]] = field(default_factory=dict)  # kind and name of each code
    publishers: set[str] = field(default_factory=set)  # that any article ever was of, or an alias named
    aliases: dict[str, str | None] = field(default_factory=dict)  # of publishers, as compared; none if taken back
    log: list[Json] = field(default_factory=list)

    @classmethod
    def of(cls, writes: Iterable[Json]) -> "Facts":
        """Return what some writes come to, one after the other."""
        facts = cls()
        for write in writes:
            facts.write(write)
        return facts

    def write(self, action: Json) -> Outcome:
        """Take in a write, or refuse it and stay as it was."""
        self.log.append(action)
        outcome: Outcome = getattr(self, "_" + action["do"].replace("-", "_"))(action)
        return outcome

    # Articles

    def _post(self, action: Json) -> Outcome:
        sent = action["article"]
        stated, faults = self._parsed(sent)
        paper = self.papers.get(sent["id"])
        if paper is not None and paper.says(sent, stated):  # as events that link to one that was retracted since
            return Outcome(200)
        if faults:
            return Outcome(422, why=faults)
        if paper is None:
            self.publishers.add(sent["publisher"])
            self.papers[sent["id"]] = Paper(header_of(sent), dict(enumerate(stated, start=1)), len(stated))
            return Outcome(201, changed=True)
        return self._posted_again(paper, sent, stated)

    def _posted_again(self, paper: Paper, sent: Json, stated: Sequence[Stated]) -> Outcome:
        if paper.retracted:
            return Outcome(409, why=frozenset({"article-retracted"}))
        return Outcome(200) if paper.says(sent, stated) else Outcome(409, why=frozenset({"article-differs"}))

    def _dry_run(self, action: Json) -> Outcome:
        stated, faults = self._parsed(action["article"])
        paper = self.papers.get(action["article"]["id"])
        if faults and not (paper and paper.says(action["article"], stated)):
            return Outcome(422, why=faults)
        return Outcome(200) if paper is None else self._posted_again(paper, action["article"], stated)

    def _revise(self, action: Json) -> Outcome:
        paper = self.papers.get(action["id"])
        stated, faults = self._parsed(action["article"])
        if paper is not None and paper.says(action["article"], stated):
            return Outcome(200)
        if faults:
            return Outcome(422, why=faults)
        if paper is None:
            return self._post(action)
        left, now, changed = dict(paper.stated), dict[int, Stated](), []
        for each in stated:
            number = next((n for n, before in left.items() if before.content == each.content), None)
            if number is None:
                changed.append(each)
            else:
                now[number] = left.pop(number)
        for each in changed:
            ref = each.event.get("ref")
            number = next((n for n, before in left.items() if ref and before.event.get("ref") == ref), None)
            if number is None:
                paper.last_number = number = paper.last_number + 1
            else:
                del left[number]
            now[number] = each
        self.publishers.add(action["article"]["publisher"])
        earlier = (*paper.earlier, (paper.published, len(self.log) - 1))
        header = header_of(action["article"])
        self.papers[action["id"]] = Paper(header, now, paper.last_number, earlier=earlier)
        self.papers[action["id"]].note_what_stands()
        return Outcome(200, changed=True)

    def _retract(self, action: Json) -> Outcome:
        paper = self.papers.get(action["id"])
        if paper is None:
            return Outcome(404, why=frozenset({"article-not-found"}))
        before, paper.retracted, paper.stated = paper.retracted, True, {}
        paper.note_what_stands()
        return Outcome(200, changed=not before)

    def _correct(self, action: Json) -> Outcome:
        stated, faults = self._read(action["event"], 0)
        if faults:
            return Outcome(422, why=frozenset(faults))
        if (refusal := self._not_standing(action)) is not None:
            return refusal
        paper = self.papers[action["id"]]
        after = {**paper.stated, action["number"]: stated}
        faults = too_late([stated.event], paper.header) | bad_links(
            [each.event for each in after.values()], [stated.event]
        )
        if faults:
            return Outcome(422, why=frozenset(faults))
        if paper.stated[action["number"]].content == stated.content:
            return Outcome(200)
        paper.stated = after
        paper.note_what_stands()
        return Outcome(200, changed=True)

    def _retract_event(self, action: Json) -> Outcome:
        if (refusal := self._not_standing(action)) is not None:
            return refusal
        del self.papers[action["id"]].stated[action["number"]]
        self.papers[action["id"]].note_what_stands()
        return Outcome(200, changed=True)

    def _not_standing(self, action: Json) -> Outcome | None:
        paper = self.papers.get(action["id"])
        if paper is None:
            return Outcome(404, why=frozenset({"article-not-found"}))
        if paper.retracted:
            return Outcome(409, why=frozenset({"article-retracted"}))
        return None if action["number"] in paper.stated else Outcome(404, why=frozenset({"event-not-found"}))

    # Rulings

    def _rule(self, action: Json) -> Outcome:
        sent = action["ruling"]
        reports = [(report["article"], report["number"]) for report in sent["reports"]]
        faults = self._ruling_faults(sent["ruling"], reports)
        recorded = self.judgements.get(sent["id"])
        if recorded is not None:
            if recorded.withdrawn:
                return Outcome(409, why=frozenset({"ruling-withdrawn"}))
            same = (recorded.ruling, list(recorded.reports), recorded.reason) == (
                sent["ruling"],
                reports,
                sent["reason"],
            )
            return Outcome(200) if same else Outcome(409, why=frozenset({"ruling-differs"}))
        if faults:
            return Outcome(422, why=frozenset(faults))
        if any(self.judgement_on(report) for report in reports):
            return Outcome(409, why=frozenset({"report-ruled"}))
        self.judgements[sent["id"]] = Judgement(sent["ruling"], reports, sent["reason"])
        return Outcome(201, changed=True)

    def _ruling_faults(self, ruling: str, reports: list[Report]) -> set[str]:
        if len(reports) < (2 if ruling == "link" else 1):
            return {"number-of-reports"}
        faults = {fault for report in reports if (fault := self._report_fault(report))}
        faults |= {"repeated-report"} if len(set(reports)) < len(reports) else set()
        if faults - {"not-an-incident"}:
            return faults
        first, *others = (self.papers[article].stated[number].event for article, number in reports)
        for other in others:
            if not alike(first, other):
                faults.add("not-of-one-kind")
            elif not any(matching(pair, pairs_of(first)) for pair in pairs_of(other)):
                faults.add("no-common-pair")
        return faults

    def _report_fault(self, report: Report) -> str | None:
        paper = self.papers.get(report[0])
        if paper is None:
            return "unknown-article"
        if paper.retracted:
            return "retracted-report"
        if report[1] > paper.last_number:
            return "unknown-report"
        if report[1] not in paper.stated:
            return "retracted-report"
        event = paper.stated[report[1]].event
        return "not-an-incident" if event["kind"] == "alignment" or not pairs_of(event) else None

    def _withdraw(self, action: Json) -> Outcome:
        judgement = self.judgements.get(action["id"])
        if judgement is None:
            return Outcome(404, why=frozenset({"ruling-not-found"}))
        before, judgement.withdrawn = judgement.withdrawn, True
        return Outcome(200, changed=not before)

    def judgement_on(self, report: Report) -> str | None:
        """Return the id of the ruling that stands on a reported event."""
        for ruling, each in self.judgements.items():
            if not each.withdrawn and report in each.reports:
                return ruling
        return None

    # Publishers

    def _alias(self, action: Json) -> Outcome:
        alias, publisher = folded_publisher(action["alias"]), folded_publisher(action["publisher"])
        if alias == publisher:
            return Outcome(422, why=frozenset({"alias-of-itself"}))
        known = self.aliases.get(alias)
        if known is not None and known != publisher:
            return Outcome(409, why=frozenset({"publisher-is-alias"}))
        if self.counts_as(publisher) == alias:
            return Outcome(422, why=frozenset({"circular-alias"}))
        self.aliases[alias] = publisher
        self.publishers |= {action["alias"], action["publisher"]}
        return Outcome(200 if known else 201, changed=known is None)

    def _unalias(self, action: Json) -> Outcome:
        alias = folded_publisher(action["alias"])
        if alias not in self.aliases:
            return Outcome(404, why=frozenset({"alias-not-found"}))
        before, self.aliases[alias] = self.aliases[alias], None
        return Outcome(200, changed=before is not None)

    def counts_as(self, name: str) -> str:
        """Return the publisher that one counts as, by its name as written or compared."""
        publisher = folded_publisher(name)
        while (other := self.aliases.get(publisher)) is not None:
            publisher = other
        return publisher

    # Actors

    def _register(self, action: Json) -> Outcome:
        sent = action["actor"]
        known = self.kinds.get(sent["code"])
        if known is not None and known != (sent["kind"], sent["name"]):
            return Outcome(409, why=frozenset({"actor-differs"}))
        names = {folded_name(name) for name in (sent["code"], sent["name"], *sent.get("aliases", ()))}
        new = known is None or bool(names - self.codes.keys())
        self.kinds[sent["code"]] = (sent["kind"], sent["name"])
        self.codes.update(dict.fromkeys(names, sent["code"]))
        return Outcome(200 if known else 201, changed=new)

    def _name(self, action: Json) -> Outcome:
        if action["code"] not in self.kinds:
            return Outcome(404, why=frozenset({"actor-not-found"}))
        new = folded_name(action["name"]) not in self.codes
        self.codes[folded_name(action["name"])] = action["code"]
        return Outcome(200, changed=new)

    # What an article's events have to be

    def _parsed(self, sent: Json) -> tuple[list[Stated], frozenset[str]]:
        if not sent["events"]:
            return [], frozenset({"no-events"})
        read = [self._read(event, line) for line, event in enumerate(sent["events"])]
        stated, faults = [each for each, _ in read], {fault for _, found in read for fault in found}
        if not faults:
            events = [each.event for each in stated]
            faults = too_late(events, header_of(sent)) | bad_links(events, events)
        return stated, frozenset(faults)

    def _read(self, sent: Json, line: int) -> tuple[Stated, set[str]]:
        """Return an event as it reads, with codes for names, and what is wrong with it."""
        event, faults = dict(sent), set()
        for side in ("source", "target", "parties"):
            if side in sent:
                names = [sent[side]] if isinstance(sent[side], str) else sent[side]
                event[side] = [self.codes.get(folded_name(name), "") for name in names]
                faults |= {"unknown-actor"} if "" in event[side] else set()
                faults |= {"repeated-actor"} if len(set(event[side])) < len(names) and not faults else set()
        if not faults:
            faults |= event_faults(event)
        return Stated(event, sent, (len(self.log), line)), faults


def _as_list(names: Any) -> Any:
    return [names] if isinstance(names, str) else names


def header_of(sent: Json) -> Json:
    """Return the header of an article that was sent."""
    return {name: sent.get(name) for name in ("url", "headline", "publisher", "published", "language")}


def _same(some: Iterable[Stated], others: Iterable[Stated]) -> bool:
    def contents(stated: Iterable[Stated]) -> list[str]:
        return sorted(repr(sorted(each.content.items())) for each in stated)

    return contents(some) == contents(others)
