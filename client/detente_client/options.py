"""What the clients may be asked with: filters of lists, and how a client is made."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal, TypedDict

import httpx

from detente_client.answers.incidents import NamedReport, SuggestedRuling
from detente_client.question import Day, day_text

USER_AGENT: Final = "detente-client"
_CONNECT: Final = 5.0  # seconds: a host that does not answer by then is not there

State = Literal[
    "unknown", "aligned", "open_conflict", "hostile", "strained_cooperation", "strained", "cooperative", "cordial",
    "neutral",
]  # fmt: skip
RelationSort = Literal["-tension", "tension", "-cooperation", "cooperation", "-incidents", "incidents", "pair"]
OnConflict = Literal["refuse", "revise"]
RulingKind = Literal["link", "separate"]
Report = tuple[str, int] | Mapping[str, Any] | NamedReport


class RelationFilters(TypedDict, total=False):
    """Which relations: with an actor, in some states, at least as tense, with words in names, in a region."""

    actor: str
    state: State | Sequence[State]
    min_tension: float
    q: str
    region: str
    regions: bool
    sort: RelationSort
    what_if: Sequence[str]


class IncidentFilters(TypedDict, total=False):
    """Which incidents: of an actor or of two, of types, between days, of a publisher, at a place, with words."""

    actor: str | Sequence[str]
    type: str | Sequence[str]
    start: Day
    end: Day
    publisher: str
    place: str
    text: str


class AgreementFilters(TypedDict, total=False):
    """Which agreements: of an actor (several: of all), in a status."""

    actor: str | Sequence[str]
    status: str


def incident_parameters(filters: Mapping[str, Any]) -> dict[str, Any]:
    """Return filters of incidents by the names that the service has for them."""
    rest = {name: value for name, value in filters.items() if name not in ("start", "end")}
    return {
        **rest,
        "from_": day_text(filters.get("start"), "start"),
        "to": day_text(filters.get("end"), "end"),
    }


def named_reports(reports: Iterable[Report] | SuggestedRuling) -> list[dict[str, Any]]:
    """Return reported events as the body of a ruling names them."""
    listed = reports.reports if isinstance(reports, SuggestedRuling) else reports
    return [_named(report) for report in listed]


def _named(report: Report) -> dict[str, Any]:
    if isinstance(report, NamedReport):
        return {"article": report.article, "number": report.number}
    if isinstance(report, Mapping):
        return dict(report)
    if isinstance(report, str) or len(report) != 2:  # an id and a number
        raise ValueError(f"{report!r} is no reported event: give (article id, number)")
    article, number = report
    return {"article": article, "number": number}


def http_settings(base_url: str, key: str | None, recorded_by: str | None, timeout: float) -> dict[str, Any]:
    """Return how connections are made. Raises `ValueError` for what is no address of a service."""
    url = httpx.URL(base_url)
    if url.scheme not in ("http", "https") or not url.host or url.query or url.fragment:
        raise ValueError(f"{base_url!r} is no address of a service: give one such as http://127.0.0.1:8000")
    headers = {"User-Agent": USER_AGENT}
    if key is not None:
        headers["Authorization"] = f"Bearer {key}"
    if recorded_by is not None:
        headers["X-Recorded-By"] = recorded_by
    return {
        "base_url": url,
        "headers": headers,
        "timeout": httpx.Timeout(timeout, connect=min(timeout, _CONNECT)),
        "follow_redirects": False,
    }
