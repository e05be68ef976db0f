"""Articles that are previewed together: each as if those before it were recorded."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from api.pages.forms import previews as module
from api.pages.forms.article_form import ArticleForm, try_form
from api.pages.forms.form_data import FormData
from api.running.service import Service
from domain.actors import ActorKind, RegisterActor
from domain.events import Provenance
from tests.language import BY_ANN, clash, post


def pasted(service: Service, articles: Sequence[dict[str, Any]], **fields: str) -> ArticleForm:
    """Return what the form shows of articles that were pasted."""
    by = Provenance("ann", service.clock())
    return try_form(
        service, by, FormData([("pasted", json.dumps(articles)), ("do", "check"), *fields.items()], genuine=True)
    )


def sent(article_id: str, publisher: str, *days: str) -> dict[str, Any]:
    """Return an article with a clash on each of some days."""
    event = {"kind": "clash", "type": "ASSAULT", "source": ["SYR"], "target": ["TUR"], "killed": 8}
    events = [{**event, "occurred": day} for day in days]
    return {"id": article_id, "publisher": publisher, "published": "2020-02-11", "events": events}


@pytest.fixture
def recorded(service: Service) -> Service:
    """Return a service with two actors, and an article that reports a clash."""
    for code in ("SYR", "TUR"):
        service.log.register_actor(RegisterActor(code, ActorKind.STATE, code, (), BY_ANN))
    service.log.post_article(post("a-1", clash(killed=8)))
    service.projector.catch_up()
    return service


def test_an_article_joins_what_one_before_it_makes(recorded: Service) -> None:
    first, second, third = pasted(
        recorded,
        [sent("b-1", "AFP", "2020-02-10"), sent("b-2", "BBC", "2020-02-10"), sent("b-3", "TASS", "2020-02-11")],
    ).previews

    assert first.incidents[1][0].others == []
    assert [each.article_id for each in second.incidents[1][0].others] == ["b-1"]
    assert third.incidents[1][0].others == []
    assert not second.may_be_one
    (alike,) = third.may_be_one or ()
    told = [by.article.id for incident in alike.incidents for by in incident.reported_by]
    assert told == ["b-1", "b-2", "b-3"]
    assert first.shown
    assert second.shown
    (one,), (other,) = first.shown.effects.relations, second.shown.effects.relations
    assert other.before == one.after
    assert other.moved > 0


def test_an_article_that_comes_twice_is_what_it_was_before(recorded: Service) -> None:
    twice = [sent("b-1", "AFP", "2020-02-10"), sent("b-1", "AFP", "2020-02-10", "2020-02-03")]

    first, refused = pasted(recorded, twice).previews
    assert first.problem is None
    assert refused.problem is not None
    assert refused.problem.status == 409

    first, again, same = pasted(recorded, [*twice, twice[1]], on_conflict="revise").previews
    assert [each.understood and each.understood.outcome.value for each in (first, again, same)] == [
        "recorded",
        "revised",
        "unchanged",
    ]
    assert [each.article_id for each in again.incidents[2][0].others] == ["a-1"]


def test_what_a_revised_article_said_counts_no_longer(recorded: Service) -> None:
    revised = [sent("a-1", "Reuters", "2020-02-09"), sent("b-1", "AFP", "2020-02-03")]

    _, found = pasted(recorded, revised, on_conflict="revise").previews

    assert found.incidents[1][0].others == []


def test_of_many_it_is_worked_out_what_the_first_change(
    recorded: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_TOLD", (5, 3))
    monkeypatch.setattr(module, "_COMPARED", (2, 9))
    days = ["2020-02-10", "2020-02-11"]

    found = pasted(recorded, [sent(f"b-{number}", "AFP", *days) for number in range(3)]).previews

    assert [each.shown is not None for each in found] == [True, False, False]
    assert [each.may_be_one is not None for each in found] == [True, True, False]
    assert [len(each.incidents[1][0].others) for each in found] == [0, 1, 2]
