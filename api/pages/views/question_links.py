"""Links that keep a question: which day, what was known and published, which model, and what is supposed."""

from collections.abc import Collection
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request

from api.pages.addresses import path_segment
from projections.pairs import Pair
from projections.queries.question import Question
from projections.times import from_micros, to_date

#: The parameters by which a question is asked.
ASKED: Final = ("as_of", "known_at", "published_by", "model", "what_if")


def pair_path(pair: Pair) -> str:
    """Return the address of a pair's page."""
    return "/relations/" + "/".join(map(path_segment, pair))


def question_query(request: Request, **changed: Any) -> str:
    """Return the query of a request as far as it asks its question, `?` included, with some parameters changed.

    One that is changed to None is left out.
    """
    given = request.query_params.multi_items()
    kept = [(name, value) for name, value in given if name in ASKED and name not in changed]
    kept += [(name, str(value)) for name, value in changed.items() if value is not None]
    return f"?{urlencode(kept)}" if kept else ""


def kept_parameters(request: Request, but: Collection[str] = ASKED) -> list[tuple[str, str]]:
    """Return the parameters of a request that a form keeps: all but those that it has fields for."""
    return [(name, value) for name, value in request.query_params.multi_items() if name not in but]


def permalink(request: Request, answered: Question) -> str:
    """Return the address under which a page will show what it shows now.

    It fixes the day, what was known (by which the position of the log is fixed, too) and the model; `answered` is
    the question with the record time of its answer.
    """
    fixed = _fixed(answered)
    given = request.query_params.multi_items()
    kept = [(name, value) for name, value in given if name not in fixed and name != "min_position"]
    return str(request.url.replace(query=urlencode([*fixed.items(), *kept]), fragment=""))


def fixed_query(request: Request, answered: Question) -> str:
    """Return the query by which a permalink asks its question, `?` included, for a picture of the same."""
    return question_query(request, **_fixed(answered))


def _fixed(answered: Question) -> dict[str, str]:
    """Return the parameters that a permalink fixes."""
    fixed = {"as_of": to_date(answered.day).isoformat(), "model": answered.model.name}
    if answered.known_at is not None:
        fixed["known_at"] = from_micros(answered.known_at).isoformat().replace("+00:00", "Z")
    return fixed
