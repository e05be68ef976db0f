"""A relation in a paragraph of plain English. Each clause is made from the part that it speaks of, or left out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from typing import Final

from api.http.schemas.sentences.words import (
    actor_name,
    day_in_words,
    days_in_words,
    joined,
    noun_of,
    number_of,
    with_article,
)
from projections.evidence.agreements import AgreementEntry, ClashIncident, Status
from projections.queries.agreements import AgreementHistory
from projections.queries.question import Question
from projections.queries.relation import Relation
from projections.scoring.context.usual import Usual
from projections.scoring.incidents import Incident
from projections.scoring.models import DEFAULT_MODEL
from projections.scoring.models.state_rules import BY_OWN_DEEDS
from projections.scoring.pair_history import Contribution
from projections.scoring.spillover import Backing, SpilledPressure
from projections.scoring.states import NOTHING_KNOWN, State
from projections.times import from_micros, to_date

_MOST: Final = 3  # of what spills over, and of agreements, that are named; the rest is counted
_SHOWN: Final = 0.05  # points, from which a score rounds to 0.1
_MUCH: Final = 90  # percentile from which something is unusually much; unusually little from as many below 100
_ENOUGH: Final = 26  # weeks of a past that show what is usual

#: How two actors have stood, behind "have".
_STANDING: Final[Mapping[State, str]] = {
    State.OPEN_CONFLICT: "been in open conflict",
    State.HOSTILE: "been hostile to each other",
    State.STRAINED_COOPERATION: "had relations that are strained and cooperative at once",
    State.STRAINED: "had strained relations",
    State.COOPERATIVE: "been cooperative",
    State.CORDIAL: "been on cordial terms",
    State.NEUTRAL: "been on neutral terms",
}
_TOO_LITTLE: Final = "too little that counts was reported lately of what they did or said to each other"


@dataclass(frozen=True, slots=True)
class RelationView:
    """What a summary is made from: `agreements` are those in force between the two, `names` are by code."""

    relation: Relation
    question: Question
    agreements: Sequence[AgreementHistory]
    names: Mapping[str, str]

    @property
    def violable(self) -> list[AgreementHistory]:
        """The ceasefires and peaces in force, the violated ones first."""
        found = [each for each in self.agreements if each.entry.is_violable]
        return sorted(found, key=lambda each: not each.clashes)

    def name(self, code: str) -> str:
        """Return the name of an actor, or its code where no name is known."""
        return actor_name(code, self.names)

    @property
    def both(self) -> str:
        """The names of the two."""
        return joined([self.name(code) for code in self.relation.pair])


def summary(view: RelationView) -> str:
    """Return what there is to say of a relation, a sentence after the other."""
    return " ".join(said for clause in CLAUSES if (said := clause(view)) is not None)


# How they stand


def standing_clause(view: RelationView) -> str:
    """Say the state and since when, and what the answer rests on."""
    state, both = view.relation.state, view.both
    return f"As of {_day(view.question.day)}{_basis(view.question)}, {_standing(view, state, both)}."


def _standing(view: RelationView, state: State, both: str) -> str:
    since = _since(view)
    if state is State.UNKNOWN:
        been = f"has been unknown{since}" if since else "is unknown"
        return f"how {both} stand {been}: {_TOO_LITTLE}"
    if state is State.ALIGNED:
        backed = joined([_backed(each, view) for each in view.relation.backings])
        return f"{both} have been aligned{since}: {backed or 'one of them backs the other'}, and {_TOO_LITTLE}"
    return f"{both} have {_STANDING[state]}{since}"


def _backed(backing: Backing, view: RelationView) -> str:
    # Of "2015-09" it is the middle: the day it counts from, and not the one on which it began.
    since = "then" if backing.since == view.relation.since else _day(backing.since)
    return f"{view.name(backing.patron)} has counted as backing {view.name(backing.client)} since {since}"


def _since(view: RelationView) -> str:
    since = view.relation.since
    if since is None:
        return ""
    return " since that day" if since == view.question.day else f" since {_day(since)}"


def _basis(question: Question) -> str:
    """Return what an answer rests on, where that is not all there is."""
    bases = []
    if question.published_by is not None:
        bases.append(f"by what was published by {_day(question.published_by)}")
    if question.known_at is not None:
        bases.append(f"with what was known {_instant(question.known_at)}")
    if question.model.name != DEFAULT_MODEL.name:
        bases.append(f"under model {question.model.name}")
    if question.what_if:
        bases.append(f"supposing {joined(question.what_if)}")
    return "".join(f", {basis}" for basis in bases)


def scores_clause(view: RelationView) -> str | None:
    """Say the scores, if there is anything to them."""
    found = view.relation.scores
    if view.relation.state in NOTHING_KNOWN and max(found.tension, found.cooperation) < _SHOWN:
        return None
    return f"Tension is {found.tension:.1f} and cooperation {found.cooperation:.1f}, each of at most 100."


def spillover_clause(view: RelationView) -> str | None:
    """Say how much of the tension is others', and whose."""
    relation = view.relation
    if not relation.spilled or not relation.scores.spillover:
        return None
    named = [_spilled(each, view) for each in relation.spilled[:_MOST]]
    if others := len(relation.spilled) - len(named):
        named.append(number_of(others, "other"))
    share = _share(relation.scores.spillover, relation.scores.conflict)
    conflicts = "conflict" if len(relation.spilled) == 1 else "conflicts"
    said = f"{share} of the tension spills over from the {conflicts} {joined(named)}"
    return f"{said}, which is no deed of the two{_no_state(view)}."


def _spilled(spilled: SpilledPressure, view: RelationView) -> str:
    (other,) = (code for code in view.relation.pair if code != spilled.patron)
    client, patron = view.name(spilled.client), view.name(spilled.patron)
    return f"of {client} (which {patron} backs) with {view.name(other)}"


def _share(part: float, whole: float) -> str:
    if part >= whole:
        return "All"
    percent = 100 * part / whole
    if percent < 1:
        return "Less than 1 %"
    return f"About {min(percent, 99):.0f} %"


def _no_state(view: RelationView) -> str:
    if view.relation.state not in NOTHING_KNOWN or view.question.model.state_rules is not BY_OWN_DEEDS:
        return ""
    return f": a state takes deeds or words of their own, so theirs is {view.relation.state.value} all the same"


# Where it is heading


def trend_clause(view: RelationView) -> str | None:
    """Say where the relation is heading, and by how much."""
    found, model = view.relation.context.trend, view.question.model
    if found is None:
        return None
    window, change = model.trend_window, f"{abs(found.change):.1f}"
    if not (found.news or found.change):
        return (
            f"The trend is {found.direction.value}, with no new conflict dated within the last {2 * window} days."
        )
    compared = f"{change} {'more' if found.change > 0 else 'less'} than" if float(change) else "as much as"
    assault = f"an assault told by 1 publisher weighs {abs(model.weight('ASSAULT', 1, None, None)):.1f} on its day"
    return (
        f"The trend is {found.direction.value}: new conflict of the last {number_of(window, 'day')} weighs "
        f"{found.news:.1f}, {compared} that of the {window} before ({assault})."
    )


class HowUsual(StrEnum):
    """Whether what came lately is usual for a pair."""

    MUCH = "much"
    LITTLE = "little"
    USUAL = "usual"
    TOO_SHORT = "too_short"  # a past to say so


def how_usual(usual: Usual) -> HowUsual:
    """Return whether what came lately is unusually much or little for a pair, if its past is long enough."""
    percentile = usual.news.percentile
    if usual.weeks < _ENOUGH:
        return HowUsual.TOO_SHORT
    if percentile >= _MUCH:
        return HowUsual.MUCH
    return HowUsual.LITTLE if percentile <= 100 - _MUCH else HowUsual.USUAL


def usual_clause(view: RelationView) -> str | None:
    """Say how unusual for the two it is what came lately."""
    found = view.relation.context.usual
    if found is None:
        return None
    how = how_usual(found)
    if how is HowUsual.TOO_SHORT:
        known = number_of(found.weeks, "week")
        return f"Their earlier relation is known for {known} only, too short to say what is usual for these two."
    percentile, window = found.news.percentile, number_of(view.question.model.trend_window, "day")
    much = "usual" if how is HowUsual.USUAL else f"unusually {how.value}"
    return (
        f"For these two the conflict of the last {window} is {much}: it ranks at {percentile:.0f}, where 0 is the "
        f"quietest and 100 the most violent of {number_of(found.weeks, 'week')} before."
    )


def last_clash_clause(view: RelationView) -> str | None:
    """Say when the two last clashed, and where that is not known to the day, which day it counts from."""
    clash = view.relation.context.last_clash
    if clash is None:
        return None
    quiet = view.question.day - clash.day
    ago = f"{number_of(quiet, 'day')} before" if quiet else "that very day"
    counts = "" if _when(clash) == _on(clash.day) else f"; it counts as of {_day(clash.day)}"
    return f"The last assault between them was {_when(clash)}{counts}, {ago}."


# What weighs most


def heaviest_clause(view: RelationView) -> str | None:
    """Say which incidents weigh most in each score, and with how many points."""
    tension = [_weighing(each, view) for each in view.relation.heaviest if each.weight < 0]
    cooperation = [_weighing(each, view) for each in view.relation.heaviest if each.weight > 0]
    among = " of what passed between the two" if view.relation.spilled else ""  # which may weigh more
    if tension and cooperation:
        among = among and f",{among}"
        return f"What weighs most in tension{among}: {joined(tension)}; in cooperation: {joined(cooperation)}."
    found = tension or cooperation
    return f"What weighs most{among}: {joined(found)}." if found else None


def _weighing(found: Contribution, view: RelationView) -> str:
    return f"{with_article(_happening(found, view))} ({_points(found)})"


def _happening(found: Contribution, view: RelationView) -> str:
    incident = found.incident
    one, other = view.name(incident.a), view.name(incident.b)
    if incident.direction == 2:
        who = f"between {one} and {other}"
    else:
        source, target = (one, other) if incident.direction == 0 else (other, one)
        who = f"by {source} {'against' if found.weight < 0 else 'towards'} {target}"
    return f"{noun_of(incident.type)} {who} {_when(incident)}"


def _when(happened: Incident | ClashIncident) -> str:
    """Return on which day something happened, or between which days that is known to be."""
    first, last = happened.first_day, happened.last_day
    if first is None or last is None or first == last:
        return _on(happened.day)
    return f"between {days_in_words(to_date(first), to_date(last))}"


def _on(day: int) -> str:
    return f"on {_day(day)}"


def _points(found: Contribution) -> str:
    score = "tension" if found.weight < 0 else "cooperation"
    incident = found.incident
    tolls = [(incident.killed, "killed"), (incident.wounded, "wounded")]
    toll = [f"{number:,} {what}" for number, what in tolls if number]
    return ", ".join([f"{found.contribution:.1f} points of {score}", *toll])


def disputed_clause(view: RelationView) -> str | None:
    """Say of which of the heaviest incidents the toll is disputed, and between which figures."""
    found = [each for each in view.relation.heaviest if each.incident.is_disputed]
    if not found:
        return None
    named = [f"of the {_happening(each, view)} ({_range(each.incident)})" for each in found]
    return f"Among what weighs most, publishers do not agree on the toll {joined(named)}."


def _range(incident: Incident) -> str:
    ranges = (
        (incident.killed_low, incident.killed_high, "killed"),
        (incident.wounded_low, incident.wounded_high, "wounded"),
    )
    return ", ".join(
        f"{low:,} to {high:,} {what}"
        for low, high, what in ranges
        if low is not None and high is not None and low < high
    )


# What is in force


def ceasefires_clause(view: RelationView) -> str | None:
    """Say of each ceasefire and peace in force whether it is kept."""
    found = view.violable
    if not found:
        return None
    said = [_ceasefire(each) for each in found[:_MOST]]
    if others := found[_MOST:]:
        violated = sum(each.entry.status is Status.VIOLATED for each in others)
        is_are = "is" if len(others) == 1 else "are"
        more = "more ceasefire or peace" if len(others) == 1 else "more ceasefires and peaces"
        said.append(f"{len(others):,} {more} {is_are} in force, {violated:,} of them violated.")
    return " ".join(said)


def _ceasefire(agreement: AgreementHistory) -> str:
    entry, clashes = agreement.entry, agreement.clashes
    since = entry.since if entry.affirmed is None else entry.affirmed
    affirmed = _day(since)
    named = f"The {entry.purpose} {_title(entry)} "
    if not clashes:
        return f"{named}is in force: no assault between its parties is known after {affirmed}."
    number = number_of(len(clashes), "assault")
    # Of what is known to a month alone it is the middle that is later, and not each of its days.
    is_later = all(clash.first_day is None or clash.first_day > since for clash in clashes)
    counted = "" if is_later else "that counts as " if len(clashes) == 1 else "that count as "
    dated = f"{'' if len(clashes) == 1 else 'the first '}{_when(clashes[0])}"
    return f"{named}is violated: {number} between its parties {counted}after {affirmed}, {dated}."


def _title(entry: AgreementEntry) -> str:
    return f'"{entry.agreement if entry.title is None else entry.title}"'


def agreements_clause(view: RelationView) -> str | None:
    """Say which agreements are in force besides."""
    found = [each.entry for each in view.agreements if not each.entry.is_violable]
    if not found:
        return None
    named = [_title(entry) for entry in found[:_MOST]]
    if others := found[_MOST:]:
        named.append(f"{len(others):,} more")
    return f"In force between them {'is' if len(found) == 1 else 'are'} {joined(named)}."


# How sure


def sureness_clause(view: RelationView) -> str | None:
    """Say on how many incidents and publishers it rests, and how far the tension may be off."""
    relation, interval = view.relation, view.relation.tension_interval
    if not relation.incidents:
        return None
    incidents = number_of(relation.incidents, "incident")
    counted = (
        f"The answer counts {incidents}" if _basis(view.question) else f"The log knows of {incidents} by then"
    )
    within = ""
    if interval is not None:
        low, high = (f"{end:.1f}" for end in interval)
        within = f"; if each counted a little more or less, tension would be {low} to {high} in 8 of 10 cases"
    return f"{counted}, told by {number_of(relation.publishers, 'publisher')}{within}."


CLAUSES: Final[Sequence[Callable[[RelationView], str | None]]] = (
    standing_clause,
    scores_clause,
    spillover_clause,
    trend_clause,
    usual_clause,
    last_clash_clause,
    heaviest_clause,
    disputed_clause,
    ceasefires_clause,
    agreements_clause,
    sureness_clause,
)


def _day(day: int) -> str:
    return day_in_words(to_date(day))


def _instant(micros: int) -> str:
    """Return an instant, or that it is the end of a day."""
    instant = from_micros(micros)
    if instant.time() == time.max:
        return f"by the end of {day_in_words(instant.date())}"
    clock = "%H:%M:%S.%f" if instant.microsecond else "%H:%M:%S"
    return f"on {day_in_words(instant.date())} at {instant:{clock}} UTC"
