"""The columns of each list: their names, which stay, what is in them, and where it comes from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import reduce
from typing import Any, Final

from detente_client.answers.base import Answer
from detente_client.answers.incidents import FoundIncident, Incident, MovedIncident, RiskShare, Suggestion
from detente_client.answers.log import Actor, Agreement, ListedArticle, Model, Publisher, Ruling
from detente_client.answers.relations import Episode, ListedRelation, Part, TensionPoint


class Kind(Enum):
    """What stands in a column."""

    TEXT = "text"
    WORD = "word"  # one of few texts: a category
    DAY = "day"
    INSTANT = "instant"
    COUNT = "count"
    NUMBER = "number"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `path` leads from an item to its value, by names and indices. Texts of a list are joined.

    `in_table` is its name in a table of the service, where that is another.
    """

    name: str
    kind: Kind
    path: tuple[str | int, ...]
    in_table: str = ""

    @property
    def name_in_table(self) -> str:
        """Its name in a table of the service."""
        return self.in_table or self.name

    def value_of(self, item: object) -> Any:
        """Return an item's value, None where something on the way to it is, or where a list has nothing."""
        value = reduce(_step, self.path, item)
        return "; ".join(value) or None if isinstance(value, list) else value


def _step(value: Any, step: str | int) -> Any:
    if value is None:
        return None
    if isinstance(step, int):
        return value[step] if step < len(value) else None
    if isinstance(value, list):
        return [getattr(one, step) for one in value]
    return getattr(value, step)


class Table:
    """Columns that are filled from items, without keeping these."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = columns
        self.values: dict[str, list[Any]] = {column.name: [] for column in columns}

    @classmethod
    def of(cls, item: type[Answer]) -> "Table":
        """Return an empty table of items of a type."""
        return cls(COLUMNS[item])

    def extend(self, items: Iterable[object]) -> None:
        """Add a row for each item."""
        kept = list(items)
        for column in self.columns:
            self.values[column.name].extend(map(column.value_of, kept))


def _columns(kind: Kind, names: str) -> tuple[Column, ...]:
    return tuple(Column(name, kind, (name,)) for name in names.split())


def _pair() -> tuple[Column, ...]:
    return (Column("a", Kind.WORD, ("pair", 0)), Column("b", Kind.WORD, ("pair", 1)))


_SURE: Final = (
    Column("tension_low", Kind.NUMBER, ("tension_interval", 0)),
    Column("tension_high", Kind.NUMBER, ("tension_interval", 1)),
)
_PRESSURES: Final = _columns(Kind.NUMBER, "cooperation conflict_pressure cooperation_pressure spillover_pressure")
_BESIDE_STATE: Final = (
    Column("ceasefire", Kind.TEXT, ("ceasefire", "agreement")),
    Column("trend", Kind.WORD, ("trend",)),
    *_columns(Kind.NUMBER, "trend_change new_pressure"),
    Column("usual_weeks", Kind.COUNT, ("usual", "weeks")),
    *(
        Column(f"usual_{name}", Kind.NUMBER, ("usual", name))
        for name in ("percentile", "ratio", "new_percentile", "new_ratio")
    ),
    Column("last_clash", Kind.TEXT, ("last_clash", "incident")),
    Column("last_clash_day", Kind.DAY, ("last_clash", "day")),
    *_columns(Kind.COUNT, "quiet_days"),
)
_NAMED: Final = (
    *_columns(Kind.TEXT, "id"),
    *_columns(Kind.WORD, "source target"),
    *_columns(Kind.FLAG, "reciprocal"),
    *_columns(Kind.WORD, "type"),
    *_columns(Kind.DAY, "day"),
)
_FOUND: Final = (
    *_NAMED,
    *_columns(Kind.TEXT, "place"),
    *_columns(Kind.COUNT, "publishers reports killed"),
    Column("killed_low", Kind.COUNT, ("killed_range", 0)),
    Column("killed_high", Kind.COUNT, ("killed_range", 1)),
    *_columns(Kind.COUNT, "wounded"),
    Column("wounded_low", Kind.COUNT, ("wounded_range", 0)),
    Column("wounded_high", Kind.COUNT, ("wounded_range", 1)),
    *_columns(Kind.FLAG, "disputed"),
)

POINT: Final = (
    *_columns(Kind.DAY, "day"),
    *_columns(Kind.NUMBER, "tension"),
    *_SURE,
    *_PRESSURES,
    *_columns(Kind.NUMBER, "peak"),
    *_columns(Kind.WORD, "model state"),
    *_BESIDE_STATE,
)
POINT_OF_PAIR: Final = (Column("a", Kind.WORD, ("a",)), Column("b", Kind.WORD, ("b",)), *POINT)

COLUMNS: Final[dict[type[Answer], tuple[Column, ...]]] = {
    TensionPoint: POINT,
    ListedRelation: (
        *_pair(),
        *_columns(Kind.DAY, "as_of"),
        *_columns(Kind.INSTANT, "known_at"),
        *_columns(Kind.DAY, "published_by"),
        *_columns(Kind.WORD, "state"),
        *_columns(Kind.DAY, "since"),
        *_columns(Kind.NUMBER, "tension"),
        *_SURE,
        *_PRESSURES,
        *_columns(Kind.COUNT, "incidents"),
        *_columns(Kind.NUMBER, "effective_incidents"),
        *_columns(Kind.COUNT, "publishers"),
        *_columns(Kind.NUMBER, "clash_risk"),
        *_columns(Kind.WORD, "clash_risk_model"),
        *_BESIDE_STATE,
    ),
    FoundIncident: _FOUND,
    Incident: (*_FOUND, *_columns(Kind.NUMBER, "weight contribution"), *_columns(Kind.WORD, "via patron")),
    RiskShare: (*_FOUND, *_columns(Kind.NUMBER, "share"), *_columns(Kind.WORD, "via")),
    MovedIncident: (
        *_FOUND,
        *_columns(Kind.WORD, "cause"),
        *_columns(Kind.NUMBER, "change weight_before weight_after"),
        *_columns(Kind.WORD, "via patron"),
    ),
    Part: (
        *_columns(Kind.WORD, "part via patron"),
        *_columns(Kind.NUMBER, "change"),
        *_columns(Kind.COUNT, "incident_count"),
    ),
    Episode: (
        *_columns(Kind.WORD, "state"),
        *_columns(Kind.DAY, "first last"),
        *_columns(Kind.COUNT, "days"),
        *_columns(Kind.NUMBER, "peak"),
        *_columns(Kind.DAY, "peak_day"),
        *_columns(Kind.TEXT, "because"),
        *_columns(Kind.COUNT, "incident_count"),
        Column("began_with", Kind.TEXT, ("began_with", "id")),
    ),
    Suggestion: (
        *_pair(),
        *_columns(Kind.WORD, "source target"),
        *_columns(Kind.FLAG, "reciprocal"),
        *_columns(Kind.WORD, "type"),
        *_columns(Kind.TEXT, "reasons"),
        Column("incidents", Kind.TEXT, ("incidents", "id")),
    ),
    ListedArticle: (
        *_columns(Kind.TEXT, "id url headline"),
        *_columns(Kind.WORD, "publisher"),
        *_columns(Kind.TEXT, "published"),
        *_columns(Kind.WORD, "language"),
        *_columns(Kind.FLAG, "retracted"),
        *_columns(Kind.COUNT, "version"),
        *_columns(Kind.WORD, "counts_as"),
        *_columns(Kind.INSTANT, "recorded changed"),
    ),
    Ruling: (
        *_columns(Kind.TEXT, "id"),
        *_columns(Kind.WORD, "ruling"),
        Column("articles", Kind.TEXT, ("reports", "article"), in_table="reports"),
        *_columns(Kind.TEXT, "reason"),
        *_columns(Kind.INSTANT, "recorded"),
        *_columns(Kind.WORD, "recorded_by"),
        *_columns(Kind.COUNT, "position"),
        Column("withdrawn", Kind.INSTANT, ("withdrawal", "recorded"), in_table="withdrawal_recorded"),
    ),
    Agreement: (
        *_columns(Kind.TEXT, "id title"),
        *_columns(Kind.WORD, "purpose"),
        *_columns(Kind.TEXT, "parties"),
        *_columns(Kind.WORD, "status"),
        *_columns(Kind.TEXT, "since status_since"),
        *_columns(Kind.COUNT, "clashes"),
    ),
    Actor: (
        *_columns(Kind.TEXT, "code"),
        *_columns(Kind.WORD, "kind"),
        *_columns(Kind.TEXT, "name aliases"),
        Column("from", Kind.DAY, ("from_",)),
        *_columns(Kind.DAY, "until"),
        *_columns(Kind.TEXT, "succeeded_by preceded_by"),
    ),
    Publisher: (
        *_columns(Kind.TEXT, "publisher counts_as aliases spellings"),
        *_columns(Kind.COUNT, "articles articles_with_aliases"),
        *_columns(Kind.DAY, "since"),
        *_columns(Kind.INSTANT, "recorded"),
    ),
    Model: (*_columns(Kind.TEXT, "name"), *_columns(Kind.WORD, "family"), *_columns(Kind.FLAG, "is_default")),
}
