"""A pair: how two actors stand, how that moved, and what made it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response

from api.http.clash_risk import risk_model_of
from api.http.etags import conditional_read
from api.http.middleware.rationing import DEAR_IF_SUPPOSED
from api.http.middleware.response_cache import CachedRoute
from api.http.parameters import ThePair, TheQuestion, TheService, Waited, parse_day, question_parts
from api.http.problems import invalid_parameter
from api.http.routes.relations import one_relation_out
from api.http.routes.series import SeriesBounds
from api.http.schemas.agreements import agreement_out
from api.http.schemas.common import known_instant
from api.http.schemas.decisions.rulings import finder
from api.http.schemas.incidents import incident_out
from api.http.scopes import READS
from api.pages.catalogue import catalogue_of
from api.pages.page_parameters import CHECKED
from api.pages.rendering import page_parts, render_page
from api.pages.views import curve
from api.pages.views import pair as pair_view
from api.pages.views.question_links import fixed_query, kept_parameters, pair_path, permalink, question_query
from projections.queries.agreements import agreements_between
from projections.queries.articles import reports_by_incident
from projections.queries.context.emptiness import why_empty
from projections.queries.load_pairs import LoadedPair, load_whole_pair
from projections.queries.question import Question
from projections.queries.relation import contributions_of, relation_at
from projections.queries.tension_series import Interval, TooManyPoints
from projections.scoring.models import MODELS
from projections.scoring.states import State
from projections.times import to_date, to_day

router = APIRouter(
    route_class=CachedRoute,
    dependencies=[READS, Waited, CHECKED, DEAR_IF_SUPPOSED],
    include_in_schema=False,
)


#: What the form of the curve has fields for, and what it asks by a field of its own.
_OF_CURVE: Final = ("as_of", "from", "to", "interval", "view", "min_position")


class CurveView(StrEnum):
    """What the curve shows: the scores, or the pressures behind them, on a logarithmic axis."""

    SCORE = "score"
    PRESSURE = "pressure"


@dataclass(frozen=True)
class CurveControls:
    """Which stretch of the curve is shown, and how."""

    bounds: Annotated[SeriesBounds, Depends()]
    interval: Annotated[Interval | None, Query()] = None
    view: CurveView = CurveView.SCORE

    def stretch(self, loaded: LoadedPair, question: Question) -> curve.ShownStretch:
        """Return the stretch that is shown. Raises `Problem` (422)."""
        given = (("from", self.bounds.first), ("to", self.bounds.last))
        first, last = (None if text is None else to_day(parse_day(name, text)) for name, text in given)
        if first is not None and first > (end := question.day if last is None else last):
            raise invalid_parameter("from", f"{to_date(first)} is after the last day, {to_date(end)}")
        return curve.shown_stretch(loaded.history, question, first, last, self.interval)


@router.get("/relations/{a}/{b}")
def get_relation_page(
    request: Request,
    service: TheService,
    pair: ThePair,
    question: TheQuestion,
    controls: Annotated[CurveControls, Depends()],
) -> Response:
    """Show how two actors stand, with their curve, and what makes it up."""
    parts = (*question_parts(question), risk_model_of(request).name, *page_parts(request))
    with conditional_read(request, service, *parts) as (connection, snapshot, etag):
        loaded = load_whole_pair(connection, pair, question)
        relation = relation_at(connection, pair, question, loaded)
        agreements = agreements_between(connection, pair, question)
        contributions = contributions_of(loaded.history, question)
        heaviest = pair_view.first_of_each_score(contributions)
        reports = reports_by_incident(connection, (each.incident.id for each in heaviest), question)
        empty = why_empty(connection, pair, question) if relation.is_empty else None
    in_force = [each for each in agreements if each.entry.is_in_force]
    ruling_on = finder(service.log.ruling_register(), snapshot.position, known_instant(question.known_at))
    incidents = [incident_out(each, reports.get(each.incident.id, ()), ruling_on) for each in heaviest]
    names = service.log.directory().names
    shown = {
        "pair": pair,
        "names": names,
        "address": pair_path(pair),
        "relation": one_relation_out(request, relation, question, in_force, snapshot, empty),
        "incidents": incidents,
        "incident_count": len(contributions),
        "tension_shown": pair_view.points_of_tension(incidents),
        "directions": pair_view.directions_of(relation, contributions),
        "spillovers": pair_view.spillovers_of(relation),
        "agreements": [agreement_out(each) for each in agreements],
        "as_of": to_date(question.day).isoformat(),
        "asked": request.query_params,
        "kept": kept_parameters(request),
        "kept_of_question": [("as_of", to_date(question.day).isoformat()), *kept_parameters(request, _OF_CURVE)],
        "rest": question_query(request, as_of=None).replace("?", "&", 1),
        "of_question_of_agreements": question_query(request, as_of=to_date(question.day), what_if=None),
        "of_question": question_query(request, as_of=to_date(question.day)),
        "models": list(MODELS),
        "permalink": permalink(request, question.answered_by(snapshot.recorded)),
        "picture_query": fixed_query(request, question.answered_by(snapshot.recorded)),
        **_curve(request, loaded, question, controls),
    }
    shown["chart"]["agreements"] = pair_view.agreements_on_axis(agreements, question.day)
    return render_page(request, "pair.html", shown, etag)


def _curve(request: Request, loaded: LoadedPair, question: Question, controls: CurveControls) -> dict[str, Any]:
    """Return what the page shows of the curve. Raises `Problem` (422)."""
    stretch = controls.stretch(loaded, question)
    try:
        row_interval, rows = curve.curve_rows(loaded.history, question, stretch)
    except TooManyPoints as error:
        raise invalid_parameter("from", str(error), "too-many-points") from None
    first, last = (to_date(day).isoformat() for day in stretch[:2])
    address = pair_path(loaded.history.pair)
    series = question_query(request, as_of=to_date(question.day), **{"from": first}, to=last)
    sure = curve.interval_of_sure(stretch)
    overview = curve.whole_curve(loaded.history, question, stretch)
    marked = curve.marked_incidents(loaded.history, question, stretch)
    return {
        "stretch": stretch,
        "first": first,
        "last": last,
        "view": controls.view,
        "rows": rows,
        "row_interval": row_interval,
        "said": curve.curve_sentence(rows),
        "overview": overview,
        "overview_first": to_date(overview.first),
        "overview_last": to_date(overview.last),
        "whole_from": to_date(overview.first).isoformat(),
        "states_shown": [state for state in State if any(row.state is state for row in rows)],
        "marked": marked,
        "mark_kinds": sorted({pair_view.mark_kind(each) for each in marked}),
        "series_query": f"{series}&interval={stretch.interval}",
        "chart": {
            "series": f"{address}/tension.json{series}&interval={stretch.interval}",
            "intervals": f"{address}/tension.json{series}&interval={sure}&how_sure=true" if sure else None,
            "evidence": f"{address}/incidents",
            "asked": question_query(request, as_of=None).removeprefix("?"),
            "view": controls.view,
            "overview": [overview.first, overview.last],
            "marks": pair_view.marks_of(marked),
            "words": _words(),
        },
    }


def _words() -> dict[str, Any]:
    """Return the texts that the script of the page fills in by itself."""
    text = catalogue_of().text
    return {
        "label": text("curve.label"),
        "point": text("curve.point", day="{day}", tension="{tension}", change="{change}", state="{state}"),
        "states": {state: text("state." + state) for state in State},
    }
