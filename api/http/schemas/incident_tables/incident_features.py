"""Incidents as features of a map: their flat columns, and where they were, as the map of the pages has it."""

from collections.abc import Iterable, Iterator, Sequence

from api.http.formats.columns import table_columns
from api.http.formats.geojson import Feature
from api.http.schemas.incident_tables.incident_columns import WrittenPlaces, incident_columns
from api.http.schemas.incidents import IncidentFacts
from api.places.located_incidents import LocatedIncident, locate_incidents
from projections.scoring.incidents import Incident

_COLUMNS = [column for column in table_columns(IncidentFacts) if not column.by_name]


def incident_features(pieces: Iterable[Sequence[Incident]], places: WrittenPlaces) -> Iterator[Feature]:
    """Yield incidents with where they were; `places` is that of `incident_columns`."""
    for incidents in pieces:
        yield from located_features(locate_incidents(incidents).items, places)


def located_features(items: Sequence[LocatedIncident], places: WrittenPlaces) -> Iterator[Feature]:
    """Yield incidents of which it was looked for where they were."""
    if not items:
        return
    incidents = zip(*(each.incident for each in items), strict=True)
    fields = dict(zip(Incident._fields, incidents, strict=True))
    rows = incident_columns(fields, _COLUMNS, places)
    names = [column.name for column in _COLUMNS]
    for row, (incident, located) in zip(zip(*rows.values, strict=True), items, strict=True):
        where = {
            "located_as": located and located.name,
            "country": located and located.country,
            "certainty": located and located.certainty,
        }
        point = None if located is None else (located.longitude, located.latitude)
        yield Feature(incident.id, point, dict(zip(names, row, strict=True)) | where)
