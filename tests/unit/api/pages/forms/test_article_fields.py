"""The fields of a form, and the article that they are."""

import json

import pytest

from api.http.problems import from_faults
from api.pages.forms.article_fields import (
    ONE_EVENT,
    article_body,
    errors_by_field,
    event_body,
    event_fields,
    number_of_events,
    without_event,
)
from api.pages.forms.form_data import FormData
from domain.errors import Fault, InvalidFacts

EVENT = {
    "kind": "clash",
    "type": "ASSAULT",
    "source": ["SYR", "RUS"],
    "target": ["TUR"],
    "reciprocal": True,
    "occurred": "2020-02-03",
    "killed": 0,
    "summary": "a; b\nc",
}


def test_an_event_is_the_same_behind_a_form() -> None:
    form = FormData(event_fields(EVENT, ONE_EVENT))
    assert form.one("/event/source") == "SYR; RUS"
    assert event_body(form) == EVENT


def test_an_article_is_what_its_fields_say() -> None:
    fields = [("/id", "a-1"), ("/url", ""), *event_fields(EVENT, "/events/0/"), ("/events/1/source", "RUS")]
    body = json.loads(article_body(FormData(fields)))
    assert body["id"] == "a-1"
    assert "url" not in body
    assert body["events"] == [EVENT, {"source": ["RUS"], "kind": "statement"}]


def test_what_is_wrong_names_its_field() -> None:
    fields = [("/events/0/source", "RUS"), ("/events/1/killed", "1.000"), ("/events/1/reciprocal", "perhaps")]
    with pytest.raises(InvalidFacts) as refused:
        article_body(FormData(fields))
    assert [fault.path for fault in refused.value.faults] == [
        ("events", 1, "killed"),
        ("events", 1, "reciprocal"),
    ]


def test_errors_stand_at_the_nearest_field_that_is_shown() -> None:
    faults = [Fault(("events", 0, "source", 1), "unknown-actor", "who?"), Fault(("other",), "x", "what?")]
    names = ["/events/0/source", "/events/0/target"]
    assert errors_by_field(from_faults(faults).details, names) == {"/events/0/source": ["who?"], "": ["what?"]}
    assert errors_by_field(None, names) == {}


def test_the_events_behind_one_that_goes_move_up() -> None:
    form = FormData([(f"/events/{index}/place", str(index)) for index in range(3)])
    left = FormData(without_event(form, 1))
    assert number_of_events(left) == 2
    assert left.fields == [("/events/0/place", "0"), ("/events/1/place", "2")]
    assert number_of_events(FormData([("/events/9999/place", "x")])) == 60
