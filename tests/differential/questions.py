"""Each kind of question, and what the model answers to it."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final

from tests.differential.asking import WHOLE, Question, pages_of
from tests.differential.events import Json
from tests.differential.facts import Facts, Paper
from tests.differential.incidents import Happening, Reports
from tests.differential.intervals import check_interval
from tests.differential.run import Mismatch, Played, differ, standing_of
from tests.differential.scores import Standing


def ask(played: Played, asked: Json) -> None:
    """Ask the server and the model, and fail if they differ."""
    known = played.known(asked.get("known"))
    if known is None:
        return
    played.tally.questions += 1
    _KINDS[asked["ask"]](Question(played, asked, known))


# Relations


_OF_A_CEASEFIRE: Final = ("agreement", "title", "status", "clashes", "violated_by")


def _relation_fields(standing: Standing, a: str, b: str, day: date) -> Json:
    scores = standing.scores(a, b, day)
    runs = standing.runs(a, b, day)
    state = runs[-1][0] if runs else "unknown"
    return {
        "pair": [a, b],
        "as_of": str(day),
        "state": state,
        "since": str(runs[-1][1]) if runs else None,
        "tension": scores.tension,
        "cooperation": scores.cooperation,
        "conflict_pressure": scores.conflict,
        "cooperation_pressure": scores.cooperating,
        "spillover_pressure": scores.spillover,
        "directed": standing.directed(a, b, day),
        "incidents": len(standing.own(a, b, day)),
        "effective_incidents": standing.effective(a, b, day),
        "publishers": standing.reports.reporting(a, b, day),
        "clash_risk": standing.clash_risk(a, b, day),
        "ceasefire": _ceasefires(standing, a, b, day),
        **_context_fields(standing, a, b, day, state),
    }


def _ceasefires(standing: Standing, a: str, b: str, day: date) -> list[Json]:
    return [
        {
            "agreement": each["id"],
            **{name: each[name] for name in ("title", "status", "clashes", "violated_by")},
        }
        for each in standing.reports.agreements(day)
        if {a, b} <= set(each["parties"])
        and each["purpose"] == "ceasefire"
        and each["status"] in ("in_force", "violated")
    ]


def _context_fields(standing: Standing, a: str, b: str, day: date, state: str) -> Json:
    clash = max((one.day for one in standing.own(a, b, day) if one.type == "ASSAULT"), default=None)
    is_known = state not in ("unknown", "aligned")
    trend, change, news = standing.trend(a, b, day) if is_known else (None, None, None)
    return {
        "trend": trend,
        "trend_change": change,
        "new_pressure": news,
        "usual": standing.usual(a, b, day) if is_known else None,
        "last_clash": {"day": str(clash)} if clash else None,
        "quiet_days": (day - clash).days if clash else None,
    }


def _relation(question: Question) -> None:
    standing = question.standing()
    if standing is None:
        question.get(question.path, 422, **question.of_relations)
        return
    got = question.get(question.path, **question.of_relations)
    a, b, day = question.a, question.b, question.day
    expected = _relation_fields(standing, a, b, day)
    in_force = [
        each["id"]
        for each in standing.reports.agreements(day)
        if {a, b} <= set(each["parties"]) and each["status"] in ("in_force", "violated")
    ]
    differ(
        {
            **expected,
            "agreements_in_force": in_force,
            "model": question.model,
        },
        got,
    )
    if len(got["what_if"] or ()) != len(question.what_if):
        raise Mismatch(f"what_if: {question.what_if} expected, {got['what_if']} found")
    check_interval(standing, standing.bearing(a, b, day), got)


_SORT: Final[Mapping[str, Callable[[Json], Any]]] = {
    "tension": lambda item: item["tension"],
    "cooperation": lambda item: item["cooperation"],
    "incidents": lambda item: item["incidents"],
    "pair": lambda item: item["pair"],
}


def _relations(question: Question) -> None:
    asked, standing = question.asked, question.standing()
    filters = {name: asked[name] for name in ("actor", "state", "min_tension", "sort") if name in asked}
    if standing is None:
        question.get("/v1/relations", 422, **question.of_relations, **filters)
        return
    got = list(pages_of(question, "/v1/relations", asked["limit"], **question.of_relations, **filters))
    every = [
        _relation_fields(standing, *pair, question.day)
        for pair in standing.pairs(question.day)
        if asked["actor"] in pair
    ]
    expected = [
        item
        for item in every
        if item["tension"] >= asked.get("min_tension", 0) and item["state"] in asked.get("state", [item["state"]])
    ]
    by_pair = {tuple(item["pair"]): item for item in got}
    differ(sorted(item["pair"] for item in expected), sorted(item["pair"] for item in got), "pairs")
    for item in expected:
        differ(item, by_pair[tuple(item["pair"])], str(item["pair"]))
        check_interval(
            standing,
            standing.bearing(item["pair"][0], item["pair"][1], question.day),
            by_pair[tuple(item["pair"])],
        )
    key = _SORT[asked["sort"].removeprefix("-")]
    if [key(item) for item in got] != sorted((key(item) for item in got), reverse=asked["sort"][0] == "-"):
        raise Mismatch(f"not sorted by {asked['sort']}: {[key(item) for item in got]}")


def _incidents(question: Question) -> None:
    standing = question.standing()
    if standing is None:
        question.get(f"{question.path}/incidents", 422, **question.of_relations)
        return
    got = list(pages_of(question, f"{question.path}/incidents", 1000, **question.of_relations))
    a, b, day = question.a, question.b, question.day
    bearing, scores = standing.bearing(a, b, day), standing.scores(a, b, day)
    heads = sum(2.0**-each.half_lives for each in bearing)
    expected = {
        (_reports_of(each.incident), each.via, each.patron, each.incident.id): {
            **_incident_fields(each.incident),
            "weight": each.weight,
            "contribution": standing.contribution(each, scores, heads),
        }
        for each in bearing
    }
    found = {(_reports_by(item), item["via"], item["patron"], _without_digits(item["id"])): item for item in got}
    if expected.keys() != found.keys() or len(found) != len(got):
        raise Mismatch(
            f"only expected: {expected.keys() - found.keys()}\nonly found: {found.keys() - expected.keys()}"
        )
    for key, fields in expected.items():
        differ(fields, found[key], str(key))
        _check_reports(standing.reports, found[key])
    points = [abs(item["contribution"]) for item in got]
    if points != sorted(points, reverse=True):
        raise Mismatch(f"not the largest contribution first: {points}")


def _incident_fields(incident: Happening) -> Json:
    source, target, mutual = incident.pair
    return {
        "source": source,
        "target": target,
        "reciprocal": mutual,
        "type": incident.type,
        "day": str(incident.day),
        "publishers": len(incident.publishers),
        "reports": len(incident.reports),
        "killed": incident.killed,
        "killed_range": _range(incident.figures("killed")),
        "wounded": incident.wounded,
        "wounded_range": _range(incident.figures("wounded")),
        "disputed": any(
            max(incident.figures(of), default=0) > 2 * (toll or 0)
            for of, toll in (("killed", incident.killed), ("wounded", incident.wounded))
        ),
    }


def _range(figures: list[int]) -> list[int] | None:
    return [figures[0], figures[-1]] if figures else None


def _reports_of(incident: Happening) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(incident.reports))


def _reports_by(item: Json) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((each["article"]["id"], each["number"]) for each in item["reported_by"]))


def _without_digits(id: str) -> str:
    before, mark, _ = id.partition("#")
    return before + mark


def _check_reports(reports: Reports, item: Json) -> None:
    for each in item["reported_by"]:
        paper = reports.paper(each["article"]["id"])
        header = {name: paper.header[name] for name in ("url", "headline", "publisher")}
        differ(header, each["article"], "reported_by")
        stated = paper.stated[each["number"]]
        differ(_as_read(stated.event), each["event"], "reported_by/event")
        differ(reports.ruling_on((each["article"]["id"], each["number"])), each["ruling"], "ruling")


# Over time


def _tension(question: Question) -> None:
    asked, standing = question.asked, question.standing()
    interval, first = asked["interval"], question.day - timedelta(days=asked["days"])
    parameters = {**question.of_relations, "interval": interval, "from": str(first)}
    if standing is None:
        question.get(f"{question.path}/tension", 422, **parameters)
        return
    got = question.get(f"{question.path}/tension", **parameters)["items"]
    days = [first + timedelta(days=n) for n in range(asked["days"] + 1)]
    ends = [day for day in days if day == days[-1] or _ends(day, interval)]
    expected, begins = [], first
    runs = standing.runs(question.a, question.b, question.day)
    for end in ends:
        scores = standing.scores(question.a, question.b, end)
        within = [day for day in days if begins <= day <= end]
        expected.append(
            {
                "day": str(end),
                "model": question.model,
                "state": next((state for state, since in runs[::-1] if since <= end), "unknown"),
                "tension": scores.tension,
                "cooperation": scores.cooperation,
                "conflict_pressure": scores.conflict,
                "cooperation_pressure": scores.cooperating,
                "spillover_pressure": scores.spillover,
                "peak": max(standing.scores(question.a, question.b, day).tension for day in within),
                "ceasefire": _ceasefires(standing, question.a, question.b, end),
            }
        )
        begins = end + timedelta(days=1)
    expected[-1] |= _context_fields(standing, question.a, question.b, ends[-1], expected[-1]["state"])
    differ(expected, got, "tension")


def _ends(day: date, interval: str) -> bool:
    if interval == "month":
        return (day + timedelta(days=1)).day == 1
    return interval == "day" or day.isoweekday() == 7


def _explanation(question: Question) -> None:
    first = question.day - timedelta(days=question.asked["days"])
    got = question.get(f"{question.path}/explanation", days={"from": str(first), "to": str(question.day)})
    standing = standing_of(question.facts, published_by=question.published_by)
    for side, day in (("before", first), ("after", question.day)):
        differ(standing.scores(question.a, question.b, day).tension, got[side]["tension"], side)
    differ(got["after"]["tension"] - got["before"]["tension"], got["change"], "change")
    differ(sum((part["change"] for part in got["items"]), 0.0), got["change"], "sum of the parts")


def _episodes(question: Question) -> None:
    standing = question.standing()
    if standing is None:
        question.get(f"{question.path}/episodes", 422, **question.of_relations)
        return
    got = question.get(f"{question.path}/episodes", **question.of_relations, limit=WHOLE)["items"]
    runs = standing.runs(question.a, question.b, question.day)
    ends = [str(after - timedelta(days=1)) for _, after in runs[1:]] + [None]
    expected = [
        {"state": state, "first": str(first), "last": last}
        for (state, first), last in zip(runs, ends, strict=False)
    ]
    differ(expected[::-1], got, "episodes")


# Others


def _agreements(question: Question) -> None:
    actors = question.asked["actors"]
    parameters = {"as_of": str(question.day), "actor": actors} if actors else {"as_of": str(question.day)}
    got = list(pages_of(question, "/v1/agreements", 2 if actors else WHOLE, **parameters))
    every = standing_of(question.facts, published_by=question.published_by).reports.agreements(question.day)
    expected = [each for each in every if set(actors) <= set(each["parties"])]
    ours = {each["agreement"] for each in _agreements_named(question.played.facts)}
    found = [
        {
            **item,
            "developments": [
                (each["development"], each["day"], each["occurred"], each["article"]["id"], each["number"])
                for each in item["developments"]
            ],
        }
        for item in got
        if item["id"] in ours
    ]
    differ(expected, found, "agreements")
    for each in expected[:2]:
        differ(each["status"], question.get(f"/v1/agreements/{each['id']}", as_of=str(question.day))["status"])


def _agreements_named(facts: Facts) -> Iterator[Json]:
    """Yield the events that name an agreement, those of the past too."""
    for write in facts.log:
        articles = [write["article"]] if "article" in write else []
        for event in [event for article in articles for event in article["events"]] + [write.get("event", {})]:
            if "agreement" in event:
                yield event


def _article(question: Question) -> None:
    name = question.asked["article"]
    paper = question.facts.papers.get(name)
    if paper is None:
        question.get(f"/v1/articles/{name}", 404)
        return
    got = question.get(f"/v1/articles/{name}")
    differ(_article_fields(name, paper), got, "article")
    for each in got["events"]:
        differ(_as_read(paper.stated[each["number"]].event), each["event"], "event")


def _article_fields(name: str, paper: Paper) -> Json:
    header = {name: value for name, value in paper.header.items() if name != "published"}
    return {
        "id": name,
        **header,
        "retracted": paper.retracted,
        "events": [{"number": n} for n in sorted(paper.stated)],
    }


def _as_read(event: Json) -> Json:
    return {name: value for name, value in event.items() if name != "type" or value is not None}


def _rulings(question: Question) -> None:
    ids = list(question.facts.judgements)
    got = [item for item in question.get("/v1/rulings", limit=WHOLE)["items"] if item["id"] in ids]
    expected = [
        {
            "id": name,
            "ruling": each.ruling,
            "reports": [{"article": article, "number": number} for article, number in each.reports],
            "reason": each.reason,
        }
        for name, each in question.facts.judgements.items()
    ]
    differ(expected[::-1], got, "rulings")
    differ(
        [not each.withdrawn for each in question.facts.judgements.values()][::-1],
        [item["withdrawal"] is None for item in got],
    )


_KINDS: Final[Mapping[str, Callable[[Question], None]]] = {
    "relation": _relation,
    "relations": _relations,
    "incidents": _incidents,
    "tension": _tension,
    "explanation": _explanation,
    "episodes": _episodes,
    "agreements": _agreements,
    "article": _article,
    "rulings": _rulings,
}
