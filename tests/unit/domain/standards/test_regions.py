"""The regions of the world part its countries: each is in one."""

from domain.standards.regions import COUNTRIES, Region


def test_each_country_is_in_one_region() -> None:
    assert COUNTRIES.keys() == set(Region)
    codes = [code for countries in COUNTRIES.values() for code in countries]
    assert len(codes) == len(set(codes))
    assert {len(code) for code in codes} == {3}
    assert {"SYR", "TUR", "ISR"} <= COUNTRIES[Region.WESTERN_ASIA]
