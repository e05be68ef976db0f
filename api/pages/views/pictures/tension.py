"""The picture of a pair over time."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Final

from api.charts.definition import Definition, Look
from api.charts.incident_kinds import incident_kind
from api.charts.tension import ShownIncident, ShownPoint, tension_chart
from api.http.routes.series import AskedSeries
from api.pages.formatting import day
from api.pages.views.pictures.captions import caption_of
from api.pages.views.pictures.drawn_names import drawn_name, without_names
from projections.pairs import Pair
from projections.queries.load_pairs import load_incidents
from projections.queries.question import Question
from projections.queries.tension_interval import intervals_over
from projections.queries.tension_series import Interval, TensionPoints, TooManyPoints, tension_points
from projections.scoring.incidents import Incident
from projections.scoring.states import NOTHING_KNOWN
from projections.storage.connection import Connection
from projections.times import to_date

MOST_POINTS: Final = 4_000  #: that a picture shows
_FEW: Final = 800  # points: where nobody asks for an interval, it is the shortest with no more
_WITH_INTERVALS: Final = 366  # points that have the interval of their tension: it takes the longest to work out
_MARKED: Final = 40  # incidents at most: two of each part of the time, the heaviest of conflict and of cooperation


def tension_picture(
    connection: Connection,
    pair: Pair,
    asked: AskedSeries,
    position: int,
    names: Mapping[str, str],
    look: Look,
) -> Definition:
    """Return the definition of the picture of a pair until the day of a question. Raises `TooManyPoints`."""
    question, text = asked.question, look.text
    found = _points(connection, pair, asked)
    shown = _shown(found, question)
    incidents = _in_stretch(connection, pair, found, question)
    marked = heaviest_of_parts(incidents)
    title = text("charts.tension_of", a=drawn_name(pair[0], names), b=drawn_name(pair[1], names))
    lines = [text("charts.nothing")]
    if len(found.points) and found.stretch is not None:
        first = day(to_date(found.stretch.start))
        title = text("charts.tension_since", title=title, first=first, last=day(to_date(question.day)))
        counts = {"marked": f"{len(marked):,}", "all": f"{len(incidents):,}"}
        is_all = len(marked) == len(incidents)
        which = text("charts.all_marked", count=len(marked)) if is_all else text("charts.marked", **counts)
        lines = [text("charts.interval_shown"), which]
    lines += without_names(pair, names, text)
    caption = caption_of(title, question, position, text, lines)
    return tension_chart(shown, _marks(marked, shown), caption, look)


def _points(connection: Connection, pair: Pair, asked: AskedSeries) -> TensionPoints:
    """Return the points that are shown: by the interval that is asked for, or as many as an eye tells apart."""
    found = tension_points(connection, pair, *asked)
    if asked.interval is None:
        for longer in (Interval.WEEK, Interval.MONTH):
            if len(found.points) > _FEW:
                found = tension_points(connection, pair, *asked._replace(interval=longer))
    if len(found.points) > MOST_POINTS:
        raise TooManyPoints(
            f"{len(found.points):,} points are more than a picture shows: ask for a later first day"
        )
    return found


def _shown(found: TensionPoints, question: Question) -> list[ShownPoint]:
    points = found.points
    every = max(1, -(-len(points) // _WITH_INTERVALS))
    days = [point.day for point in reversed(points[::-1][::every])]
    intervals = dict(zip(days, intervals_over(found.history, days, question), strict=True))
    return [
        ShownPoint(
            point.day,
            point.tension,
            point.cooperation,
            None if state in NOTHING_KNOWN else intervals.get(point.day),
            state,
        )
        for point, (state, _) in zip(points, found.contexts(question.model), strict=True)
    ]


def _in_stretch(
    connection: Connection, pair: Pair, found: TensionPoints, question: Question
) -> Sequence[Incident]:
    if found.stretch is None:
        return []
    first, of_pair = found.stretch.start, load_incidents(connection, [pair], question)[pair]
    return [each for each in of_pair if each.day >= first and question.has_happened(each.day)]


def heaviest_of_parts(incidents: Sequence[Incident]) -> Sequence[Incident]:
    """Return the incidents that are marked: all, or of each part of their time the heaviest of either sign."""
    if len(incidents) <= _MARKED:
        return incidents
    first, last = min(each.day for each in incidents), max(each.day for each in incidents)
    heaviest: dict[tuple[int, bool], Incident] = {}
    for each in sorted(incidents, key=lambda each: (abs(each.weight), each.day, each.id)):
        part = (each.day - first) * (_MARKED // 2) // (last - first + 1)
        heaviest[part, each.weight < 0] = each
    return list(heaviest.values())


def _marks(marked: Sequence[Incident], points: Sequence[ShownPoint]) -> list[ShownIncident]:
    """Return incidents as marks on the curve: at the end of the interval that each is in."""
    days = [point.day for point in points]
    at = ((each, points[min(bisect_left(days, each.day), len(points) - 1)]) for each in marked)
    return [
        ShownIncident(each.day, incident_kind(each.type), abs(each.weight), point.tension)
        for each, point in sorted(at, key=lambda found: found[0].day)
    ]
