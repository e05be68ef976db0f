"""Articles are recorded in a target, in groups, and what became of their rows is counted."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from api.importing.names.new_actors import NewActor
from api.importing.rows import CodedArticle, Entry, Reject, SentArticle
from api.importing.summary import REDACTED, RowCounts
from api.importing.targets.target import PostResult, Target, TargetFailed
from domain.deliveries.delivery import Fate
from domain.reports import Report

GROUP_ARTICLES: Final = 100  #: recorded at once
GROUP_EVENTS: Final = 2000
GROUP_BYTES: Final = 4 * 1024 * 1024


class _Group:
    """Articles that are recorded at once, of one text or of several: each recording takes its time."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._events = 0
        self._bytes = 0

    @property
    def is_full(self) -> bool:
        """Whether it is time to take them."""
        return len(self._entries) >= GROUP_ARTICLES or self._events >= GROUP_EVENTS or self._bytes >= GROUP_BYTES

    def add(self, entry: Entry) -> None:
        """Take in an article."""
        self._entries.append(entry)
        self._events += len(entry.rows)
        self._bytes += len(entry.body) if isinstance(entry, SentArticle) else 0

    def take(self) -> list[Entry]:
        """Return all, and be empty."""
        taken, self._entries = self._entries, []
        self._events = self._bytes = 0
        return taken


class Recording:
    """Records articles in a target, counts what becomes of their rows, and ends where the target fails."""

    def __init__(self, target: Target, counts: RowCounts, new_actors: Mapping[str, NewActor]) -> None:
        self.failure: TargetFailed | None = None
        self._target = target
        self._counts = counts
        self._new_actors = new_actors
        self._group = _Group()

    def record(self, entries: Iterator[Entry]) -> None:
        """Record articles in groups, the last with those of the next text. Raises as `record_rest` does."""
        for entry in entries:
            self._group.add(entry)
            if self._group.is_full:
                self._record_group(self._group.take())
        if self.failure:
            self.record_rest()

    def record_rest(self) -> None:
        """Record what is in hand. Raises `TargetFailed` once all rows are accounted for."""
        self._record_group(self._group.take())
        if self.failure:
            raise self.failure

    def _record_group(self, group: list[Entry]) -> None:
        if self.failure is None and group:
            try:
                group = self._post(group)
            except TargetFailed as error:
                self.failure = error
        if self.failure is not None:
            for entry in group:
                self._counts.reject_all(entry.rows, "not-recorded", str(self.failure))

    def _post(self, entries: list[Entry]) -> list[Entry]:
        """Record articles, each by itself; return those at which the target failed."""
        refused = self._register_actors(entries)
        whole = [rest for entry in entries if (rest := self._without_actors(entry, refused)) is not None]
        left: list[Entry] = []
        for entry, result in zip(whole, self._target.post(whole), strict=True):
            if result.failed:
                self.failure = TargetFailed(result.failed)
                left.append(entry)
            else:
                self._count(entry, result)
        return left

    def _register_actors(self, entries: Sequence[Entry]) -> Mapping[str, str]:
        """Register the actors that the registry lacks; return those that it refuses, and why."""
        known = self._target.directory.names
        codes: dict[str, None] = {}
        for entry in entries:
            if isinstance(entry, CodedArticle):
                for report in entry.reports:
                    codes.update(dict.fromkeys(c for c in (*report.source, *report.target) if c not in known))
        new = tuple(self._new_actors.get(code) or NewActor(code) for code in codes)
        refused = self._target.register(new) if new else {}
        self._counts.summary.registered_actors += len(codes) - len(refused)
        return refused

    def _without_actors(self, entry: Entry, refused: Mapping[str, str]) -> Entry | None:
        """Return what is left of an article without the rows of actors that are refused."""
        if not refused or not isinstance(entry, CodedArticle):
            return entry
        kept: list[int] = []
        for index, report in enumerate(entry.reports):
            why = next((refused[code] for code in (*report.source, *report.target) if code in refused), None)
            if why is None:
                kept.append(index)
            else:
                self._counts.reject(entry.rows[index], Reject("name-taken", why))
        if not kept:
            return None
        reports, rows = (tuple(all_[index] for index in kept) for all_ in (entry.reports, entry.rows))
        return replace(entry, reports=reports, rows=rows)

    def _count(self, entry: Entry, result: PostResult) -> None:
        """Count what became of the rows of an article."""
        self._counts.summary.articles += result.new_articles
        if result.redacted:
            self._counts.summary.left_out[REDACTED] += result.redacted
        repeated = _repeated(entry)
        for index, (row, fate) in enumerate(zip(entry.rows, result.rows, strict=True)):
            if isinstance(fate, Reject):
                self._counts.reject(row, fate)
            elif index in repeated and fate is Fate.KNOWN:
                self._counts.repeat()
            else:
                self._counts.settle(fate)


def _repeated(entry: Entry) -> set[int]:
    """Return which rows of a document say again what one before them says."""
    if not isinstance(entry, CodedArticle) or len({report.ref for report in entry.reports}) == len(entry.rows):
        return set()  # as nearly always
    first: dict[Report, int] = {}
    return {index for index, report in enumerate(entry.reports) if first.setdefault(report, index) != index}
