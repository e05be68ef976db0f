"""What an event says, by the rules that the documentation gives: a part of the model.

Written from docs/how-to/code-an-article.md and docs/reference/scoring.md alone. It imports nothing of the code
that it is held to.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final, NamedTuple

Json = dict[str, Any]
Pair = tuple[str, str, bool]  # source, target, whether it is mutual
Report = tuple[str, int]  # an article's id, and the number of an event in it

INTENSITY: Final = {
    "CONSULT": 2.5,
    "SUPPORT": 5.0,
    "REQUEST": 0.0,
    "ACCUSE": -3.0,
    "REJECT": -2.0,
    "THREATEN": -3.5,
    "CONCEDE": 4.5,
    "AGREE": 2.5,
    "COOPERATE": 9.5,
    "AID": 10.0,
    "RETREAT": 6.5,
    "PROTEST": -5.0,
    "SANCTION": -6.0,
    "MOBILIZE": -5.5,
    "COERCE": -7.0,
    "ASSAULT": -9.0,
}
TYPES: Final = {
    "statement": ("CONSULT", "SUPPORT", "REQUEST", "ACCUSE", "REJECT", "THREATEN", "CONCEDE"),
    "clash": ("PROTEST", "SANCTION", "MOBILIZE", "COERCE", "ASSAULT"),
    "cooperation": ("COOPERATE", "AID", "RETREAT"),
}
TYPE_OF_DEVELOPMENT: Final = {
    "reached": "AGREE",
    "reaffirmed": "AGREE",
    "implemented": "AGREE",
    "breached": "REJECT",
    "suspended": "REJECT",
    "terminated": "REJECT",
    "expired": None,
}
CAMEO: Final = {"010": None, "020": None, "112": "ACCUSE", "130": "THREATEN", "190": "ASSAULT", "0871": "RETREAT"}


#: Seasons and quarters: the month in which each begins, and how many months it has.
_PARTS_OF_A_YEAR: Final = {
    21: (3, 3),
    22: (6, 3),
    23: (9, 3),
    24: (12, 3),
    33: (1, 3),
    34: (4, 3),
    35: (7, 3),
    36: (10, 3),
}


def folded(name: str) -> str:
    """Return a name as names are compared: its words, without case, accents and punctuation."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", plain.casefold()))


def folded_publisher(name: str) -> str:
    """Return a publisher's name as publishers are compared: of a URL or a host, the host without its edition."""
    found = re.fullmatch(r"(?:\w+://)?((?:[\w-]+\.)+[a-z]{2,})(?::\d+)?(?:/.*)?", name.lower())
    labels = found[1].split(".") if found else []
    while len(labels) > 2 and labels[0] in ("www", "m", "mobile", "amp", "wap"):
        del labels[0]
    return folded(".".join(labels) or name)


def folded_name(name: str) -> str:
    """Return an actor's name as such names are compared: a leading "the" does not count either."""
    return folded(name).removeprefix("the ")


def span_of(occurred: str, published: date) -> tuple[date, date]:
    """Return the first and the last day of an EDTF date; an open end is the day of publication."""
    first, _, last = occurred.partition("/")
    if first == "..":
        return _span(last)
    if last == "..":
        return _span(first)[0], published
    return _span(first)[0], _span(last or first)[1]


def _span(text: str) -> tuple[date, date]:
    year, month, day = [*text.rstrip("?~%").split("-"), "XX", "XX"][:3]
    if day != "XX":
        return (date(int(year), int(month), int(day)),) * 2
    if month == "XX":
        return date(int(year.replace("X", "0")), 1, 1), date(int(year.replace("X", "9")), 12, 31)
    begins, months = _PARTS_OF_A_YEAR.get(int(month), (int(month), 1))
    ends = begins + months  # counted from the January of the year
    return date(int(year), begins, 1), date(int(year) + (ends - 1) // 12, (ends - 1) % 12 + 1, 1) - timedelta(
        days=1
    )


def published_day(published: str) -> date:
    """Return the day, UTC, on which an article was published."""
    if len(published) == len("2020-01-01"):
        return date.fromisoformat(published)
    return datetime.fromisoformat(published).astimezone(UTC).date()


def day_of(event: Json, header: Json) -> date:
    """Return the day from which a reported event counts."""
    published = published_day(header["published"])
    first, last = span_of(event["occurred"], published)
    return min(first + timedelta(days=(last - first).days // 2), published)


def pairs_of(event: Json) -> list[tuple[str, str, bool]]:
    """Return the pairs of an event, who first; the third says whether it is mutual, and then they are in order."""
    if "parties" in event:
        parties = sorted(event["parties"])
        return [(one, other, True) for one in parties for other in parties if one < other]
    sides = [(s, t) for s in event["source"] for t in event["target"] if s != t]
    if event.get("reciprocal"):
        return [(one, other, True) for one, other in sorted({(min(side), max(side)) for side in sides})]
    return [(source, target, False) for source, target in sides]


def type_of(event: Json) -> str | None:
    """Return the type that an event weighs as."""
    if event["kind"] == "agreement":
        return TYPE_OF_DEVELOPMENT[event.get("development", "reached")]
    found: str | None = event.get("type")
    return found


def is_hostile(event: Json) -> bool:
    """Return whether an event's intensity is below 0."""
    return INTENSITY.get(type_of(event) or "", 0.0) < 0


def alike(one: Json, other: Json) -> bool:
    """Return whether two events are of one kind and sign."""
    return bool(one["kind"] == other["kind"]) and is_hostile(one) == is_hostile(other)


def link_of(event: Json) -> str | None:
    """Return the `ref` of the event that an event is a part of, or another telling of."""
    found: str | None = event.get("part_of", event.get("same_as"))
    return found


def matching(pair: Pair, others: Iterable[Pair]) -> list[Pair]:
    """Return those pairs that are the same, in the same direction, or in either if one of the two is mutual."""
    source, target, mutual = pair
    return [
        other
        for other in others
        if {source, target} == set(other[:2]) and (mutual or other[2] or (source, target) == other[:2])
    ]


# How precisely something is dated


class Dated(NamedTuple):
    """When something counts from: of two dates the lesser is more precise, or else earlier."""

    covers: int
    unsure: bool
    day: date


def precision_of(occurred: str, published: date) -> tuple[int, bool]:
    """Return how many days a date counts as, and whether it is marked as uncertain or approximate."""
    unsure = any(mark in occurred for mark in "?~%")
    if occurred.startswith(("..", "/")):
        return 10_000_000, unsure
    if "/" in occurred:
        first, last = span_of(occurred, max(published, _span(occurred.partition("/")[0])[1]))
        return (last - first).days + 1, unsure
    year, *rest = occurred.rstrip("?~%").split("-")
    if "X" in year:
        return {1: 3660, 2: 36600}[year.count("X")], unsure
    if not rest or rest[0] == "XX":
        return 366, unsure
    if len(rest) == 2 and rest[1] != "XX":
        return 1, unsure
    return 31 * (_PARTS_OF_A_YEAR[int(rest[0])][1] if int(rest[0]) > 12 else 1), unsure


# Agreements


_STATUS: Final = {
    "reached": "in_force",
    "reaffirmed": "in_force",
    "implemented": "in_force",
    "breached": "breached",
    "suspended": "suspended",
    "terminated": "terminated",
    "expired": "expired",
}


class Development(NamedTuple):
    """What a report says of an agreement or a tie: in the order in which it counts, and which report says it."""

    day: date
    order: tuple[int, int]
    report: Report
    event: Json


def agreement_of(id: str, developments: Sequence[Development], clashes: Sequence[tuple[Pair, date]]) -> Json:
    """Return how an agreement stands, by its developments and the clashes that there were."""
    said = [each.event for each in developments]
    statuses = [_STATUS[event["development"]] for event in said]
    begins = max(n for n in range(len(statuses)) if n == 0 or statuses[n] != statuses[n - 1])
    actors = {actor for event in said for side in ("parties", "source", "target") for actor in event.get(side, ())}
    titles = [event["title"] for event in said if "title" in event]
    purpose = next((event["purpose"] for event in said if "purpose" in event), None)
    affirmed = {developments[begins].day: said[begins]["occurred"]}  # the days since which it is to be kept
    for each in developments[begins:]:
        if each.event["development"] in ("reached", "reaffirmed"):
            affirmed.setdefault(each.day, each.event["occurred"])
    among = [day for pair, day in clashes if set(pair[:2]) <= actors]
    if statuses[-1] != "in_force" or purpose not in ("ceasefire", "peace"):
        among = []
    against = [day for day in among if day > max(affirmed)]
    status_since = said[begins]["occurred"]
    for one, other in pairwise(affirmed):
        if any(one < day < other for day in among):
            status_since = affirmed[other]
    return {
        "id": id,
        "title": titles[0] if titles else None,
        "purpose": purpose,
        "parties": sorted(actors),
        "status": "violated" if against else statuses[-1],
        "since": said[0]["occurred"],
        "status_since": str(against[0]) if against else status_since,
        "clashes": len(against),
        "violated_by": [{"day": str(day)} for day in against[:10]],
        "developments": [
            (each.event["development"], str(each.day), each.event["occurred"], *each.report)
            for each in developments
        ],
    }
