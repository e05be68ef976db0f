"""What a form says of a reason, and of what becomes of an article that is recorded."""

from typing import Any

import pytest

from api.http.problems import Problem
from api.pages.forms.form_data import FormData
from api.pages.views.writing.article_form import _Attempt, _outcome, reason_of
from domain.errors import ChangedMeanwhile, InvalidFacts
from domain.posting import OnConflict

NOBODY: Any = None


def codes(refused: pytest.ExceptionInfo[InvalidFacts]) -> list[str]:
    return [fault.code for fault in refused.value.faults]


@pytest.mark.parametrize(("given", "expected"), [("", None), ("  a typing error ", "a typing error")])
def test_a_reason_is_a_text_or_none(given: str, expected: str | None) -> None:
    assert reason_of(FormData([("reason", given)])) == expected


@pytest.mark.parametrize("given", ["x" * 501, "not \0 a text"])
def test_what_is_no_reason_is_refused(given: str) -> None:
    with pytest.raises(InvalidFacts) as refused:
        reason_of(FormData([("reason", given)]))
    assert codes(refused) == ["bad-text"]


def test_what_has_to_have_a_reason_is_refused_without_one() -> None:
    with pytest.raises(InvalidFacts):
        reason_of(FormData([("reason", " ")]), required=True)


def test_a_reason_is_kept_with_a_revision_alone() -> None:
    because = ("reason", "because")
    with pytest.raises(InvalidFacts) as refused:
        _Attempt(NOBODY, NOBODY, FormData([because])).rule()
    assert codes(refused) == ["no-revision"]
    rule = _Attempt(NOBODY, NOBODY, FormData([because, ("on_conflict", "revise")])).rule()
    assert (rule.on_conflict, rule.reason) == (OnConflict.REVISE, "because")
    assert _Attempt(NOBODY, NOBODY, FormData([])).rule().on_conflict is OnConflict.REFUSE


def test_what_one_of_several_articles_is_refused_for_is_a_problem() -> None:
    with pytest.raises(Problem) as refused:
        _outcome(ChangedMeanwhile("others are changing it"))
    assert refused.value.details.status == 503
