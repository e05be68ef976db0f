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

_TEXTS: Final[Mapping[str, str]] = {}


def describe_column(name: str) -> str:
    """Return what a column is, nothing if nothing is said of it."""
    return _TEXTS.get(name, "")
