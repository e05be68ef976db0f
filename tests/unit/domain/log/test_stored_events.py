"""History can be read: every domain event class, in each form in which it was ever stored.

The files in `stored_events/` are what is on people's disks. A form is added when a class's version is raised, and
none is ever changed or deleted; only what it `reads_as` may follow the class.
"""

import json
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from eventsourcing.persistence import JSONTranscoder, MapperDeserialisationError, StoredEvent
from eventsourcing.utils import TopicError

import domain.actors
import domain.administration.deletions
import domain.administration.imports
import domain.articles
import domain.publishers.alias
import domain.redactions
import domain.rulings  # the modules that define domain events
from domain.events import EVENT_CLASSES, DomainEvent
from domain.free_text import DELIVERY_REASONS
from domain.log.mapper import EventMapper
from domain.log.recorders.record_time import KEY

_FILES = sorted((Path(__file__).parent / "stored_events").glob("*.json"))
_MAPPER = EventMapper(JSONTranscoder())
_COLUMNS = ("originator_id", "originator_version")


def stored(topic: str, state: object) -> StoredEvent:
    return StoredEvent(UUID(int=1), 2, topic, json.dumps(state).encode())


def shown(event: object) -> Any:
    fields = {name: value for name, value in vars(event).items() if name not in _COLUMNS}
    return json.loads(msgspec.json.encode(fields))


@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.stem)
def test_what_was_ever_stored_can_be_read(file: Path) -> None:
    form = json.loads(file.read_text("utf-8"))
    assert shown(_MAPPER.to_domain_event(stored(form["topic"], form["stored"]))) == form["reads_as"]


@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.stem)
def test_what_is_read_is_stored_in_the_current_form(file: Path) -> None:
    form = json.loads(file.read_text("utf-8"))
    event = _MAPPER.to_domain_event(stored(form["topic"], form["stored"]))
    assert _MAPPER.to_domain_event(_MAPPER.to_stored_event(event)) == event


@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.stem)
def test_what_is_stored_begins_with_its_instant_which_is_given_when_it_is_recorded(file: Path) -> None:
    form = json.loads(file.read_text("utf-8"))
    event = _MAPPER.to_domain_event(stored(form["topic"], form["stored"]))
    assert _MAPPER.to_stored_event(event).state.startswith(KEY)


def test_every_form_of_every_class_is_kept() -> None:
    kept = {file.stem for file in _FILES}
    forms = {
        f"{topic.removeprefix('detente.')}.v{version}"
        for topic, event_class in EVENT_CLASSES.items()
        for version in range(1, event_class.class_version + 1)
    }
    assert kept == forms
    assert {event_class.__module__ for event_class in EVENT_CLASSES.values()} == {
        domain.actors.__name__,
        domain.articles.__name__,
        domain.administration.deletions.__name__,
        domain.administration.imports.__name__,
        domain.publishers.alias.__name__,
        domain.redactions.__name__,
        domain.rulings.__name__,
    }


@pytest.mark.parametrize("topic", ["report-corrected", "report-retracted", "article-revised"])
@pytest.mark.parametrize("reason", [*sorted(DELIVERY_REASONS), "I say otherwise now", None])
def test_in_the_first_version_the_reason_told_whose_word_a_change_was(topic: str, reason: str | None) -> None:
    (form,) = (json.loads(file.read_text("utf-8")) for file in _FILES if file.stem == f"{topic}.v1")
    event: Any = _MAPPER.to_domain_event(stored(form["topic"], form["stored"] | {"reason": reason}))
    assert event.delivered is (True if reason in DELIVERY_REASONS else None)


class Renamed(DomainEvent):
    """A class that has been changed twice: a field got another name, then another was added."""

    TOPIC = "test.renamed"
    class_version = 3
    new_name: str
    added: int

    @staticmethod
    def upcast_v1_v2(state: dict[str, Any]) -> None:
        state["new_name"] = state.pop("old_name")

    @staticmethod
    def upcast_v2_v3(state: dict[str, Any]) -> None:
        state["added"] = 0


del EVENT_CLASSES[Renamed.TOPIC]  # it is not one of the project's


@pytest.mark.parametrize(
    "state",
    [{"old_name": "x"}, {"new_name": "x", "class_version": 2}, {"new_name": "x", "added": 0, "class_version": 3}],
)
def test_an_older_version_is_brought_up_to_date(state: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EVENT_CLASSES, Renamed.TOPIC, Renamed)
    common = {"timestamp": "2026-01-01T12:00:00Z", "recorded_by": "ann"}
    event = _MAPPER.to_domain_event(stored("test.renamed", common | state))
    assert isinstance(event, Renamed)
    assert (event.new_name, event.added) == ("x", 0)
    assert json.loads(_MAPPER.to_stored_event(event).state)["class_version"] == 3


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"timestamp": "then", "recorded_by": "ann", "number": 1},
        {"timestamp": "2026-01-01T12:00:00Z", "recorded_by": "ann", "number": "one"},
        [],
    ],
)
def test_a_state_that_is_not_what_its_class_describes_is_refused(state: object) -> None:
    with pytest.raises(MapperDeserialisationError, match=r"detente\.report-retracted 2 of"):
        _MAPPER.to_domain_event(stored("detente.report-retracted", state))


def test_a_state_that_is_nested_too_deeply_is_refused() -> None:
    deep = b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}"
    with pytest.raises(MapperDeserialisationError):
        _MAPPER.to_domain_event(StoredEvent(UUID(int=1), 2, "detente.report-retracted", deep))


@pytest.mark.parametrize("topic", ["detente.war-declared", "", ":x", ".", "..x", "os:system", "this"])
def test_a_topic_that_no_class_has_is_refused_and_imports_nothing(topic: str) -> None:
    before = set(sys.modules)
    with pytest.raises(TopicError):
        _MAPPER.to_domain_event(stored(topic, {}))
    assert set(sys.modules) == before
