"""Incidents on a map: each is located, or counted as what it is not."""

from time import thread_time

import pytest

from api.places import gazetteer, located_incidents
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


def test_of_few_places_it_is_looked_for_what_they_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(located_incidents, "MOST_COMPARED", 2)
    found = locate_incidents(map(incident, ["nowhere", "saraqibb", "idlibb", "saraqibb", "idlib", "nowhere"]))
    assert [each.located and each.located.name for each in found.items] == [
        *(None, "Saraqib", None, "Saraqib", "Idlib", None)
    ]
    assert found.unlocated == [("nowhere", 2), ("idlibb", 1)]


def test_the_names_of_a_country_are_read_once_for_all_that_are_compared_with_them() -> None:
    codes = sorted(gazetteer._country_codes())[:40]
    found = (incident(f"nowhere {number}", codes[number % 40]) for number in range(400))
    before = thread_time()
    assert locate_incidents(found).located == 0
    assert thread_time() - before < 2.0
