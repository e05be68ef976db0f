"""What the page of a pair marks on its curve: incidents by kind, and agreements with their breaches."""

import pytest

from api.pages.views.pair import agreements_on_axis, first_of_each_score, mark_kind, marks_of
from projections.evidence.agreements import ClashIncident, Development, Status, entry_on, with_clashes
from projections.queries.agreements import AgreementHistory, ReportedDevelopment
from projections.scoring.incidents import Incident
from projections.scoring.pair_history import Contribution


def incident(type_: str | None, weight: float, direction: int = 0) -> Incident:
    return Incident("i", "RUS", "TUR", direction, type_, 18_000, True, 1, 1, None, None, weight)


@pytest.mark.parametrize(
    ("type_", "weight", "kind"),
    [
        ("ASSAULT", -4.5, "assault"),
        ("SANCTION", -3.0, "conflict_deed"),
        ("ACCUSE", -1.5, "conflict_word"),
        ("AID", 5.0, "cooperation_deed"),
        ("CONSULT", 1.2, "cooperation_word"),
    ],
)
def test_a_mark_tells_deeds_from_words_and_conflict_from_cooperation(type_: str, weight: float, kind: str) -> None:
    assert mark_kind(incident(type_, weight)) == kind


def test_of_tension_and_of_cooperation_the_heaviest_are_shown_even_if_those_of_one_outweigh_the_other() -> None:
    aid = [Contribution(incident("AID", 5.0), 5.0, 5.0, None, None) for _ in range(7)]
    fights = [Contribution(incident("ASSAULT", -4.5), -4.5, 1.0, None, None) for _ in range(6)]
    shown = first_of_each_score([*aid, *fights, Contribution(incident("AID", 0.0), 0.0, 0.0, None, None)])
    assert shown == [*fights[:5], *aid[:5]]
    assert first_of_each_score(fights[:1], 2) == fights[:1]


def test_a_mark_says_who_did_it_to_whom() -> None:
    (back, mutual) = marks_of([incident("ACCUSE", -1.5, 1), incident("CONSULT", 1.25, 2)])
    assert back == ["2019-04-14", "conflict_word", 1.5, "ACCUSE", "TUR → RUS"]
    assert mutual[-1] == "RUS–TUR"


def agreed(*developments: tuple[str, int], clashes: tuple[ClashIncident, ...] = ()) -> AgreementHistory:
    said = [
        Development(number, 1, "deal", name, day, "2020", ("RUS", "TUR"), "The deal", "ceasefire")
        for number, (name, day) in enumerate(developments)
    ]
    entry = entry_on(100, said)
    assert entry is not None
    reported = tuple(ReportedDevelopment(each, "a-1", None, None, "Reuters", "2020-01-01", ()) for each in said)
    return AgreementHistory(with_clashes(entry, clashes), reported, clashes)


def test_an_agreement_is_a_span_with_its_breaches() -> None:
    violated = agreed(("reached", 10), clashes=(ClashIncident(20, "x", ("RUS", "TUR")),))
    ended = agreed(("reached", 10), ("breached", 12), ("terminated", 30))
    first, second = agreements_on_axis([violated, ended], 100)
    assert (first.status, first.first, first.last, first.breaches) == (Status.VIOLATED, 10, 100, [20])
    assert (second.first, second.last, second.breaches) == (10, 30, [12])
