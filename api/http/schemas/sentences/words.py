"""The words that sentences share: days, actors, numbers of things, lists, and what PLOVER types mean."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

_NOUNS: Final[Mapping[str | None, str]] = {
    "CONSULT": "consultation",
    "SUPPORT": "expression of support",
    "REQUEST": "request",
    "ACCUSE": "accusation",
    "REJECT": "refusal",
    "THREATEN": "threat",
    "CONCEDE": "concession",
    "AGREE": "agreement",
    "COOPERATE": "act of cooperation",
    "AID": "act of aid",
    "RETREAT": "step of de-escalation",
    "PROTEST": "protest",
    "SANCTION": "sanction",
    "MOBILIZE": "show of force",
    "COERCE": "act of coercion",
    "ASSAULT": "assault",
}


def actor_name(code: str, names: Mapping[str, str]) -> str:
    """Return the name of an actor, or its code where no name is known."""
    return names.get(code, code)


def noun_of(plover_type: str | None) -> str:
    """Return what a PLOVER type is called in plain English."""
    return _NOUNS.get(plover_type, "event")


def with_article(noun: str) -> str:
    """Return a noun with its indefinite article."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def number_of(number: int, noun: str) -> str:
    """Return a number of things."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def joined(phrases: Sequence[str]) -> str:
    """Return phrases as a list of words."""
    return " and ".join([", ".join(phrases[:-1]), *phrases[-1:]] if len(phrases) > 1 else phrases)


def day_in_words(day: date) -> str:
    """Return a day as it is written in English."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def days_in_words(first: date, last: date, word: str = "and") -> str:
    """Return two days without saying the month or the year twice."""
    if first.year != last.year:
        return f"{day_in_words(first)} {word} {day_in_words(last)}"
    month = "" if first.month == last.month else f" {_MONTHS[first.month - 1]}"
    return f"{first.day}{month} {word} {day_in_words(last)}"
