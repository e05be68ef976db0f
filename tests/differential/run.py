"""Plays a history against a server and against the model at once, and says where the two differ."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from math import isclose
from typing import Any, Final
from urllib.parse import quote

import httpx

from tests.differential.events import Json
from tests.differential.facts import Facts, Outcome
from tests.differential.incidents import FIRST_RULES, Reports
from tests.differential.scores import MODELS, Standing

_RELATIVE: Final = 1e-9
_ABSOLUTE: Final = 1e-9


class Mismatch(AssertionError):
    """The server and the model differ, in what is named by `about`."""

    def __init__(self, message: str, about: str = "", item: int = 0) -> None:
        super().__init__(message)
        self.about = about or re.split(r"[:\d]", message)[0]
        self.item = item


def differ(expected: Any, got: Any, where: str = "") -> None:
    """Fail unless an answer holds what is expected; fields that nobody expects may be there too."""
    if isinstance(expected, Mapping):
        for name, value in expected.items():
            differ(value, got.get(name), f"{where}/{name}")
    elif isinstance(expected, list | tuple):
        if len(expected) != len(got):
            raise Mismatch(
                f"{where}: {len(expected)} expected, {len(got)} found\n  {expected}\n  {got}", _field(where)
            )
        for n, (one, other) in enumerate(zip(expected, got, strict=True)):
            differ(one, other, f"{where}/{n}")
    elif isinstance(expected, float) and isinstance(got, int | float):
        if not isclose(expected, got, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE):
            raise Mismatch(f"{where}: {expected!r} expected, {got!r} found", _field(where))
    elif expected != got:
        raise Mismatch(f"{where}: {expected!r} expected, {got!r} found", _field(where))


def _field(where: str) -> str:
    """Return the name of the field, or the list, that a place is in."""
    return next((name for name in reversed(where.split("/")) if not name.isdigit()), where)


@dataclass
class Tally:
    """How much was put to the test."""

    histories: int = 0
    writes: int = 0
    refused: int = 0
    questions: int = 0

    def as_dict(self) -> Mapping[str, int]:
        """Return the figures by their names."""
        return dict(vars(self))

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(one + more for one, more in zip(vars(self).values(), vars(other).values(), strict=True)))


@dataclass
class Known:
    """What is known at a moment: the facts, and the instant by which the server knows them; null for now."""

    facts: Facts
    instant: str | None


@dataclass
class Played:
    """What a run has written so far, and what the server said of it."""

    client: httpx.Client
    writes: list[Json] = field(default_factory=list)  # those that changed something
    positions: list[int] = field(default_factory=list)
    uids: list[int] = field(default_factory=list)
    facts: Facts = field(default_factory=Facts)
    tally: Tally = field(default_factory=lambda: Tally(histories=1))
    _instants: dict[int, str] = field(default_factory=dict)
    _read: int = 0

    @property
    def position(self) -> int:
        """The log's last position that is this run's."""
        return self.positions[-1] if self.positions else 0

    # Writing

    def write(self, item: Json) -> None:
        """Send a write, and take it in; fail if its answer is not what the model says."""
        before = self._log_position()
        lines = [{"do": "post", "article": each} for each in item["articles"]] if item["do"] == "batch" else [item]
        headers = {"X-Recorded-By": item["by"]} if "by" in item else {}
        response = _REQUESTS[item["do"]](self.client, item, headers)
        results: Sequence[tuple[int, Json]]
        if item["do"] == "batch":
            each = [json.loads(line) for line in response.text.splitlines()]
            results = [(result["status"], result.get("problem", result)) for result in each]
        else:
            results = [(response.status_code, response.json())]
        if len(results) != len(lines):
            raise Mismatch(f"{len(lines)} lines, {len(results)} results")
        for line, (status, body) in zip(lines, results, strict=True):
            self._take_in(line, status, body, item["uid"])
        if not any(body.get("changed") for _, body in results) and self._log_position() != before:
            raise Mismatch("a write that changed nothing is in the log")

    def _take_in(self, line: Json, status: int, body: Json, uid: int) -> None:
        outcome = self.facts.write(line)
        self.tally.writes += 1
        self.tally.refused += status >= 400
        answered = Outcome(status, body.get("changed", False), _why(status, body))
        # Of several things that are wrong each may be told or not: what is looked at last needs the others right.
        some = answered.why & outcome.why
        if status == 404 and outcome.status == 422 and line["id"] not in self.facts.papers:
            return  # whether it is there is looked at before what is wrong with it
        if status == 409 and outcome.status == 422 and line.get("article", {}).get("id") in self.facts.papers:
            return  # that it is recorded otherwise, or was retracted, is told before what is wrong with it
        if replace(answered, why=outcome.why) != outcome or (outcome.why and not some):
            raise Mismatch(f"{outcome} expected, {answered} found: {json.dumps(body)[:2000]}")
        if outcome.changed:
            self.writes.append(line)
            self.positions.append(body["position"])
            self.uids.append(uid)

    def _log_position(self) -> int:
        return int(self.client.get("/v1/events", params={"limit": 1}).json()["position"])

    def rebuild(self, rebuild: Callable[[], None]) -> None:
        """Have the projections made anew; fail unless all relations are the same to the last digit."""
        days: Sequence[Json] = ({}, {"as_of": "2012-06-01"})
        lists = [{"limit": 1000, "min_position": self.position, **of} for of in days]
        before = [self.client.get("/v1/relations", params=of).json() for of in lists]
        rebuild()
        if [self.client.get("/v1/relations", params=of).json() for of in lists] != before:
            raise Mismatch("relations are others after a rebuild")

    # Asking

    def known(self, uid: int | None) -> Known | None:
        """Return what was known once an item was through; null if nothing was, or at no instant of its own."""
        if uid is None:
            return Known(Facts.of(self.writes), None)
        count = sum(each <= uid for each in self.uids)
        if count == 0:
            return None
        instant = self._instant(self.positions[count - 1])
        if count < len(self.positions) and self._instant(self.positions[count]) <= instant:
            return None
        return Known(Facts.of(self.writes[:count]), instant)

    def _instant(self, position: int) -> str:
        while position not in self._instants:
            page = self.client.get("/v1/events", params={"after": self._read, "limit": 1000}).json()
            self._instants |= {each["position"]: each["recorded"] for each in page["items"]}
            self._read = page["last"]
        return self._instants[position]


def _why(status: int, body: Json) -> frozenset[str]:
    if status < 400:
        return frozenset()
    if status == 422:
        return frozenset(error["code"] for error in body["errors"])
    return frozenset({body["type"].rpartition(":")[2]})


def _sender(
    method: str, path: Callable[[Json], str], body: Callable[[Json], Any]
) -> Callable[..., httpx.Response]:
    def send(client: httpx.Client, item: Json, headers: Mapping[str, str]) -> httpx.Response:
        return client.request(method, path(item), json=body(item), headers=headers)

    return send


def _send_batch(client: httpx.Client, item: Json, headers: Mapping[str, str]) -> httpx.Response:
    content = "\n".join(json.dumps(each) for each in item["articles"])
    return client.post(
        "/v1/articles/batch", content=content, headers={**headers, "content-type": "application/x-ndjson"}
    )


_REQUESTS: Final[Mapping[str, Callable[..., httpx.Response]]] = {
    "post": _sender("POST", lambda _: "/v1/articles", lambda item: item["article"]),
    "dry-run": _sender("POST", lambda _: "/v1/articles?dry_run=true", lambda item: item["article"]),
    "batch": _send_batch,
    "revise": _sender("PUT", lambda item: f"/v1/articles/{item['id']}", lambda item: item["article"]),
    "retract": _sender("DELETE", lambda item: f"/v1/articles/{item['id']}?reason=Wrong", lambda _: None),
    "correct": _sender(
        "PUT",
        lambda item: f"/v1/articles/{item['id']}/events/{item['number']}",
        lambda item: {"event": item["event"]},
    ),
    "retract-event": _sender(
        "DELETE", lambda item: f"/v1/articles/{item['id']}/events/{item['number']}", lambda _: None
    ),
    "rule": _sender("POST", lambda _: "/v1/rulings", lambda item: item["ruling"]),
    "withdraw": _sender("DELETE", lambda item: f"/v1/rulings/{item['id']}?reason=Wrong", lambda _: None),
    "alias": _sender(
        "POST",
        lambda _: "/v1/publishers/aliases",
        lambda item: {"alias": item["alias"], "publisher": item["publisher"]},
    ),
    "unalias": _sender(
        "DELETE", lambda item: f"/v1/publishers/aliases/{quote(item['alias'], safe='')}", lambda _: None
    ),
    "register": _sender("POST", lambda _: "/v1/actors", lambda item: item["actor"]),
    "name": _sender("POST", lambda item: f"/v1/actors/{item['code']}/names", lambda item: {"name": item["name"]}),
}


def standing_of(
    facts: Facts, model: str = "2026.2", what_if: Iterable[str] = (), published_by: date = date.max
) -> Standing:
    """Return how actors stand by some facts, under a model and what is supposed, and was published by a day."""
    supposed: dict[str, list[str]] = {}
    for each in what_if:
        name, _, value = each.partition(":")
        supposed.setdefault(name, []).append(value)
    publishers, articles = (supposed.pop(f"without_{kind}", []) for kind in ("publisher", "article"))
    constants = {**MODELS[model], **{name: float(values[0]) for name, values in supposed.items()}}
    reports = Reports(facts, publishers, articles, published_by, precise=model not in FIRST_RULES)
    return Standing(reports, model, constants)
