"""What the columns of tables are: a sentence for each, by its name, and the units of their numbers."""

from collections.abc import Mapping
from typing import Final

#: The units of columns of numbers.
UNITS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("tension", "tension_low", "tension_high", "cooperation", "peak", "contribution"), "points"),
    **dict.fromkeys(("clash_risk", "clash_followed"), "probability"),
    **dict.fromkeys(("quiet_days", "days"), "days"),
    **dict.fromkeys(("latitude", "longitude"), "degrees"),
    **dict.fromkeys(("killed", "killed_low", "killed_high", "wounded", "wounded_low", "wounded_high"), "people"),
    "usual_weeks": "weeks",
    **dict.fromkeys(("usual_percentile", "usual_new_percentile"), "percent"),
}

_TEXTS: Final[Mapping[str, str]] = {
    "a": "the actor whose code comes first",
    "b": "the other actor",
    "as_of": "the day that the answer is about",
    "known_at": "the instant up to which the log was known",
    "published_by": "the last day of publication that counts",
    "state": "how the two stand",
    "since": "the first day of what holds: of a relation its state",
    "tension": "the tension score, 0 to 100",
    "tension_low": "the low end of the middle 80 % of what the tension may come to",
    "tension_high": "the high end of the same",
    "cooperation": "the cooperation score, 0 to 100",
    "conflict_pressure": "the sum of what conflict weighs, as the score has it",
    "cooperation_pressure": "the same of cooperation",
    "spillover_pressure": "the part of the conflict pressure that comes by way of clients",
    "a_to_b_conflict_pressure": "the conflict pressure of what a did to b",
    "a_to_b_cooperation_pressure": "the cooperation pressure of what a did with b",
    "b_to_a_conflict_pressure": "the conflict pressure of what b did to a",
    "b_to_a_cooperation_pressure": "the cooperation pressure of what b did with a",
    "incidents": "the incidents, or how many there are",
    "effective_incidents": "as how many of equal weight they count",
    "publishers": "the publishers that report it, or how many they are",
    "clash_risk": "the probability of an ASSAULT within the next 30 days",
    "clash_risk_model": "the model of that risk",
    "usual_weeks": "how many weeks of its own past a relation is compared with, by their Sundays",
    "usual_percentile": "the share of these with less conflict pressure",
    "usual_ratio": "the conflict pressure as a multiple of their median",
    "usual_new_percentile": "the share of these with a lower `new_pressure`",
    "usual_new_ratio": "`new_pressure` as a multiple of their median",
    "last_clash": "the incident of the last ASSAULT between the two",
    "last_clash_day": "its day",
    "id": "what names the item",
    "source": "who acts; of a mutual incident the one whose code comes first",
    "target": "whom it is done to",
    "reciprocal": "whether both act alike",
    "type": "what happened: of an incident a type of PLOVER",
    "day": "the day that it counts at",
    "dates": "the dates that reports give, the most precise first",
    "place": "where it was, as most reports write it",
    "reports": "the articles that report it, or how many they are",
    "reported_by": "who reported it, and in which words",
    "killed": "the dead, in the median of the publishers",
    "killed_low": "the lowest figure of a publisher",
    "killed_high": "the highest figure of a publisher",
    "wounded": "the wounded, in the median of the publishers",
    "wounded_low": "the lowest figure of a publisher",
    "wounded_high": "the highest figure of a publisher",
    "disputed": "whether some publisher has more than twice the toll",
    "weight": "what it weighs on the day, below 0 for conflict",
    "contribution": "what it adds to its score",
    "via": "the client by way of which it spills over",
    "patron": "the patron of that client",
}


def describe_column(name: str) -> str:
    """Return what a column is, nothing if nothing is said of it."""
    return _TEXTS.get(name, "")
