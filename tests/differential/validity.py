"""Which events an article may report, by the documented rules: a part of the model."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from tests.differential.events import CAMEO, TYPES, Json, link_of, published_day, span_of, type_of


def event_faults(event: Json) -> set[str]:
    """Fill in what follows from what an event says; return what is wrong with it."""
    faults = _type_faults(event)
    roles = event.keys() & {"source_role", "target_role", "cameo"}
    if not roles and set(event.get("source", ())) & set(event.get("target", ())):
        faults.add("equal-actors")
    if len(event.get("parties", "ab")) < 2:
        faults.add("no-actors")
    if "part_of" in event and "same_as" in event:
        faults.add("part-or-same")
    if not 0 <= event.get("killed", 0) <= 10_000_000:
        faults.add("absurd-casualties")
    return faults


def _type_faults(event: Json) -> set[str]:
    kind = event["kind"]
    if kind == "alignment":
        event.update(type="SUPPORT", development=event.get("development", "standing"))
        return set()
    if kind == "agreement":
        if "agreement" in event:
            event.setdefault("development", "reached")
        known = "agreement" in event or not event.keys() & {"development", "title", "purpose"}
        event["type"] = type_of(event)
        return set() if known else {"no-agreement"}
    coded = CAMEO[event["cameo"]] if "cameo" in event else None
    if event.get("type") is None:
        event["type"] = coded
    faults = {"cameo-differs"} if "cameo" in event and event["type"] != coded else set()
    if event["type"] is None:
        return faults if kind == "statement" and "cameo" in event else {"no-type"}
    return faults if event["type"] in TYPES[kind] else faults | {"type-not-of-kind"}


def too_late(events: Iterable[Json], header: Json) -> set[str]:
    published = published_day(header["published"])
    latest = published + timedelta(days=1)
    begun = [each["occurred"] for each in events if not each["occurred"].startswith(("../", "/"))]
    return {"after-publication" for occurred in begun if span_of(occurred, published)[0] > latest}


def bad_links(events: Sequence[Json], looked_at: Sequence[Json]) -> set[str]:
    refs = [event["ref"] for event in events if "ref" in event]
    if len(set(refs)) < len(refs):
        return {"repeated-ref"}
    by_ref = {event["ref"]: event for event in events if "ref" in event}
    if any(link_of(event) not in (None, *by_ref) for event in looked_at):
        return {"dangling-link"}
    return {"circular-link"} if any(_leads_back(event, by_ref) for event in events) else set()


def _leads_back(event: Json, by_ref: Mapping[str, Json]) -> bool:
    seen, link = set[str](), link_of(event)
    while link is not None and link in by_ref and link not in seen:
        seen.add(link)
        link = link_of(by_ref[link])
    return link in seen
