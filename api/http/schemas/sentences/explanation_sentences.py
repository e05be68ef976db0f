"""A change of tension in one sentence of plain English, built from the parts of its explanation."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import fsum
from typing import Final

from api.http.schemas.sentences.words import actor_name, day_in_words, days_in_words, joined, number_of
from projections.pairs import Pair
from projections.queries.question import Question
from projections.scoring.attribution import ExplainedPart, Explanation, Part
from projections.scoring.corrections import IncidentName, name_of
from projections.scoring.models import Model
from projections.scoring.pair_history import PairScores
from projections.times import from_micros, to_date

_SHOWN: Final = 0.05  # points, from which a part rounds to 0.1 and is worth naming
_MOST: Final = 3  # parts of one sign that are named; the rest is added up
_INSTANTS: Final = ("", " at {0:%H:%M:%S} UTC", " at {0:%H:%M:%S.%f} UTC")


def sentence(
    pair: Pair, before: Question, after: Question, explanation: Explanation, names: Mapping[str, str]
) -> str:
    """Return what an explanation says. `names` are the actors' by code; `known_at` None stands for now.

    What was published by a day is the same on both sides.
    """
    said = _sentence(pair, before, after, explanation, names)
    if after.published_by is None:
        return said
    return f"By what was published by {day_in_words(to_date(after.published_by))}, {said[0].lower()}{said[1:]}"


def _sentence(
    pair: Pair, before: Question, after: Question, explanation: Explanation, names: Mapping[str, str]
) -> str:
    between = f"{actor_name(pair[0], names)} and {actor_name(pair[1], names)}"
    unknown = _is_unknown(explanation.before, before.model), _is_unknown(explanation.after, after.model)
    if all(unknown) and not _is_shown(explanation.change):
        return f"Nobody had written lately of {between} {_by_day(before, after)}, so how they stood is unknown."
    if before == after:
        at = f"{explanation.after.tension:.1f}"
        return (
            f"Tension between {between} was {at} on {day_in_words(to_date(after.day))}; both sides are the same."
        )
    if before.day != after.day:
        head = _head_over_time(between, before, after, explanation, unknown)
    else:
        head = _head_on_a_day(between, before, after, explanation)
    return f"{head}{_reasons(explanation, names)}."


def _is_unknown(scores: PairScores, model: Model) -> bool:
    return scores.conflict + scores.cooperation_pressure < model.unknown_below


def _is_shown(points: float) -> bool:
    return abs(points) >= _SHOWN


# What changed


def _head_over_time(
    between: str, before: Question, after: Question, explanation: Explanation, unknown: tuple[bool, bool]
) -> str:
    days = f"between {days_in_words(to_date(before.day), to_date(after.day))}"
    change, at = explanation.change, f"{explanation.after.tension:.1f}"
    if not _is_shown(change):
        return f"Tension between {between} stayed at {at} {days}"
    verb = "rose" if change > 0 else "fell"
    from_unknown = " from unknown" if unknown[0] else ""
    to_unknown = ", which counts as unknown," if unknown[1] else ""
    return f"Tension between {between} {verb}{from_unknown} by {abs(change):.1f} points to {at}{to_unknown} {days}"


def _head_on_a_day(between: str, before: Question, after: Question, explanation: Explanation) -> str:
    subject = f"Tension between {between} on {day_in_words(to_date(after.day))}"
    change, at = explanation.change, f"{explanation.after.tension:.1f}"
    one, other = _bases(before, after)
    if not _is_shown(change):
        return f"{subject} is {at} {other} as {one}"
    return (
        f"{subject} is {abs(change):.1f} points {'higher' if change > 0 else 'lower'}, at {at}, {other} than {one}"
    )


def _bases(before: Question, after: Question) -> tuple[str, str]:
    """Return on what each of two sides of one day rests: what was known, the model, or both."""
    bases = ["", ""]
    if before.known_at != after.known_at:
        instants = _instants(before.known_at, after.known_at)
        bases = [f"with what was known {instant}" for instant in instants]
    if before.model != after.model:
        models = before.model.name, after.model.name
        bases = [f"{basis} under model {name}".strip() for basis, name in zip(bases, models, strict=True)]
    return bases[0], bases[1]


# Why


def _reasons(explanation: Explanation, names: Mapping[str, str]) -> str:
    shown = [part for part in explanation.parts if _is_shown(part.change)]
    rising = _listed([part for part in shown if part.change > 0], names)
    falling = _listed([part for part in shown if part.change < 0], names)
    if not _is_shown(explanation.change):
        return (
            f": {rising} made up for {falling}" if rising and falling else ", and nothing moved it by 0.1 points"
        )
    rose = explanation.change > 0
    drivers, others = (rising, falling) if rose else (falling, rising)
    if not drivers:
        return ", by parts of less than 0.1 points each"
    if not others:
        return f", because of {drivers}"
    return f", mostly because of {drivers}, while {others} held it {'down' if rose else 'up'}"


def _listed(parts: Sequence[ExplainedPart], names: Mapping[str, str]) -> str:
    """Return parts as a list of words, the largest first."""
    phrases = [f"{_phrase(part, names)} ({part.change:+.1f})" for part in parts[:_MOST]]
    if rest := parts[_MOST:]:
        phrases.append(f"{number_of(len(rest), 'other part')} ({fsum(part.change for part in rest):+.1f})")
    return joined(phrases)


def _phrase(part: ExplainedPart, names: Mapping[str, str]) -> str:
    if part.part is Part.SPILLOVER:
        return f"spill-over by way of {actor_name(part.via or '', names)}"
    if part.part is Part.COOPERATION:
        return "more cooperation" if part.change < 0 else "less cooperation"
    if part.part is Part.NEWLY_KNOWN:
        return f"{number_of(part.incidents, 'incident')} that became known later"
    if part.part is Part.DECAY:
        return "decay"
    if part.part is Part.MODEL:
        return "the change of model"
    if corrected := _correction(part):
        one, other = corrected
        days = one.day != other.day
        return f"an incident corrected from {_happening(one, names, days)} to {_happening(other, names, days)}"
    return number_of(part.incidents, f"{part.part.value} incident")


def _correction(part: ExplainedPart) -> tuple[IncidentName, IncidentName] | None:
    """Return from what to what an incident was corrected, where that is all that a part has."""
    found = [
        pair
        for moved in part.largest
        for named in [name_of(moved.incident)]
        for pair in (
            *((other, named) for other in moved.corrected_from),
            *((named, other) for other in moved.corrected_to),
        )
    ]
    ends = {named.id for pair in found for named in pair}
    told = {moved.incident.id for moved in part.largest}
    return found[0] if len(set(found)) == 1 and len(told) == part.incidents and told <= ends else None


def _happening(incident: IncidentName, names: Mapping[str, str], with_day: bool) -> str:
    one, other = actor_name(incident.source, names), actor_name(incident.target, names)
    who = f"between {one} and {other}" if incident.reciprocal else f"by {one} towards {other}"
    return f"{incident.type or 'an event'} {who}{f' on {day_in_words(to_date(incident.day))}' if with_day else ''}"


# Days and instants


def _by_day(before: Question, after: Question) -> str:
    if before.day == after.day:
        return f"by {day_in_words(to_date(after.day))}"
    return f"by {days_in_words(to_date(before.day), to_date(after.day), 'or by')}"


def _instants(one: int | None, other: int | None) -> tuple[str, str]:
    """Return two instants, each as short as tells them apart."""
    instants = _instant(one), _instant(other)
    for clock in _INSTANTS:
        known = tuple("now" if i is None else f"on {day_in_words(i.date())}{clock.format(i)}" for i in instants)
        if known[0] != known[1]:
            break
    return known[0], known[1]


def _instant(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)
