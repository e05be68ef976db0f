"""Incidents on a map: each is located, or counted as what it is not."""

from api.places.gazetteer import Certainty
from api.places.located_incidents import locate_incidents, only_at
from projections.scoring.incidents import Incident


def incident(place: str | None, a: str = "SYR", b: str = "TUR") -> Incident:
    return Incident(f"{a}>{b}:{place}", a, b, 0, "ASSAULT", 18_300, True, 1, 1, None, None, -9.0, place=place)


def test_every_incident_is_counted_once() -> None:
    places = ["idlib", "nowhere", "nowhere", "elsewhere at all", None, "tripoli", "saraqibb"]
    found = locate_incidents(map(incident, places))
    assert [each.incident.place for each in found.items] == places
    assert found.located == 3
    assert found.number_of(Certainty.AMBIGUOUS) == found.number_of(Certainty.SIMILAR) == 1
    assert found.unlocated == [("nowhere", 2), ("elsewhere at all", 1)]
    assert found.without_place == 1
    assert found.located + sum(number for _, number in found.unlocated) + found.without_place == len(places)


def test_what_is_no_country_has_no_say_in_where_a_place_is() -> None:
    (item,) = locate_incidents([incident("tripoli", "LBN", "SYR-REB")]).items
    assert item.located is not None
    assert item.located.country == "LBN"


def test_the_incidents_of_one_place() -> None:
    found = only_at("Idlib", locate_incidents(map(incident, ["idlib", "idleb", "ankara", None])))
    assert [each.incident.place for each in found.items] == ["idlib", "idleb"]
    assert found.located == 2
