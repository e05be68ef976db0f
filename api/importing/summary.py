"""What becomes of the rows of an import: each is imported, a duplicate, or rejected for a reason."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from api.importing.rows import Reject, RowPlace
from domain.deliveries.delivery import Fate

REDACTED: Final = "redacted"  #: what is left out of rows whose texts were redacted, in place of a field
_OF_THE_LOG: Final = frozenset({"article-differs", "article-retracted"})  #: reasons that are no fault of a file
_COUNTED: Final = {Fate.ADDED: "imported", Fate.KNOWN: "duplicates"}  # the others are counted by their own name


@dataclass
class Summary:
    """What became of the rows: read is what became of them, from `imported` to `rejected`, in all.

    `repeated` are rows that say again what another row of their document says. `corrected` are events that the
    data set had otherwise before, `kept_as_decided` those that it has otherwise by now, or deleted, and that an
    analyst had corrected, taken back or ruled on. `retracted` are events that the data set has deleted, `deleted`
    those that come although it has, `not_here` deleted ones that were never here.
    """

    read: int = 0
    imported: int = 0
    duplicates: int = 0
    repeated: int = 0
    corrected: int = 0
    kept_as_decided: int = 0
    retracted: int = 0
    deleted: int = 0
    not_here: int = 0
    rejected: int = 0
    registered_actors: int = 0
    articles: int = 0
    cp1252_rows: int = 0
    codes: list[str] = field(default_factory=list)
    mended: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    interrupted: bool = False
    doubtful_actors: dict[str, int] = field(default_factory=dict)
    unused_overrides: list[str] = field(default_factory=list)

    def counters(self) -> dict[str, Counter[str]]:
        """Return copies of all that is counted: what became of rows as `rows`, and why."""
        numbers = {name: count for name, count in vars(self).items() if type(count) is int}
        named = {name: Counter(getattr(self, name)) for name in ("reasons", "mended", "left_out")}
        return {"rows": Counter(numbers), **named}

    def as_dict(self) -> dict[str, Any]:
        """Return this for JSON."""
        counts = {name: dict(getattr(self, name).most_common()) for name in ("mended", "left_out", "reasons")}
        return {**asdict(self), **counts}


@dataclass(frozen=True)
class ImportHooks:
    """What the importer tells, and asks, while it works."""

    on_reject: Callable[[RowPlace, Reject], None] = lambda _row, _reject: None
    on_bytes: Callable[[int], None] = lambda _count: None
    on_row: Callable[[int], None] = lambda _count: None
    is_stopped: Callable[[], bool] = lambda: False


@dataclass
class _TextCounts:
    """What became of the rows of a text."""

    read: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


class RowCounts:
    """Counts in a summary what becomes of rows, and tells who watches of each that is rejected."""

    def __init__(self, hooks: ImportHooks) -> None:
        self.summary = Summary()
        self.hooks = hooks
        self._texts: dict[str, _TextCounts] = {}
        self._before = self.summary.counters()

    def begin_file(self) -> None:
        """Count what becomes of a file from here on."""
        self._before = self.summary.counters()

    def of_file(self) -> dict[str, Counter[str]]:
        """Return what was counted since the file began, by the names of `Summary.counters`."""
        return {name: counts - self._before[name] for name, counts in self.summary.counters().items()}

    def begin_text(self, name: str) -> None:
        """Count the rows of a text from here on: a file, or a member of a zip file."""
        self._texts[name] = _TextCounts()

    def read(self, name: str) -> None:
        """Count a row of a text that was read."""
        self.summary.read += 1
        self._texts[name].read += 1
        self.hooks.on_row(self.summary.read)

    def settle(self, fate: Fate) -> None:
        """Count a row of which it was looked up what is in the log."""
        name = _COUNTED.get(fate, str(fate))
        setattr(self.summary, name, getattr(self.summary, name) + 1)

    def repeat(self) -> None:
        """Count a row that says again what another row of its document says."""
        self.summary.repeated += 1

    def reject(self, row: RowPlace, reject: Reject) -> None:
        """Count a row that is not imported."""
        self.summary.rejected += 1
        self.summary.reasons[reject.reason] += 1
        self._texts[row.file].reasons[reject.reason] += 1
        self.hooks.on_reject(row, reject)

    def reject_all(self, rows: Sequence[RowPlace], reason: str, detail: str) -> None:
        """Count rows that are not imported for one reason."""
        for row in rows:
            self.reject(row, Reject(reason, detail))

    def end_file(self) -> None:
        """Count texts of which nothing is recorded now, or was before, as errors: none waits to be recorded.

        One whose articles are recorded otherwise, or were taken back, has nothing wrong with it.
        """
        for name, text in self._texts.items():
            if any(error.startswith(f"{name}: ") for error in self.summary.errors):
                continue
            if not text.read:
                self.summary.errors.append(f"{name}: has a header, and no rows")
            elif text.reasons.total() == text.read and not text.reasons.keys() <= _OF_THE_LOG:
                reason, rows = text.reasons.most_common(1)[0]
                told = f"{rows:,} of {text.read:,} rows are rejected as {reason}"
                self.summary.errors.append(f"{name}: nothing of it could be imported: {told}")
        self._texts.clear()
