"""Rows of a table of events: what each cell means, and what is refused with what would be right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.parsing.event_tables import article_of_row, column_of, guarded, unguarded
from domain.errors import InvalidFacts


def refused(**cells: str) -> tuple[tuple[str | int, ...], str, str]:
    with pytest.raises(InvalidFacts) as error:
        article_of_row({"source": "RUS", "target": "TUR", **cells})
    (fault,) = error.value.faults
    return fault.path, fault.code, fault.detail


@pytest.mark.parametrize(
    ("cell", "right"), [("1,200", "write 1200"), ("12.0", "write 12"), ("about 12", "write digits alone")]
)
def test_a_count_that_is_none_is_refused_with_what_would_be_right(cell: str, right: str) -> None:
    path, code, detail = refused(killed=cell)
    assert (path, code) == (("killed",), "not-a-count")
    assert right in detail


def test_a_flag_is_yes_or_no() -> None:
    found = article_of_row({"reciprocal": "Yes", "source": "RUS", "target": "TUR"})
    assert found["events"][0]["reciprocal"] is True
    assert refused(reciprocal="perhaps")[:2] == (("reciprocal",), "not-a-flag")


@pytest.mark.parametrize(
    ("cell", "said"), [("3/2/2020", "may be 2020-02-03 or 2020-03-02"), ("31/2/2020", "not in the order")]
)
def test_a_day_that_no_date_of_the_table_tells_is_refused(cell: str, said: str) -> None:
    path, code, detail = refused(occurred=cell)
    assert (path, code) == (("occurred",), "not-a-date")
    assert said in detail


def test_a_cameo_code_that_may_have_lost_its_zero_is_refused() -> None:
    path, code, detail = refused(cameo="20")
    assert (path, code) == (("cameo",), "contradictory-codes")
    assert "200, or 020" in detail
    assert refused(cameo="19", kind="Statement")[1] == "contradictory-codes"
    for said in ({"type": "ASSAULT"}, {"kind": "clash"}):
        assert (
            article_of_row({"source": "RUS", "target": "TUR", "cameo": "20", **said})["events"][0]["cameo"] == "20"
        )


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ({"kind": "Clash", "type": "assault"}, "clash"),
        ({"type": "assault"}, "clash"),
        ({"cameo": "190"}, "clash"),
        ({"cameo": "999"}, "statement"),
        ({"agreement": "idlib-dmz-2018"}, "agreement"),
        ({"purpose": "ceasefire"}, "agreement"),
        ({}, "statement"),
    ],
)
def test_a_kind_that_is_not_given_follows(cells: dict[str, str], kind: str) -> None:
    assert article_of_row({"source": "RUS", "target": "TUR", **cells})["events"][0]["kind"] == kind


def test_a_column_is_known_by_its_name_or_refused_with_one_that_is_like_it() -> None:
    assert column_of("source") == "source"
    with pytest.raises(InvalidFacts) as error:
        column_of("sorce")
    assert "source" in error.value.faults[0].detail


@given(st.text("a'=-;\" \n\tNA"))
def test_a_text_in_a_cell_is_read_as_it_was(text: str) -> None:
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize(
    ("text", "cell"),
    [("=SUM(A1)", "'=SUM(A1)"), ("he; -x", "he; '-x"), ("NA", "'NA"), ("'NA", "''NA"), ("a-b", "a-b")],
)
def test_what_is_taken_for_a_formula_or_for_nothing_has_an_apostrophe_before_it(text: str, cell: str) -> None:
    assert guarded(text) == cell
