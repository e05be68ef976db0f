"""The shapes of countries: closed rings, those of a part of the world, finer where it is small."""

from api.charts.map_boxes import Box
from api.charts.world.countries import countries_in

LEVANT = Box(32.0, 32.0, 42.0, 38.0)


def test_a_part_of_the_world_has_its_countries_and_no_others() -> None:
    names = {each["properties"]["name"] for each in countries_in(LEVANT)}
    assert {"Syria", "Turkey", "Lebanon", "Iraq", "Cyprus"} <= names
    assert not {"Brazil", "Japan"} & names


def test_every_ring_is_closed() -> None:
    rings = [ring for each in countries_in(LEVANT) for part in each["geometry"]["coordinates"] for ring in part]
    assert len(rings) > 5
    assert all(ring[0] == ring[-1] and len(ring) > 3 for ring in rings)


def test_the_world_is_coarser_than_a_region() -> None:
    def points(box: Box) -> int:
        (syria,) = (each for each in countries_in(box) if each["properties"]["name"] == "Syria")
        return sum(len(ring) for part in syria["geometry"]["coordinates"] for ring in part)

    assert points(Box(-180.0, -60.0, 180.0, 75.0)) < points(LEVANT) / 2
