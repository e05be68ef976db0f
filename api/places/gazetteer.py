"""Where a place is, by the name that reports give it.

The file has a line for each name of each place, by key. It is searched as it is: as objects it would take ten
times its size.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final, NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler

from api.places.lookup_keys import key_of_words
from domain.standards.place_names import comparable_place

_SIMILAR: Final = 0.94  # of 1, which is the same: from here on a name in a country at hand is taken for another
_LONG: Final = 5  # letters of a name that may be similar to another: short ones are too easily
_MUCH_LARGER: Final = 20  # times as many people as elsewhere: then it is the one that is meant
_APART: Final = 0.3  # degrees: nearer ones are one place
_LONGEST_COUNTRY: Final = 5  # words
#: What reports say around the name of a place, and does not move it far.
_KINDS: Final = frozenset({"city", "town", "village", "countryside", "suburb", "suburbs"})
_BEFORE: Final = _KINDS | {"near", "outside", "around", "in", "of", "the", "camp"}
_BEHIND: Final = _KINDS | {"area", "region", "province", "governorate", "district"}


class Certainty(StrEnum):
    """How sure it is that a place is the one that was meant."""

    CERTAIN = "certain"
    AMBIGUOUS = "ambiguous"
    SIMILAR = "similar"


class Located(NamedTuple):
    """A place: its name, the country (ISO 3166-1 alpha-3), degrees north and east, and how sure that is."""

    name: str
    country: str
    latitude: float
    longitude: float
    certainty: Certainty


class _NamedPlace(NamedTuple):
    """A line of the gazetteer: a place under one of its names."""

    key: str
    name: str
    country: str
    latitude: float
    longitude: float
    population: int


def locate(place: str, countries: frozenset[str] = frozenset(), *, compares: bool = True) -> Located | None:
    """Return where a place is; None if nothing is known of it, or it is no more than a country.

    One in the country that the name ends with is taken, or in one of some `countries`, before one elsewhere. Of
    several it is the largest, and ambiguous unless it is much larger. In these countries a name may be spelt a
    little otherwise, unless it is not to be compared with all names there, which takes a millisecond.
    """
    found = _as_spelt(place, countries)
    return _as_similar(place, countries) if found is None and compares else found


@lru_cache(maxsize=8192)
def _as_spelt(place: str, countries: frozenset[str]) -> Located | None:
    whole = (comparable_place(place) or "").split()
    if found := _exact(key_of_words(whole), countries, only=False):
        return found
    words, named = _without_country(whole)
    among = frozenset({named}) if named else countries
    for key in dict.fromkeys(map(key_of_words, (words, _bare(words)))):
        if found := _exact(key, among, only=named is not None):
            return found
    return None


@lru_cache(maxsize=8192)
def _as_similar(place: str, countries: frozenset[str]) -> Located | None:
    words, named = _without_country((comparable_place(place) or "").split())
    key = key_of_words(_bare(words))
    return _similar(key, frozenset({named}) if named else countries) if len(key) >= _LONG else None


def is_country(code: str) -> bool:
    """Return whether an actor's code is that of a country in which places are known."""
    return code in _country_codes()


def _without_country(words: Sequence[str]) -> tuple[Sequence[str], str | None]:
    """Return a name without the country behind it, and that country."""
    for number in range(min(len(words) - 1, _LONGEST_COUNTRY), 0, -1):
        if code := _country_names().get("".join(words[-number:])):
            return words[:-number], code
    return words, None


def _bare(words: Sequence[str]) -> Sequence[str]:
    """Return the words of a name without those that say what it is, or near to what."""
    start, end = 0, len(words)
    while start < end - 1 and words[start] in _BEFORE:
        start += 1
    while end > start + 1 and words[end - 1] in _BEHIND:
        end -= 1
    return words[start:end]


def _exact(key: str, countries: frozenset[str], *, only: bool) -> Located | None:
    entries = _entries(key)
    near = [each for each in entries if each.country in countries]
    return _largest(near if near or only else entries)


def _similar(key: str, countries: frozenset[str]) -> Located | None:
    keys = [other for country in sorted(countries) for other in _keys_by_country().get(country, ())]
    near = process.extractOne(key, keys, scorer=JaroWinkler.similarity, score_cutoff=_SIMILAR)
    found = _largest([each for each in _entries(near[0]) if each.country in countries]) if near else None
    return found and found._replace(certainty=Certainty.SIMILAR)


def _largest(entries: Iterable[_NamedPlace]) -> Located | None:
    """Return the largest of some places, which is ambiguous if others are elsewhere."""
    ordered = sorted(entries, key=lambda each: (-each.population, each.country, each.latitude, each.longitude))
    if not ordered:
        return None
    first = ordered[0]
    others = (each for each in ordered[1:] if each.population * _MUCH_LARGER >= first.population)
    is_ambiguous = any(_are_apart(first, other) for other in others)
    certainty = Certainty.AMBIGUOUS if is_ambiguous else Certainty.CERTAIN
    return Located(first.name, first.country, first.latitude, first.longitude, certainty)


def _are_apart(one: _NamedPlace, other: _NamedPlace) -> bool:
    north, east = one.latitude - other.latitude, one.longitude - other.longitude
    return max(abs(north), abs(east)) > _APART


# The files


class _Lines(Sequence[bytes]):
    """The lines of a file by where they are around: enough to search in, as they are in order."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __len__(self) -> int:
        return len(self._data)

    def __getitem__(self, at: int) -> bytes:  # type: ignore[override]  # no slices are asked for
        return self.line(self.start(at))

    def start(self, at: int) -> int:
        """Return where the line begins that a place is in."""
        return self._data.rfind(b"\n", 0, at) + 1

    def line(self, start: int) -> bytes:
        """Return the line that begins at a place."""
        return self._data[start : self._data.find(b"\n", start)]


@cache
def _lines() -> _Lines:
    return _Lines((files("api.places") / "gazetteer.tsv").read_bytes())


def _entries(key: str) -> list[_NamedPlace]:
    """Return the places under a key."""
    lines, wanted = _lines(), f"{key}\t".encode()
    at = bisect_left(lines, wanted, key=lambda line: line[: len(wanted)])
    start = lines.start(at)
    found = []
    while start < len(lines) and (line := lines.line(start)).startswith(wanted):
        found.append(_entry(line))
        start += len(line) + 1
    return found


def _entry(line: bytes) -> _NamedPlace:
    key, name, country, latitude, longitude, population = line.decode().split("\t")
    return _NamedPlace(key, name, country, float(latitude), float(longitude), int(population))


@cache
def _keys_by_country() -> Mapping[str, Sequence[str]]:
    """Return the keys of all places, by country."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for line in (files("api.places") / "gazetteer.tsv").read_text("utf-8").splitlines():
        key, _, country, _ = line.split("\t", 3)
        found[country].append(key)
    return dict(found)


@cache
def _country_names() -> Mapping[str, str]:
    text = (files("api.places") / "countries.tsv").read_text("utf-8")
    return dict(line.split("\t", 1) for line in text.splitlines())


@cache
def _country_codes() -> frozenset[str]:
    return frozenset(_country_names().values())
