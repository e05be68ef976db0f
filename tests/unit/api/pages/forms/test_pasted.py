"""What is pasted: JSON and tables."""

import json

import pytest

from api.pages.forms.pasted import MOST_LINES, MOST_PASTED, articles_pasted
from api.parsing.json_bodies import MAX_VALUES
from domain.errors import InvalidFacts

ARTICLE = {"id": "a-1", "published": "2020-02-11", "events": []}
HEADER = ("id", "published", "publisher", "type", "date", "source", "target")
ROW = ("a-1", "2020-02-11", "AFP", "ACCUSE", "2020-02-03", "RUS", "TUR")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (json.dumps(ARTICLE, indent=1), 1),
        (json.dumps([ARTICLE, {**ARTICLE, "id": "[,]"}], indent=1), 2),
        (f"{json.dumps(ARTICLE)}\n\n{json.dumps(ARTICLE)}\n", 2),
        (f"\ufeff {json.dumps([ARTICLE])}", 1),
    ],
)
def test_json_is_one_article_a_list_or_one_a_line(text: str, count: int) -> None:
    found = articles_pasted(text)
    assert len(found) == count
    assert all(json.loads(each.body)["published"] == "2020-02-11" for each in found)


@pytest.mark.parametrize("separator", ["\t", ",", ";"])
def test_rows_of_one_article_are_one(separator: str) -> None:
    (found,) = articles_pasted("\n".join(separator.join(row) for row in (HEADER, ROW, ROW)))
    assert len(json.loads(found.body)["events"]) == 2
    assert found.problem is None


def test_what_is_wrong_with_a_row_names_its_line() -> None:
    wrong = (*ROW[:4], "3/2/2020", *ROW[5:])
    (found,) = articles_pasted("\n".join("\t".join(row) for row in (HEADER, ROW, wrong)))
    assert found.problem is not None
    assert "line 3" in found.problem.details.detail


@pytest.mark.parametrize("text", ["", "  ", "\ufeff", "[]", "{", "[{]", "x", "[" * 9999])
def test_what_is_neither_is_refused(text: str) -> None:
    with pytest.raises(InvalidFacts):
        articles_pasted(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("\n".join((",".join(HEADER), *[",".join(ROW)] * MOST_LINES)) + "\n", "too-many-lines"),
        (f"[{'{},' * MAX_VALUES}{{}}]", "too-many-values"),
        (f"[{'{},' * MOST_PASTED}{{}}]", "too-many-articles"),
    ],
    ids=["lines", "values", "articles"],
)
def test_what_costs_much_to_read_is_refused_at_once(text: str, code: str) -> None:
    with pytest.raises(InvalidFacts) as refused:
        articles_pasted(text)
    assert [fault.code for fault in refused.value.faults] == [code]
