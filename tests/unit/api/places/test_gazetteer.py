"""Where places are: as reports spell them, in the country at hand before others, and no guess in silence."""

from importlib.resources import files

import pytest

from api.places.gazetteer import Certainty, is_country, locate
from api.places.lookup_keys import lookup_key

SYRIA = frozenset({"SYR", "TUR"})


@pytest.mark.parametrize(
    ("place", "name", "country"),
    [
        ("Idlib", "Idlib", "SYR"),
        ("Idleb", "Idlib", "SYR"),
        ("near Idlib", "Idlib", "SYR"),
        ("Idlib city, Syria", "Idlib", "SYR"),
        ("Ma'arrat al-Nu'man", "Maarat al-Numan", "SYR"),
        ("ma arrat al nu man", "Maarat al-Numan", "SYR"),  # as places are compared
        ("Ras al-Ain", "Ras al-Ayn", "SYR"),
        ("Tall Abyad", "Tel Abyad", "SYR"),
        ("Saraqeb", "Saraqib", "SYR"),
        ("Khan Sheikhoun", "Khan Shaykhun", "SYR"),
        ("north-western Syria", "Northwest Syria", "SYR"),
        ("Reyhanlı", "Reyhanli", "TUR"),
        ("Kiev", "Kyiv", "UKR"),
        ("Moscow", "Moscow", "RUS"),
        ("Baku", "Baku", "AZE"),
    ],
)
def test_a_place_is_found_as_reports_spell_it(place: str, name: str, country: str) -> None:
    found = locate(place, SYRIA)
    assert found is not None
    assert (found.name, found.country, found.certainty) == (name, country, Certainty.CERTAIN)


def test_a_place_in_the_country_of_an_actor_comes_first() -> None:
    found = [locate("Tripoli", frozenset({code})) for code in ("LBN", "LBY")]
    assert [each and (each.country, each.certainty) for each in found] == [
        ("LBN", Certainty.CERTAIN),
        ("LBY", Certainty.CERTAIN),
    ]


def test_a_country_in_the_name_counts_more_than_the_actors() -> None:
    found = locate("Tripoli, Lebanon", frozenset({"LBY"}))
    assert found is not None
    assert found.country == "LBN"
    assert locate("Idlib, Brazil", SYRIA) is None


def test_of_several_places_the_largest_is_taken_and_it_is_said() -> None:
    found = locate("Tripoli", SYRIA)
    assert found is not None
    assert (found.country, found.certainty) == ("LBY", Certainty.AMBIGUOUS)


def test_a_name_spelt_otherwise_is_similar_in_a_country_at_hand_and_unknown_elsewhere() -> None:
    found = locate("Saraqibb", SYRIA)
    assert found is not None
    assert (found.name, found.certainty) == ("Saraqib", Certainty.SIMILAR)
    assert locate("Saraqibb") is None


@pytest.mark.parametrize("place", ["Syria", "Nowhere at all", "", "!", "1", "سوريا", "x" * 10_000, "a\tb\n"])
def test_what_is_no_place_is_not_located(place: str) -> None:
    assert locate(place, SYRIA) is None


def test_the_file_is_in_order_and_each_key_is_as_names_are_looked_up() -> None:
    lines = (files("api.places") / "gazetteer.tsv").read_bytes().splitlines()
    assert lines == sorted(set(lines))
    rows = [line.decode().split("\t") for line in lines[::97]]
    assert all(key == lookup_key(key) for key, *_ in rows)
    assert all(-90 <= float(north) <= 90 and -180 <= float(east) <= 180 for _, _, _, north, east, _ in rows)
    assert all(is_country(country) or country for _, _, country, *_ in rows)


def test_every_own_place_is_in_the_file() -> None:
    own = (files("api.places") / "own_places.tsv").read_text("utf-8").splitlines()
    for line in own:
        if line and not line.startswith("#"):
            name, country, north, east, *_ = line.split("\t")
            found = locate(name, frozenset({country}))
            assert found is not None, name
            assert (found.name, found.latitude, found.longitude) == (name, float(north), float(east))
