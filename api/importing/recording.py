"""Articles are recorded in a target, in groups; what stands in the way of one is counted, the rest recorded."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Final

from api.importing.names.new_actors import NewActor
from api.importing.rows import CodedArticle, Entry, Reject, SentArticle
from api.importing.summary import RowCounts
from api.importing.targets.target import PostResult, Target, TargetFailed, canonical

GROUP_ARTICLES: Final = 100  #: recorded at once
GROUP_EVENTS: Final = 2000
GROUP_BYTES: Final = 4 * 1024 * 1024
_ATTEMPTS: Final = 1000  # at recording what is left of an article: each time there is less


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
        left: list[Entry] = group
        attempts = 0
        while left and self.failure is None:
            attempts += 1
            try:
                if attempts > _ATTEMPTS:
                    raise TargetFailed("the same articles are refused again and again")
                left = self._post(left)
            except TargetFailed as error:
                self.failure = error
        for entry in left:
            self._counts.reject_all(entry.rows, "not-recorded", str(self.failure))

    def _post(self, entries: list[Entry]) -> list[Entry]:
        """Record articles, each by itself; return what is left to be recorded of them."""
        refused = self._register_actors(entries)
        whole = [rest for entry in entries if (rest := self._without_actors(entry, refused)) is not None]
        results = self._target.post(whole)
        left: list[Entry] = []
        for entry, result in zip(whole, results, strict=True):
            try:
                rest = self._settle(entry, result)
            except TargetFailed as error:  # the others are settled all the same
                self.failure = error
                rest = entry
            if rest is not None:
                left.append(rest)
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
        why = {
            index: ("name-taken", refused[code])
            for index, report in enumerate(entry.reports)
            for code in (*report.source, *report.target)
            if code in refused
        }
        return self._without(entry, why) if why else entry

    def _settle(self, entry: Entry, result: PostResult) -> Entry | None:
        """Count what became of an article; return what is left of it to be recorded."""
        if result.status == "new":
            self._counts.summary.imported += len(entry.rows)
            self._counts.summary.articles += 1
        elif result.status == "failed":
            raise TargetFailed(result.detail)
        elif result.status == "known":
            self._counts.summary.duplicates += len(entry.rows)
        elif isinstance(entry, CodedArticle) and result.status == "differs":
            return self._what_is_new(entry)
        elif isinstance(entry, CodedArticle) and result.events:
            return self._without(entry, result.events)
        else:
            self._counts.reject_all(entry.rows, result.reason, result.detail)
        return None

    def _what_is_new(self, article: CodedArticle) -> CodedArticle | None:
        """Return, as an article of its own, what the recorded one of the same id never stated."""
        stated = self._target.stated(article.article_id)
        kept: list[int] = []
        texts = [canonical(report) for report in article.reports]
        for index, text in enumerate(texts):
            if stated[text] > 0:
                stated[text] -= 1
            else:
                kept.append(index)
        self._counts.summary.duplicates += len(texts) - len(kept)
        digest = sha256(b"\n".join(sorted(texts[index] for index in kept))).hexdigest()[:12]
        return _part(article, f"{article.article_id}:{digest}", kept)

    def _without(self, article: CodedArticle, why: Mapping[int, tuple[str, str]]) -> CodedArticle | None:
        for index, (reason, detail) in why.items():
            self._counts.reject(article.rows[index], Reject(reason, detail))
        return _part(article, article.article_id, [i for i in range(len(article.rows)) if i not in why])


def _part(article: CodedArticle, article_id: str, kept: Sequence[int]) -> CodedArticle | None:
    if not kept:
        return None
    return CodedArticle(
        article_id=article_id,
        header=article.header,
        reports=tuple(article.reports[index] for index in kept),
        rows=tuple(article.rows[index] for index in kept),
    )
