"""What incidents were corrected to: reports that were restated, and are in others since."""

from projections.scoring.corrections import HeldReport, IncidentName, corrections_between


def named(source: str, target: str, type_: str = "ASSAULT", day: int = 1) -> IncidentName:
    return IncidentName(f"{source}>{target}:{type_}:{day}", source, target, False, type_, day)


def held(version: int, *incidents: IncidentName, number: int = 1) -> list[HeldReport]:
    return [HeldReport(7, number, version, incident) for incident in incidents]


SYR_TUR, SYR_IRN, RUS_TUR, RUS_IRN = (named(s, t) for s in ("SYR", "RUS") for t in ("TUR", "IRN"))


def test_a_restated_report_was_corrected_from_what_it_left_to_what_it_joined() -> None:
    found = corrections_between(held(2, SYR_TUR), held(3, SYR_IRN))
    assert found.to == {SYR_TUR.id: (SYR_IRN,)}
    assert found.from_ == {SYR_IRN.id: (SYR_TUR,)}


def test_each_pair_of_an_event_of_many_has_its_own_counterpart() -> None:
    found = corrections_between(held(2, SYR_TUR, SYR_IRN), held(3, RUS_TUR, RUS_IRN))
    assert found.to == {SYR_TUR.id: (RUS_TUR,), SYR_IRN.id: (RUS_IRN,)}
    assert found.from_ == {RUS_TUR.id: (SYR_TUR,), RUS_IRN.id: (SYR_IRN,)}


def test_what_was_left_out_or_added_is_corrected_to_or_from_what_the_report_says_besides() -> None:
    both, one = held(2, SYR_TUR, SYR_IRN), held(3, SYR_TUR)
    assert corrections_between(both, one).to == {SYR_IRN.id: (SYR_TUR,)}
    assert corrections_between(held(2, SYR_TUR), held(3, SYR_TUR, SYR_IRN)).from_ == {SYR_IRN.id: (SYR_TUR,)}


def test_several_reports_of_one_incident_name_the_same_once() -> None:
    before = held(2, SYR_TUR) + held(2, SYR_TUR, number=2)
    after = held(4, RUS_TUR) + held(5, RUS_TUR, number=2)
    assert corrections_between(before, after).to == {SYR_TUR.id: (RUS_TUR,)}


def test_nothing_is_corrected_by_a_ruling_a_retraction_or_another_toll() -> None:
    for before, after in [
        (held(2, SYR_TUR), held(2, SYR_IRN)),
        (held(2, SYR_TUR), []),
        ([], held(2, SYR_TUR)),
        (held(2, SYR_TUR), held(3, SYR_TUR)),
    ]:
        found = corrections_between(before, after)
        assert not found.to
        assert not found.from_
