"""Model 2026.1 answers as it always did: what it said when it was the default is kept, and asked again.

`tests/fixtures/model-2026.1.json` has the answers of a version of which it was the default, to questions about the
seeds and the history below. Answers may have more fields today; those that are kept have the same values.
"""

import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from api.app import create_app
from api.running.settings import Settings
from tests.clock import Clock
from tests.e2e.app_client import AppClient, client_of
from tests.e2e.support import Json, answer

FIXTURE: Final = Path(__file__).parents[2] / "fixtures" / "model-2026.1.json"
_BEGIN: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)
_TODAY: Final = datetime(2026, 1, 20, 12, tzinfo=UTC)

#: Of the moment of asking, of another model, or of a page's end; and what may be worded otherwise.
_LEFT_OUT: Final = {
    *("position", "known_at", "known_from", "known_to", "next", "clash_risk", "clash_risk_model", "sentence"),
    *("reported_by", "reported_before", "tie_reported_by"),
}


def _clash(source: str, target: Any, occurred: str, **more: Any) -> Json:
    return {"kind": "clash", "type": "ASSAULT", "source": source, "target": target, "occurred": occurred, **more}


def _said(type_: str, source: str, target: Any, occurred: str, **more: Any) -> Json:
    return {"kind": "statement", "type": type_, "source": source, "target": target, "occurred": occurred, **more}


def _aid(source: str, target: str, occurred: str, **more: Any) -> Json:
    return {"kind": "cooperation", "type": "AID", "source": source, "target": target, "occurred": occurred, **more}


def _tie(source: str, target: str, occurred: str, development: str = "standing") -> Json:
    return {
        "kind": "alignment",
        "source": source,
        "target": target,
        "occurred": occurred,
        "development": development,
    }


def _truce(development: str, occurred: str, **sides: Any) -> Json:
    return {"kind": "agreement", "agreement": "truce", "development": development, "occurred": occurred, **sides}


def _article(name: str, publisher: str, published: str, *events: Json) -> Json:
    return {"id": name, "publisher": publisher, "published": published, "events": list(events)}


_WEEK: Final = _article(
    "week",
    "Northern Press",
    "2025-10-12",
    _clash("SYR", "TUR", "2025-10-03/2025-10-09", killed=13, ref="week", place="Idlib"),
    _clash("SYR", "TUR", "2025-10-04", killed=8, part_of="week", place="Saraqib"),
    _clash("TUR", "SYR", "2025-10-04", wounded=6, place="Idlib"),
    _clash("SYR-REB", ["RUS", "TUR"], "2025-09/2025-10", killed=2),
    _said("ACCUSE", "RUS", "TUR", "2025-10-08"),
    _said("CONSULT", "RUS", "TUR", "2025-10-09", reciprocal=True),
    _tie("NATO", "TUR", "1952"),
    _tie("IRN", "SYR", "2012"),
)
_TOLLS: Final = _article(
    "tolls",
    "Eastern Wire",
    "2025-10-13",
    _clash("SYR", "TUR", "2025-10-06", killed=33, place="idlib"),
    _clash("SYR", "TUR", "2025-10-06", killed=900, wounded=4, place="Hama"),
    _clash("SYR", "TUR", "2025-10-11", killed=5),
    _clash("TUR", "SYR", "2025-10-04", wounded=60, place="Afrin"),
    _truce("reached", "2025-10-12", parties=["RUS", "TUR"], title="A truce"),
    _said("THREATEN", "TUR", "SYR", "2025-10"),
    _said(None, "TUR", "IRN", "2025-10-10", cameo="010"),  # type: ignore[arg-type]
)
_THIRD: Final = _article(
    "third",
    "Southern Post",
    "2025-11-02",
    _clash("SYR", "TUR", "2025-10-06", killed=34),
    _clash("SYR", "TUR", "2025-10-10/2025-10-12", killed=4, place="Idlib"),
    _clash("SYR", "TUR", "2025-10", killed=33),
    _aid("RUS", "TUR", "2025-10-20"),
    _aid("TUR", "SYR-REB", "2025-10-20"),
    _truce("breached", "2025-10-25", source="TUR", target="RUS"),
    {"kind": "clash", "type": "COERCE", "source": "ISR", "target": "IRN", "occurred": "2025-10-28"},
    _tie("IRN", "SYR", "2025-10-30", "ended"),
)
_REVISED: Final = _article(
    "third",
    "Southern Post",
    "2025-11-02",
    _clash("SYR", "TUR", "2025-10-06", killed=34),
    _clash("SYR", "TUR", "2025-10-10/2025-10-12", killed=6, place="Idlib"),
    _clash("SYR", "TUR", "2025-10-27", killed=33),
    _aid("RUS", "TUR", "2025-10-20"),
    _truce("breached", "2025-10-25", source="TUR", target="RUS"),
    {"kind": "clash", "type": "COERCE", "source": "ISR", "target": "IRN", "occurred": "2025-10-28"},
    _tie("IRN", "SYR", "2025-10-30", "ended"),
)
_LATE: Final = _article(
    "late",
    "Northern Press Online",
    "2026-01-05",
    _clash("SYR", "TUR", "2025-10-06", killed=9, wounded=1),
    _clash("SYR", "TUR", "2025-12-30"),
    _clash("SYR", "TUR", "2026-01-02", place="Hama"),
    {"kind": "clash", "type": "MOBILIZE", "source": "TUR", "target": "SYR", "occurred": "2026-01-03"},
    _said("SUPPORT", "NATO", "TUR", "2026-01-04"),
    _truce("reaffirmed", "2026-01-01", parties=["RUS", "TUR"]),
    {"kind": "cooperation", "type": "COOPERATE", "source": "RUS", "target": "TUR", "occurred": "2026-01"},
)


def _ref(article: str, number: int) -> Json:
    return {"article": article, "number": number}


#: What is asked of the service, a day apart: method, path, body.
_ACTS: Final[list[tuple[str, str, Json | None]]] = [
    ("POST", "/v1/articles", _WEEK),
    ("POST", "/v1/articles", _TOLLS),
    ("POST", "/v1/articles", _THIRD),
    ("PUT", "/v1/articles/tolls/events/4", {"event": _clash("TUR", "SYR", "2025-10-04", wounded=16)}),
    ("DELETE", "/v1/articles/week/events/5", None),
    ("PUT", "/v1/articles/third", _REVISED),
    (
        "POST",
        "/v1/rulings",
        {
            "id": "one",
            "ruling": "link",
            "reports": [_ref("third", 9), _ref("tolls", 3)],
            "reason": "The same night.",
        },
    ),
    (
        "POST",
        "/v1/rulings",
        {"id": "two", "ruling": "separate", "reports": [_ref("tolls", 2)], "reason": "Another place."},
    ),
    ("POST", "/v1/articles", _LATE),
    (
        "POST",
        "/v1/publishers/aliases",
        {"alias": "Northern Press Online", "publisher": "Northern Press", "reason": "One newsroom."},
    ),
    ("DELETE", "/v1/rulings/one?reason=Two+nights+after+all.", None),
    ("POST", "/v1/articles", {**_LATE, "id": "again", "publisher": "Eastern Wire"}),
    ("DELETE", "/v1/articles/again", None),
]

_DAYS: Final = ("as_of=2025-10-15", "as_of=2025-12-15&known_at=2026-01-08", "as_of=2020-02-12", "as_of=2026-01-20")
_TENSION: Final = "/v1/relations/SYR/TUR/tension?interval=week&from=2025-09-15"
_QUESTIONS: Final = [
    *(
        f"/v1/relations/{pair}?{day}"
        for pair in ("SYR/TUR", "RUS/TUR", "NATO/SYR", "IRN/TUR")
        for day in (*_DAYS, "as_of=2025-10-15&known_at=2026-01-02")
    ),
    *(f"/v1/relations?sort=pair&{day}" for day in _DAYS),
    "/v1/relations?as_of=2025-11-20&state=open_conflict&state=hostile&state=strained",
    "/v1/relations?as_of=2025-11-20&actor=TUR&what_if=without_publisher:Eastern+Wire&what_if=prior:20",
    f"{_TENSION}&to=2026-01-20",
    f"{_TENSION}&to=2025-12-31&known_at=2026-01-03",
    "/v1/relations/RUS/TUR/tension?interval=month&from=2025-06-01&to=2026-01-20",
    *(f"/v1/relations/{pair}/episodes?as_of=2026-01-20&limit=4" for pair in ("SYR/TUR", "RUS/TUR", "NATO/SYR")),
    "/v1/relations/SYR/TUR/incidents?as_of=2025-11-01",
    "/v1/relations/SYR/TUR/incidents?as_of=2025-11-01&known_at=2026-01-03",
    "/v1/relations/IRN/TUR/incidents?as_of=2025-10-20",
    "/v1/relations/SYR/TUR/explanation?from=2025-10-05&to=2025-10-20&limit=2",
    "/v1/relations/SYR/TUR/explanation?to=2025-10-20&known_from=2026-01-02&known_to=2026-01-10&limit=2",
    "/v1/relations/RUS/TUR/explanation?from=2025-10-05&to=2025-12-20&known_from=2026-01-03&limit=2",
]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppClient]:
    """Return a client of a service with the seeds and the history, each act a day after the one before."""
    clock = Clock(_BEGIN)
    folder = tmp_path_factory.mktemp("first")
    settings = Settings(database_url=f"sqlite:///{folder}/one.db", seed=True, projector="none")
    with client_of(create_app(settings, clock)) as served:
        for number, (method, path, body) in enumerate(_ACTS):
            clock.now = _BEGIN + timedelta(days=number)
            answer(served.request(method, path, json=body))
        clock.now = _TODAY
        served.app.state.service.projector.catch_up()
        yield served


def test_model_2026_1_answers_as_it_did_when_it_was_the_default(client: AppClient) -> None:
    kept = json.loads(FIXTURE.read_text("utf-8"))
    assert list(kept) == _QUESTIONS
    for question, then in kept.items():
        now = answer(client.get(f"{question}&model=2026.1"))
        assert _differences(then, now) == [], question


def _differences(then: Any, now: Any, path: str = "") -> list[str]:
    """Return where an answer is not what was kept of it: fields that are new do not matter."""
    if isinstance(then, dict) and isinstance(now, dict):
        return [d for name in then for d in _differences(then[name], now.get(name), f"{path}/{name}")]
    if isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        pairs = enumerate(zip(then, now, strict=True))
        return [d for index, (a, b) in pairs for d in _differences(a, b, f"{path}/{index}")]
    if isinstance(then, float) and isinstance(now, int | float):
        return [] if math.isclose(then, now, rel_tol=1e-9, abs_tol=1e-9) else [f"{path}: {then} is now {now}"]
    return [] if then == now else [f"{path}: {then!r} is now {now!r}"]
