"""The pictures of many pairs on a day: an actor's network, and the matrix of some actors."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from api.charts.definition import Caption, Definition, Look, TextOf
from api.charts.matrix import matrix_chart
from api.charts.network import DrawnRelation, network_chart
from api.http.routes.surveys.networks import Matrix, MatrixAsked
from api.pages.formatting import day
from api.pages.views.pictures.captions import caption_of
from api.pages.views.pictures.drawn_names import drawn_name, without_names
from projections.queries.question import Question
from projections.queries.surveys.networks import BriefRelation, Network
from projections.scoring.states import State
from projections.times import to_date

#: The states of relations among neighbours that are drawn: with all of them, none would be seen.
_DRAWN: Final = frozenset({State.OPEN_CONFLICT, State.HOSTILE, State.ALIGNED})


def network_caption(
    code: str, found: Network, question: Question, position: int, names: Mapping[str, str], text: TextOf
) -> Caption:
    """Return the caption of an actor's network, which says how many neighbours are not in it."""
    lines = [text("charts.among_neighbours")]
    if not found.neighbours:
        lines = [text("charts.no_neighbours")]
    elif found.others:
        lines.append(text("charts.other_neighbours", count=found.others))
    lines += without_names((code, *found.neighbours), names, text)
    title = text("charts.network_of", actor=drawn_name(code, names), day=day(to_date(question.day)))
    return caption_of(title, question, position, text, lines)


def network_picture(
    code: str, found: Network, names: Mapping[str, str], caption: Caption, look: Look
) -> Definition:
    """Return the definition of the picture of an actor among its neighbours."""
    drawn = [relation for relation in found.relations if code in relation.pair or relation.state in _DRAWN]
    shown = unique_names((code, *found.neighbours), names)
    neighbours = [shown[each] for each in found.neighbours]
    return network_chart(shown[code], neighbours, _shown(drawn, shown), caption, look)


def matrix_caption(
    found: Matrix,
    asked: MatrixAsked,
    question: Question,
    position: int,
    names: Mapping[str, str],
    text: TextOf,
) -> Caption:
    """Return the caption of a matrix, which names the region, and counts its countries that are not in it."""
    title, lines = text("charts.matrix_on", day=day(to_date(question.day))), [text("charts.matrix_shows")]
    if asked.region is not None:
        title = text("charts.matrix_of", region=text(f"region.{asked.region}"), title=title)
        if found.without_ties:
            lines.append(text("charts.without_ties", count=len(found.without_ties)))
    lines += without_names(found.actors, names, text)
    return caption_of(title, question, position, text, lines)


def matrix_picture(
    actors: Sequence[str],
    relations: Iterable[BriefRelation],
    names: Mapping[str, str],
    caption: Caption,
    look: Look,
) -> Definition:
    """Return the definition of the picture of the pairs among some actors, in their order."""
    shown = unique_names(actors, names)
    return matrix_chart(list(shown.values()), _shown(relations, shown), caption, look)


def unique_names(codes: Iterable[str], names: Mapping[str, str]) -> dict[str, str]:
    """Return the names of actors by their codes; the code is behind a name that several of them have."""
    found = {code: drawn_name(code, names) for code in codes}
    all_names = list(found.values())
    return {code: name if all_names.count(name) == 1 else f"{name} ({code})" for code, name in found.items()}


def _shown(relations: Iterable[BriefRelation], names: Mapping[str, str]) -> list[DrawnRelation]:
    return [
        DrawnRelation(
            names[relation.pair[0]],
            names[relation.pair[1]],
            relation.state,
            relation.tension,
            relation.cooperation,
        )
        for relation in relations
    ]
