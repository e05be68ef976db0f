"""What a form sends, within bounds."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.problems import Problem
from api.pages.forms.form_data import MAX_FIELDS, FormData

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"))


@given(st.lists(st.tuples(TEXTS, TEXTS)))
def test_what_is_sent_is_read(fields: list[tuple[str, str]]) -> None:
    assert FormData.parse(urlencode(fields).encode()).fields == fields


def test_a_field_has_one_value_without_white_space_around_it() -> None:
    form = FormData.parse(b"a=+x%0D%0Ay+&b=1&b=2&c=&/events/0/source=RUS&/events/0/target=")
    assert form.one("a") == "x\ny"
    assert form.all("b") == ["1", "2"]
    assert (form.one("c"), form.one("d")) == ("", "")
    assert form.under("/events/0/") == {"source": "RUS", "target": ""}
    assert [name for name, _ in form.without("b", "c")] == ["a", "/events/0/source", "/events/0/target"]
    with pytest.raises(Problem, match="more than once"):
        form.one("b")


@pytest.mark.parametrize("body", [b"a=%FF", b"\xff=1", "a=ä".encode()])
def test_what_is_no_form_is_refused(body: bytes) -> None:
    with pytest.raises(Problem) as refused:
        FormData.parse(body)
    assert refused.value.details.type == "urn:detente:problem:malformed-form"


def test_a_form_has_so_many_fields() -> None:
    assert len(FormData.parse(b"&".join([b"a=1"] * MAX_FIELDS)).fields) == MAX_FIELDS
    with pytest.raises(Problem) as refused:
        FormData.parse(b"&" * MAX_FIELDS)
    assert refused.value.details.status == 413


def test_of_a_form_that_may_be_forged_no_button_counts() -> None:
    form = FormData([("do", "record")])
    assert form.action == ""
    form.genuine = True
    assert form.action == "record"
