"""What an engine does for a build: it groups rows by a key and sorts them, and has each group folded by a task."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from arro3.core import RecordBatch, Table

from projections.history.table_batches import TableBatch
from projections.storage.history.build_manifest import BuiltFile

_TASK_ROWS: Final = 200_000  # about, unless one key has more

#: Takes batches of sorted rows, yields rows of tables. It is sent to where its task runs.
Fold = Callable[[Iterable[RecordBatch]], Iterator[TableBatch]]


class Stage(NamedTuple):
    """A query whose rows are folded: those that are equal in `keys` by one task, and in an order.

    Of `ranged` keys each task has a range, so that what it makes is in their order. `rows` is about how many there
    are. The query is in what SQL the engines have in common; it names sources.
    """

    name: str
    query: str
    keys: tuple[str, ...]
    order: tuple[str, ...]
    fold: Fold
    rows: int
    ranged: bool = False


class Engine(Protocol):
    """An engine at work on one build. Sources are given once, under a name: files, or rows that are at hand."""

    def add_events(self, name: str) -> None:
        """Let a source be the stored events of the archive."""

    def add_files(self, name: str, files: Sequence[BuiltFile]) -> None:
        """Let a source be rows of a table that earlier tasks have written."""

    def add_rows(self, name: str, rows: Table) -> None:
        """Let a source be a few rows, as Arrow."""

    def query(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query, which are few."""

    def fold(self, stage: Stage, told: Callable[[int, int], None]) -> list[BuiltFile]:
        """Fold all rows of a stage; return what was written. `told` gets how many tasks are done, of how many."""


def number_of_tasks(rows: int, at_least: int) -> int:
    """Return how many tasks some rows are folded by."""
    return max(at_least, -(-rows // _TASK_ROWS))


def by_table(files: Iterable[BuiltFile]) -> Mapping[str, list[BuiltFile]]:
    """Return files by the table of which they have rows."""
    found: dict[str, list[BuiltFile]] = {}
    for file in files:
        found.setdefault(file.table, []).append(file)
    return found
