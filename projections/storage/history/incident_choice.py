"""Which incidents of a build are asked for, as an export does that."""

from typing import NamedTuple


class IncidentChoice(NamedTuple):
    """Incidents that all of some actors are in, of one of some types or of any without, from a day to another."""

    actors: tuple[str, ...]
    types: tuple[str, ...]
    first: int | None
    last: int
