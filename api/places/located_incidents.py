"""Which incidents are on a map, and which are not: counted, so that none is left out in silence."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from api.places.gazetteer import Certainty, Located, is_country, locate
from projections.scoring.incidents import Incident

MOST_COMPARED: Final = 1_000  #: places of one answer that are looked for under similar names


class LocatedIncident(NamedTuple):
    """An incident, and where it was, None if that is not known."""

    incident: Incident
    located: Located | None


@dataclass(frozen=True, slots=True)
class LocatedIncidents:
    """Incidents in the order in which they came, each with where it was.

    `unlocated` are the places that no point is known of, as they are compared, the most frequent first.
    """

    items: Sequence[LocatedIncident]
    unlocated: Sequence[tuple[str, int]]
    without_place: int

    @property
    def located(self) -> int:
        """How many incidents are on the map."""
        return sum(each.located is not None for each in self.items)

    def number_of(self, certainty: Certainty) -> int:
        """Return how many incidents are located with a certainty."""
        return sum(each.located is not None and each.located.certainty is certainty for each in self.items)


def locate_incidents(incidents: Iterable[Incident]) -> LocatedIncidents:
    """Return incidents with where they were: a place in the country of one of the two comes before others.

    Of places that are not known as they are spelt, the first `MOST_COMPARED` are looked for under similar names.
    """
    compared = set[tuple[str, frozenset[str]]]()
    items = [LocatedIncident(each, _where(each, compared)) for each in incidents]
    unlocated = Counter(item.incident.place for item in items if item.located is None)
    without_place = unlocated.pop(None, 0)
    named = ((place, number) for place, number in unlocated.items() if place is not None)
    return LocatedIncidents(items, sorted(named, key=lambda each: (-each[1], each[0])), without_place)


def only_at(place: str, found: LocatedIncidents) -> LocatedIncidents:
    """Return those of some incidents that were at a place, by the name that it has here."""
    at = [each for each in found.items if each.located is not None and each.located.name == place]
    return LocatedIncidents(at, (), 0)


def only_within(degrees: tuple[float, float, float, float], found: LocatedIncidents) -> LocatedIncidents:
    """Return those of some incidents that are located between degrees west, south, east and north."""
    west, south, east, north = degrees
    within = [
        each
        for each in found.items
        if each.located is not None
        and west <= each.located.longitude <= east
        and south <= each.located.latitude <= north
    ]
    return LocatedIncidents(within, (), 0)


def _where(incident: Incident, compared: set[tuple[str, frozenset[str]]]) -> Located | None:
    if incident.place is None:
        return None
    place = incident.place, frozenset(code for code in (incident.a, incident.b) if is_country(code))
    found = locate(*place, compares=False)
    if found is not None or (len(compared) >= MOST_COMPARED and place not in compared):
        return found
    compared.add(place)
    return locate(*place)
