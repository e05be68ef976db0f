"""A relation through the client says what the service says."""

from datetime import date, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
from detente_client import Client, Relation
from detente_client.errors import UnknownActorError

from tests.e2e.support import ActorFactory, article, clash, read
from tests.server import ServerClient


@pytest.fixture(scope="module")
def relation(idlib: Client) -> Relation:
    return idlib.relation("Russia", "Turkey")


def test_a_relation_is_what_the_service_answers(relation: Relation, sqlite_server: ServerClient) -> None:
    answered = read(sqlite_server, "/v1/relations/RUS/TUR", as_of="2020-03-06")
    assert relation.pair == ("RUS", "TUR")
    assert (relation.state, relation.since) == (answered["state"], date.fromisoformat(answered["since"]))
    assert (relation.tension, relation.cooperation) == (answered["tension"], answered["cooperation"])
    assert relation.summary == answered["summary"]
    assert relation.incident_count == answered["incidents"]


def test_its_incidents_add_up_to_its_tension(relation: Relation) -> None:
    incidents = list(relation.incidents())
    tension = sum(incident.contribution for incident in incidents if incident.weight < 0)
    assert tension == pytest.approx(relation.tension, rel=1e-12)
    assert incidents[0].reported_by[0].article.publisher == "Reuters"


def test_parts_of_an_explanation_add_up_to_its_change(relation: Relation) -> None:
    explanation = relation.explain("2020-02-01", date(2020, 3, 6))
    assert explanation.before.day == date(2020, 2, 1)
    assert sum(part.change for part in explanation.items) == pytest.approx(explanation.change)
    assert explanation.sentence.startswith("Tension between Russia and Turkey rose")


def test_episodes_and_the_risk(relation: Relation) -> None:
    latest = relation.episodes().first()
    assert latest is not None
    assert (latest.state, latest.last) == (relation.state, None)
    risk = relation.risk()
    assert risk.clash_risk == relation.clash_risk
    assert risk.constant + sum(share.share for share in risk.items) == pytest.approx(risk.hazard)


def test_pictures(relation: Relation) -> None:
    assert relation.picture("svg", interval="month").startswith(b"<svg")
    assert relation.picture("png", width=320).startswith(b"\x89PNG")


def test_a_name_that_nobody_has_is_an_error_with_candidates(idlib: Client) -> None:
    with pytest.raises(UnknownActorError) as refused:
        idlib.relation("Russia", "Turky")
    assert "TUR" in refused.value.candidates
    assert refused.value.codes == {"unknown-actor"}
    assert refused.value.request_id


def test_an_instant_without_its_offset_is_refused(client: Client) -> None:
    with pytest.raises(ValueError, match="known_at is an instant without an offset"):
        client.at(known_at=datetime(2020, 1, 1, 12))  # noqa: DTZ001  # that is the point


def test_a_citation_leads_to_the_same_answer(idlib: Client, relation: Relation) -> None:
    citation = idlib.cite(relation)
    assert "Russia and Turkey: strained cooperation, tension 35.9" in str(citation)
    assert citation.url.startswith(f"{idlib.base_url.rstrip('/')}/relations/RUS/TUR?as_of=2020-03-06&known_at=")


def test_what_is_cited_can_be_had_again_however_the_log_has_grown(
    client: Client, sqlite_server: ServerClient
) -> None:
    pair = ActorFactory(sqlite_server).pair()
    client.post(article(clash(*pair, occurred="2020-01-10")))
    then = client.at(as_of="2020-03-06", published_by="2020-03-06").relation(
        *pair, what_if=["half_life_verbal:60"]
    )
    cited = client.cite(then)
    client.post(article(clash(*pair, occurred="2020-01-11", killed=100)))

    address = urlsplit(cited.url)
    asked = dict(parse_qsl(address.query))
    again = read(sqlite_server, f"{address.path}.json", **asked, min_position=str(client.position))
    assert (again["tension"], again["cited_position"]) == (then.tension, then.position)
    assert again["position"] > then.position
    assert asked.keys() == {"as_of", "known_at", "published_by", "model", "what_if"}
    supposed = [asked.pop("what_if")]
    same = client.at(**asked)  # as somebody does who has the citation
    assert str(same.cite(same.relation(*pair, what_if=supposed))) == str(cited)
    assert f"log up to position {then.position}, as published by 2020-03-06, as known at" in str(cited)


def test_a_citation_is_of_two(idlib: Client) -> None:
    assert str(idlib.cite("Russia", "TUR")) == str(idlib.cite(idlib.relation("RUS", "TUR")))
    with pytest.raises(ValueError, match="name both"):
        idlib.cite("Russia")


def test_a_question_that_is_fixed_changes_no_other_client(client: Client) -> None:
    then = client.at(as_of="2020-02-11", model="2026.1")
    assert client.question.as_of is None
    assert then.at(as_of=date(2020, 3, 1)).question.model == "2026.1"
    assert then.relation("RUS", "TUR").model == "2026.1"


class TestInANotebook:
    def test_a_relation_is_its_sentence_and_its_curve(self, relation: Relation) -> None:
        shown = relation._repr_html_()
        assert "strained and cooperative at once" in shown
        assert shown.count("<polyline") >= 2
