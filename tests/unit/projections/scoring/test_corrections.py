"""What incidents were corrected to: reports that were restated, and are in others since."""

from hypothesis import given
from hypothesis import strategies as st

from projections.scoring.corrections import (
    HeldReport,
    IncidentName,
    corrections_between,
    renamed_ids,
    split_by_place,
)
from projections.scoring.incidents import Claim, Incident, ids_by_place, incidents_of
from projections.scoring.models import DEFAULT_MODEL


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


# Places


PLACES = ("aleppo", "idlib", "saraqib")
claims = st.builds(
    Claim,
    st.sampled_from(["SYR>TUR:ASSAULT:1", "SYR>TUR:ASSAULT:2"]),
    *map(st.just, ("SYR", "TUR", False, "ASSAULT", 1, "clash")),
    st.sampled_from(["afp", "sana"]),
    *map(st.just, (None, None)),
    st.none() | st.sampled_from(PLACES),
    st.none() | st.sampled_from(["r1", "r2"]),
)


Told = list[tuple[int, Claim]]  # reports by their numbers


@given(st.lists(st.tuples(st.integers(1, 6), claims), max_size=6, unique_by=lambda told: told[0]), st.data())
def test_an_incident_has_one_id_on_both_sides_whichever_place_is_named_most(
    before: Told, data: st.DataObject
) -> None:
    kept = [told for told in before if data.draw(st.booleans())]
    more = data.draw(st.lists(st.tuples(st.integers(7, 9), claims), max_size=3, unique_by=lambda told: told[0]))
    were, are = (incidents_of([claim for _, claim in told], DEFAULT_MODEL) for told in (before, kept + more))
    renamed = renamed_ids(were.values(), are.values(), of(before), of(kept + more))
    ids = {id_: renamed.get(id_, id_) for id_ in were}
    assert len(set(ids.values())) == len(ids)
    assert all(old != new for old, new in renamed.items())
    at_place = {_where(incident): incident.id for incident in are.values()}
    still_told = {each.incident.id for each in of(before) if each.number in {number for number, _ in kept}}
    for old, new in ids.items():
        same_place = new in are and at_place.get(_where(were[old])) == new
        assert old in still_told or new not in are or same_place or None in (were[old].place, are[new].place)
    if split_by_place(were.values(), are.values()) == set():
        assert set(ids.values()) - are.keys() == were.keys() - are.keys()
    assert renamed_ids(are.values(), are.values(), of(kept + more), of(kept + more)) == {}


def of(told: Told) -> list[HeldReport]:
    """Return the reports with the incidents that they are in."""
    held: list[HeldReport] = []
    for plain in {claim.incident for _, claim in told}:
        mine = [(number, claim) for number, claim in told if claim.incident == plain]
        ids = ids_by_place(plain, [(claim.place, claim.joined) for _, claim in mine])
        held += [
            HeldReport(7, number, 1, IncidentName(id_, "SYR", "TUR", False, "ASSAULT", 1))
            for id_, (number, _) in zip(ids, mine, strict=True)
        ]
    return held


def _where(incident: Incident) -> tuple[str, str | None]:
    return incident.beside or incident.id, incident.place
