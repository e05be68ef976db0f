"""What a form says of what becomes of an article that is recorded."""

from typing import Any

import pytest

from api.http.problems import Problem
from api.pages.forms.article_form import _Attempt, _outcome
from api.pages.forms.form_data import FormData
from domain.errors import ChangedMeanwhile, InvalidFacts
from domain.posting import OnConflict

NOBODY: Any = None


def codes(refused: pytest.ExceptionInfo[InvalidFacts]) -> list[str]:
    return [fault.code for fault in refused.value.faults]


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
