"""Random histories: writes of every kind, good and bad, and questions in between, from a seed.

A history is a list of items, plain JSON: what to do, or what to ask. In its texts `@` stands for a name that a run
gives it, so that several runs can share a server.
"""

import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, Final

from tests.differential.events import CAMEO, TYPE_OF_DEVELOPMENT, TYPES, Json, pairs_of
from tests.differential.facts import Facts

_ACTORS: Final = ("@A", "@B", "@C", "@D", "@E")
ACTORS: Final = len(_ACTORS)  #: how many items at the beginning register actors, without which nothing goes
_PUBLISHERS: Final = (
    "@ Wire",
    "@ Agence Été",
    "@ AGENCE-ete",
    "@ Post",
    "@ P.O.S.T.",
    "@.example",
    "https://www.@.example/news",
    "M.@.example:80",
)
_BY: Final = (None, "ada", "bo")
_KINDS: Final = (
    ("statement",) * 7 + ("clash",) * 7 + ("cooperation",) * 3 + ("agreement",) * 3 + ("alignment",) * 2
)
_BAD: Final = 0.06  # of the writes, made wrong on purpose
_MODELS: Final = ("2026.2",) * 5 + ("2026.1",) * 2 + ("2026.1-clash", "goldstein-mean", "clash-count")
_OTHERS: Final = ("agreements", "agreements", "article", "rulings")
_SORTS: Final = ("-tension", "tension", "-cooperation", "cooperation", "-incidents", "incidents", "pair")


class HistoryMaker:
    """Makes a history. It keeps what has been written, so that later writes are about it."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  # no secrets
        self._facts = Facts()
        self._items: list[Json] = []
        year = self._random.choice((1994, 2003, 2011, 2019, 2022))
        middles = [date(year, 1, 1) + timedelta(days=self._random.randrange(0, 900)) for _ in range(3)]
        self._middles = [*middles[:1] * 6, *middles, date(self._random.choice((1988, 2024)), 6, 15)]
        self._numbers = iter(range(1, 10**6))

    def make(self, writes: int) -> list[Json]:
        """Return a history of some writes, and about as many questions."""
        for code in _ACTORS:
            aliases = [f"@ Capital {code[1:]}", f"@ Réalm {code[1:]}"]
            actor = {"code": code, "kind": "state", "name": f"@ Land {code[1:]}", "aliases": aliases}
            self._add({"do": "register", "actor": actor})
        for _ in range(writes):
            self._add(self._write())
            if self._random.random() < 0.25:
                self._items.append(self._question())
        if self._random.random() < 0.3:
            self._items.append({"do": "rebuild"})
        self._items += [self._question() for _ in range(max(6, writes // 2))]
        return self._items

    def _add(self, action: Json) -> None:
        by = self._random.choice(_BY)
        item = {"uid": next(self._numbers), **action, **({"by": by} if by else {})}
        lines = item["articles"] if item["do"] == "batch" else None
        for each in [{"do": "post", "article": line} for line in lines] if lines else [item]:
            self._facts.write(each)
        self._items.append(item)

    # Writes

    def _write(self) -> Json:
        kinds: Sequence[tuple[Callable[[], Json], int]] = (
            (self._post, 9),
            (self._batch, 2),
            (self._revise, 4),
            (self._correct, 4),
            (self._retract_event, 2),
            (self._retract, 1),
            (self._rule, 5),
            (self._withdraw, 2),
            (self._alias, 2),
            (self._unalias, 1),
            (self._register, 1),
            (self._again, 1),
        )
        make = self._random.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0]
        return make() if self._facts.papers else self._post()

    def _post(self) -> Json:
        return {"do": self._random.choice(("post",) * 8 + ("dry-run",)), "article": self._article()}

    def _batch(self) -> Json:
        return {"do": "batch", "articles": [self._article() for _ in range(self._random.randint(1, 4))]}

    def _again(self) -> Json:
        """Post what was posted before, or something else under its name."""
        name = self._random.choice(list(self._facts.papers))
        paper = self._facts.papers[name]
        events = [stated.sent for stated in paper.stated.values()] or [self._event([])]
        self._random.shuffle(events)
        header = {name: value for name, value in paper.header.items() if value is not None}
        if self._random.random() < 0.3:
            header["publisher"] = "@ Other"
        return {"do": "post", "article": {"id": name, **header, "events": events}}

    def _revise(self) -> Json:
        name = self._random.choice([*self._facts.papers, *list(self._facts.papers)[-3:], "@-none"])
        paper = self._facts.papers.get(name)
        article = self._article(name)
        if paper is None:
            return {
                "do": "revise",
                "id": name,
                "article": article | {"events": [self._event([])], "published": "2025-01-01"},
            }
        if not paper.stated:
            return {"do": "revise", "id": name, "article": article}
        header = {name: value for name, value in paper.header.items() if value is not None}
        if self._random.random() < 0.3:
            header |= {"publisher": self._random.choice(_PUBLISHERS)}
        if self._random.random() < 0.2:
            header |= {"published": article["published"]}
        events = [stated.sent for stated in paper.stated.values() if self._random.random() < 0.8]
        events = [self._changed(event, events) if self._random.random() < 0.25 else event for event in events]
        if self._random.random() < 0.4 or not events:
            events += [self._event(events)]
        return {"do": "revise", "id": name, "article": {"id": name, **header, "events": events}}

    def _correct(self) -> Json:
        name, number = self._report()
        paper = self._facts.papers[name]
        stated = paper.stated.get(number)
        others = [each.event for n, each in paper.stated.items() if n != number]
        event = self._changed(stated.sent, others) if stated else self._event(others)
        return {"do": "correct", "id": name, "number": number, "event": event}

    def _retract_event(self) -> Json:
        name, number = self._report()
        return {"do": "retract-event", "id": name, "number": number}

    def _retract(self) -> Json:
        return {"do": "retract", "id": self._random.choice([*self._facts.papers, "@-none"])}

    def _rule(self) -> Json:
        """Rule on one report, or on some that a ruling can be about together."""
        first = self._report()
        stated = self._facts.papers[first[0]].stated.get(first[1])
        fit = [
            (name, number)
            for name, paper in self._facts.papers.items()
            for number, each in paper.stated.items()
            if stated and {p[:2] for p in pairs_of(each.event)} & {p[:2] for p in pairs_of(stated.event)}
            if each.event["kind"] == stated.event["kind"] and (name, number) != first
        ]
        some = self._random.sample(fit, min(len(fit), self._random.randint(0, 3)))
        if self._random.random() < _BAD:
            some.append(self._report())
        reports = [{"article": name, "number": number} for name, number in (first, *some)]
        ruling = {
            "id": f"@-ruling-{next(self._numbers)}",
            "ruling": self._random.choice(("link", "link", "separate")),
            "reports": reports,
            "reason": "Ruled.",
        }
        return {"do": "rule", "ruling": ruling}

    def _withdraw(self) -> Json:
        return {"do": "withdraw", "id": self._random.choice([*self._facts.judgements, "@-no-ruling"])}

    def _alias(self) -> Json:
        one, other = self._random.choice(_PUBLISHERS), self._random.choice((*_PUBLISHERS, "@ Agency"))
        return {"do": "alias", "alias": one, "publisher": other}

    def _unalias(self) -> Json:
        return {"do": "unalias", "alias": self._random.choice(_PUBLISHERS)}

    def _register(self) -> Json:
        number = next(self._numbers)
        if self._random.random() < 0.5:
            return {"do": "name", "code": self._random.choice(_ACTORS), "name": f"@ Alias {number}"}
        actor = {"code": f"@N{number}", "kind": "group", "name": f"@ Newcomer {number}"}
        return {"do": "register", "actor": actor}

    def _report(self) -> tuple[str, int]:
        """Return a reported event, standing or not; seldom one that never was."""
        name = self._random.choice(list(self._facts.papers))
        standing = list(self._facts.papers[name].stated)
        if standing and self._random.random() < 0.93:
            return name, self._random.choice(standing)
        return name, self._random.randint(1, self._facts.papers[name].last_number + 1)

    # What is written

    def _article(self, name: str | None = None) -> Json:
        day = self._day()
        if self._random.random() < 0.1:
            published = f"{day}T{self._random.choice(('01:30:00+05:00', '22:10:00-04:00', '12:00:00Z'))}"
        else:
            published = str(day + timedelta(days=self._random.choice((0, 1, 3, 10))))
        events: list[Json] = []
        for _ in range(self._random.choice((1, 1, 2, 3, 5))):
            events.append(self._event(events, day))
        made: Json = {
            "id": name or f"@-{next(self._numbers)}",
            "publisher": self._random.choice(_PUBLISHERS),
            "published": published,
            "events": events,
        }
        if self._random.random() < 0.2:
            made |= {"headline": "It says.", "language": "en"}
        if self._random.random() < _BAD:
            events[-1] = self._broken(events[-1])
        return made

    def _day(self) -> date:
        middle = self._random.choice(self._middles)
        return middle + timedelta(days=self._random.choice((0, 0, 1, 1, 2, 3, 7, self._random.randrange(200))))

    def _occurred(self, day: date) -> str:
        choice = self._random.random()
        if choice < 0.7:
            return str(day)
        if choice < 0.75:
            return f"{day}{self._random.choice('?~%')}"
        if choice < 0.8:
            part = self._random.choice(("21", "22", "23", "24", "34", "XX", f"{day.month:02}-XX"))
            year = f"{day.year - (part == '24')}-{part}"
            return self._random.choice((year, f"{day}/..", f"../{day}", f"{day.year // 10}X"))
        if choice < 0.9:
            first, last = day - timedelta(self._random.randrange(9)), day + timedelta(self._random.randrange(6))
            return f"{first}/{last}"
        return str(day)[: self._random.choice((4, 7, 7))]

    def _event(self, others: Sequence[Json], day: date | None = None) -> Json:
        kind = self._random.choice(_KINDS)
        day = day or self._day()
        event: Json = {
            "kind": kind,
            **self._sides(kind),
            "occurred": self._occurred(day - timedelta(days=self._random.choice((0, 0, 1)))),
        }
        event |= self._of_kind(kind)
        if kind == "agreement" and "source" in event and self._random.random() < 0.3:
            event["reciprocal"] = True
        refs = [other["ref"] for other in others if "ref" in other]
        if self._random.random() < 0.5:
            event["ref"] = f"r{next(self._numbers)}"
        if refs and self._random.random() < 0.6:
            event[self._random.choice(("part_of", "part_of", "same_as"))] = self._random.choice(refs)
        place = self._random.choice((None, None, "Idlib", "Saraqib", "IDLIB!"))
        return event | ({"summary": "It happened."} if place is None else {"place": place})

    def _of_kind(self, kind: str) -> Json:
        made: Json = {}
        if kind == "agreement" and self._random.random() < 0.75:
            made["agreement"] = f"@-deal-{self._random.randint(1, 3)}"
            if self._random.random() < 0.7:
                made["development"] = self._random.choice(list(TYPE_OF_DEVELOPMENT))
            if self._random.random() < 0.3:
                made["title"] = f"Title {next(self._numbers)}"
            if self._random.random() < 0.5:
                made["purpose"] = self._random.choice(("ceasefire", "ceasefire", "peace", "trade"))
        if kind == "alignment" and self._random.random() < 0.75:
            made["development"] = self._random.choice(("standing", "begun", "ended"))
        return made | self._of_type(kind) if kind in TYPES else made

    def _of_type(self, kind: str) -> Json:
        made: Json = {"type": self._random.choice(TYPES[kind])}
        fit = [
            code
            for code, plover in CAMEO.items()
            if plover in TYPES[kind] or (plover is None and kind == "statement")
        ]
        if fit and self._random.random() < 0.1:
            made = {"cameo": self._random.choice(fit)}
        if kind == "clash" and self._random.random() < 0.5:
            made["killed"] = self._random.choice((0, 1, 8, 40, 5000))
        if kind == "clash" and self._random.random() < 0.3:
            made["wounded"] = self._random.choice((0, 3, 100))
        if self._random.random() < 0.15:
            made["reciprocal"] = True
        return made

    def _sides(self, kind: str) -> Json:
        actors = self._random.sample(_ACTORS, 4)
        if kind == "agreement" and self._random.random() < 0.6:
            return {"parties": self._written(actors[: self._random.choice((2, 2, 3))])}
        sources = actors[: self._random.choice((1,) * 6 + (2,))]
        targets = actors[2 : self._random.choice((3,) * 6 + (4,))]
        made: Json = {"source": self._written(sources), "target": self._written(targets)}
        if self._random.random() < 0.04:
            made |= {"target": made["source"], "source_role": "MIL"}
        elif self._random.random() < 0.03:
            made |= {"target": [*made["target"], made["source"][0]], "target_role": "OPP"}
        return made

    def _written(self, codes: Sequence[str]) -> list[str]:
        if self._random.random() < 0.85:
            return list(codes)
        return [self._random.choice((f"@ capital {code[1:]}", f"the @ REALM, {code[1:]}")) for code in codes]

    def _changed(self, event: Json, others: Sequence[Json]) -> Json:
        """Return an event in which something is otherwise."""
        choice = self._random.random()
        if choice < 0.3:
            other = self._event(others)
            return other | ({"ref": event["ref"]} if "ref" in event and choice < 0.25 else {})
        if choice < 0.5:
            return event | {"occurred": self._occurred(self._day())}
        if choice < 0.7 and event["kind"] == "clash":
            return event | {"killed": self._random.randrange(300)}
        if choice < 0.85 and event["kind"] in TYPES and "cameo" not in event:
            return event | {"type": self._random.choice(TYPES[event["kind"]])}
        return event | {"summary": f"Reworded {next(self._numbers)}."}

    def _broken(self, event: Json) -> Json:
        wrong: Sequence[Json] = (
            {"source": ["@ Nobody"]},
            {"occurred": "2089-01-01"},
            {"part_of": "no-such-ref"},
            {"part_of": "me", "ref": "me"},
            {"killed": -1} if event["kind"] == "clash" else {"part_of": "no"},
            {"type": "AGREE"} if event["kind"] in TYPES else {"same_as": "no"},
        )
        broken = {**event, **self._random.choice(wrong)}
        if "part_of" in broken:
            broken.pop("same_as", None)
        if "source" in broken and "parties" in broken:
            broken = {**event, "part_of": "no"}
        return broken

    # Questions

    def _question(self) -> Json:
        kinds = (
            ("relation",) * 6
            + ("relations",) * 4
            + ("incidents",) * 3
            + ("tension", "explanation", "episodes", *_OTHERS)
        )
        asked: Json = {"ask": self._random.choice(kinds), "pair": sorted(self._random.sample(_ACTORS, 2))}
        if self._random.random() < 0.5:
            asked["known"] = self._random.choice([item["uid"] for item in self._items if "uid" in item])
        asked["as_of"] = str(self._day() + timedelta(days=self._random.choice((0, 0, 1, 5, 29, 30, 90, 400))))
        if self._random.random() < 0.1:
            del asked["as_of"]
        if asked["ask"] not in ("article", "rulings") and self._random.random() < 0.25:
            asked["published_by"] = str(self._day() + timedelta(days=self._random.choice((0, 1, 3, 10, 100))))
        return asked | self._details(asked["ask"])

    def _details(self, ask: str) -> Json:
        made: Json = {}
        if ask == "article":
            return {"article": self._random.choice([*self._facts.papers, "@-none"])}
        if ask in ("relation", "relations", "incidents", "tension", "episodes"):
            made = {"model": self._random.choice(_MODELS), "what_if": self._suppositions()}
            if made["model"] != "2026.2":
                made["what_if"] = [each for each in made["what_if"] if each.startswith("without")]
        if ask == "relations":
            made |= {"sort": self._random.choice(_SORTS), "limit": self._random.choice((2, 5, 1000))}
            made |= {"actor": self._random.choice(_ACTORS)}
            if self._random.random() < 0.2:
                made["min_tension"] = self._random.choice((1, 25, 50))
            if self._random.random() < 0.2:
                made["state"] = ["unknown", "strained", "neutral", "aligned"]
        if ask == "explanation":
            made = {"days": self._random.choice((0, 1, 7, 30, 100))}
        if ask == "tension":
            made |= {
                "interval": self._random.choice(("day", "week", "month")),
                "days": self._random.choice((0, 10, 70)),
            }
        if ask == "agreements":
            made = {"actors": self._random.sample(_ACTORS, self._random.choice((0, 1, 2)))}
        return made

    def _suppositions(self) -> list[str]:
        if self._random.random() < 0.7:
            return []
        choices: Sequence[Any] = (
            ["half_life_verbal:60"],
            ["spillover:0.5", "damping:0"],
            ["prior:20", "doubt:0.2"],
            ["high:40", "elevated:10", "hysteresis:0.5"],
            ["clash_window:3", "clashes_for_conflict:1", "trend_window:9", "usual_window:99"],
            ["without_publisher:@ wire"],
            ["without_publisher:@ Post", "without_publisher:@ agence ETE"],
            [f"without_article:{self._random.choice([*self._facts.papers, '@-none'])}"],
        )
        chosen: list[str] = self._random.choice(choices)
        return chosen


def make_history(seed: int, writes: int = 40) -> list[Json]:
    """Return the history of a seed."""
    return HistoryMaker(seed).make(writes)
