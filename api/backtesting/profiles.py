"""Whose relations are tested, on which days: the options that the commands share."""

from contextlib import AbstractContextManager, nullcontext
from datetime import date
from enum import StrEnum
from typing import Any

from rich.console import Console

from projections.backtesting.incident_table import IncidentTable
from projections.backtesting.published_incidents import PublishedIncidents
from projections.queries.load_incident_table import (
    OrderedHistory,
    load_coded_incidents,
    load_incident_table,
    load_published_coded_incidents,
    load_published_incidents,
)
from projections.scoring.models import Model
from projections.storage.store import Store
from projections.times import to_day


class Profile(StrEnum):
    """Whose relations are tested.

    `default`: the registry's actors, as the service scores them. `reference`: countries as they were coded, every
    incident believed in full and nothing spilled over, as event data are read elsewhere.
    """

    DEFAULT = "default"
    REFERENCE = "reference"


class BadOption(ValueError):
    """An option that makes no sense; the message says what would."""


def parse_range(first: str | None, last: str | None) -> tuple[int | None, int | None]:
    """Return the days of `--from` and `--to`. Raises `BadOption`."""
    days = _parse_day("--from", first), _parse_day("--to", last)
    if days[0] is not None and days[1] is not None and days[0] > days[1]:
        raise BadOption(f"--from, {first}, is after --to, {last}")
    return days


def _parse_day(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return to_day(date.fromisoformat(text))
    except ValueError:
        raise BadOption(f"{name}: {text!r} is not a day such as 2001-12-31") from None


def working(console: Console, what: str) -> AbstractContextManager[Any]:
    """Return a context that says on a terminal what is being done."""
    return console.status(what) if console.is_terminal else nullcontext()


def load(
    store: Store,
    profile: Profile,
    model: Model,
    weight_of_one: float = 1.0,
    history: OrderedHistory | None = None,
) -> IncidentTable:
    """Return the incidents of a profile: weighed by the model, or `weight_of_one` for a point of intensity.

    Those as the service scores them come from a `history` where that can be.
    """
    with store.reading() as connection:
        if profile is Profile.DEFAULT:
            return load_incident_table(connection, model, history)
        return load_coded_incidents(connection, weight_of_one)


def load_published(store: Store, profile: Profile, model: Model) -> PublishedIncidents:
    """Return the incidents of a profile as they stood by what was published by each day."""
    with store.reading() as connection:
        if profile is Profile.DEFAULT:
            return load_published_incidents(connection, model)
        return load_published_coded_incidents(connection)
