"""The map of the incidents of a stretch of time."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from api.charts.definition import Caption, Definition, Look, TextOf
from api.charts.incident_kinds import IncidentKind, incident_kind
from api.charts.incident_map import ShownPlace, incident_map
from api.charts.map_boxes import Box, moved, zoomed
from api.http.routes.surveys.incident_map import AskedMap, MapPart
from api.pages.formatting import day
from api.pages.views.pictures.captions import caption_of
from api.pages.views.pictures.drawn_names import drawn_name, without_names
from api.places.gazetteer import Certainty, Located
from api.places.located_incidents import LocatedIncidents
from projections.queries.question import Question
from projections.scoring.incidents import Incident
from projections.times import to_date


def map_caption(
    found: LocatedIncidents,
    asked: AskedMap,
    part: MapPart,
    question: Question,
    position: int,
    names: Mapping[str, str],
    text: TextOf,
) -> Caption:
    """Return the caption of a map, which counts what is not on it."""
    first, last = day(to_date(asked.first)), day(to_date(question.day))
    title = text("charts.map_of", first=first, last=last)
    for actor in asked.wanted.actors:
        title = text("charts.map_with", title=title, actor=drawn_name(actor, names))
    lines = [_counts(found, part, text), *_part(part, text)]
    if types := asked.wanted.types:
        lines.append(text("charts.map_types", types=", ".join(types)))
    lines += without_names(asked.wanted.actors, names, text)
    return caption_of(title, question, position, text, (*lines, text("charts.places_from")))


def map_picture(found: LocatedIncidents, caption: Caption, look: Look, part: MapPart) -> Definition:
    """Return the definition of the map of incidents."""
    return incident_map(places_of(found), caption, look, part.box)


def box_text(box: Box) -> str:
    """Return a part of the world as the query has it."""
    return ",".join(f"{each:g}" for each in (round(degrees, 3) for degrees in box))


def moves_from(box: Box) -> dict[str, str]:
    """Return to which parts of the world a map is moved and zoomed from one, by the name of the step."""
    steps = {
        "closer": zoomed(box, 0.5),
        "wider": zoomed(box, 2.0),
        "west": moved(box, -0.5, 0),
        "north": moved(box, 0, 0.5),
        "south": moved(box, 0, -0.5),
        "east": moved(box, 0.5, 0),
    }
    return {name: box_text(to) for name, to in steps.items()}


def _part(part: MapPart, text: TextOf) -> Iterator[str]:
    """Give in sentences which part of a map is shown, if it is one."""
    if part.place is not None:
        yield text("charts.map_place", place=part.place)
    if part.box is not None:
        west, south, east, north = part.box
        across = {"west": _degrees(west, "west", "east", text), "east": _degrees(east, "west", "east", text)}
        up = {"south": _degrees(south, "south", "north", text), "north": _degrees(north, "south", "north", text)}
        yield text("charts.map_box", **across, **up)


def _degrees(degrees: float, below: str, above: str, text: TextOf) -> str:
    return text(f"charts.{below if degrees < 0 else above}", degrees=abs(degrees))


def _counts(found: LocatedIncidents, part: MapPart, text: TextOf) -> str:
    """Return in a sentence how many incidents are on a map, and how many are not, and why."""
    return text(
        "charts.map_counts" if part == MapPart() else "charts.map_counts_of_part",
        all=f"{len(found.items):,}",
        located=f"{found.located:,}",
        doubtful=f"{found.number_of(Certainty.AMBIGUOUS) + found.number_of(Certainty.SIMILAR):,}",
        unlocated=f"{sum(number for _, number in found.unlocated):,}",
        without_place=f"{found.without_place:,}",
    )


def places_of(found: LocatedIncidents) -> list[ShownPlace]:
    """Return the incidents that are located, by place and kind."""
    numbers: Counter[tuple[Located, IncidentKind]] = Counter()
    tolls: defaultdict[tuple[Located, IncidentKind], int] = defaultdict(int)
    for incident, located in found.items:
        if located is not None:
            at = located._replace(certainty=Certainty.CERTAIN), incident_kind(incident.type)
            numbers[at] += 1
            tolls[at] += _toll(incident)
    return [
        ShownPlace(place.name, place.longitude, place.latitude, kind, number, tolls[place, kind])
        for (place, kind), number in numbers.items()
    ]


def _toll(incident: Incident) -> int:
    return (incident.killed or 0) + (incident.wounded or 0)
