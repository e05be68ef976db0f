"""The import itself: rows become articles, articles are recorded, and every row is accounted for."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from hashlib import sha256
from itertools import islice
from typing import Any, Final

from api.importing.actor_table import ActorTable
from api.importing.actors import ActorFinder
from api.importing.codes.scheme_recognition import scheme_of
from api.importing.codes.schemes import CodeScheme
from api.importing.document_grouping import DocumentGrouping
from api.importing.formats.keds import codes_of
from api.importing.formats.recognition import SCHEMES, DataFormat, RowReader, keds_reader, recognise
from api.importing.rows import CodedArticle, CodedEvent, Entry, Reject, RowPlace, SentArticle
from api.importing.seeds import read_actors
from api.importing.targets.target import PostResult, Target, TargetFailed, canonical
from api.importing.text_files import BadFile, Text, TextLine, look_ahead, open_texts, read_lines
from api.running.service import Clock, utc_now
from domain.events import Provenance

GROUP_ARTICLES: Final = 100  #: recorded at once
GROUP_EVENTS: Final = 2000
GROUP_BYTES: Final = 4 * 1024 * 1024
_FIRST_LINES: Final = 10  # among which one has to tell the format
_DOUBTFUL_SHOWN: Final = 10
_ATTEMPTS: Final = 1000  # at recording what is left of an article: each time there is less


@dataclass
class Summary:
    """What became of the rows: read = imported + duplicates + rejected."""

    read: int = 0
    imported: int = 0
    duplicates: int = 0
    rejected: int = 0
    registered_actors: int = 0
    articles: int = 0
    cp1252_rows: int = 0
    codes: list[str] = field(default_factory=list)
    mended: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    interrupted: bool = False
    doubtful_actors: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return this for JSON."""
        return {**asdict(self), "mended": dict(self.mended), "reasons": dict(self.reasons.most_common())}


@dataclass(frozen=True)
class Options:
    """How to import."""

    format: DataFormat | None = None
    publisher: str | None = None
    strict_actors: bool = False
    longest_line: int = 4 * 1024 * 1024
    codes: CodeScheme | None = None


@dataclass(frozen=True)
class ImportHooks:
    """What the importer tells, and asks, while it works."""

    on_reject: Callable[[RowPlace, Reject], None] = lambda _row, _reject: None
    on_bytes: Callable[[int], None] = lambda _count: None
    on_row: Callable[[int], None] = lambda _count: None
    is_stopped: Callable[[], bool] = lambda: False


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


class Importer:
    """Imports files into a target; `summary` counts what became of their rows."""

    def __init__(
        self, target: Target, options: Options, hooks: ImportHooks | None = None, clock: Clock = utc_now
    ) -> None:
        target.seed()
        self.summary = Summary()
        self._target = target
        self._options = options
        self._hooks = hooks or ImportHooks()
        self._clock = clock
        self._kinds = {actor.code: actor.kind for actor in read_actors(Provenance("seeds", clock()))}
        self.actors = ActorTable()
        self._finders: dict[CodeScheme, ActorFinder] = {}
        self._group = _Group()
        self._last_day = ""
        self._failure: TargetFailed | None = None

    def run(self, names: Iterable[str]) -> Summary:
        """Import files by name, `-` for standard input. What cannot be read stands in the summary's errors."""
        for name in names:
            self._last_day = (self._clock() + timedelta(days=1)).date().isoformat()
            try:
                self._import_file(name)
            except BadFile as error:
                self.summary.errors.append(str(error))
            except TargetFailed as error:
                self.summary.errors.append(str(error))
                break
            if self.summary.interrupted:
                break
        doubtful = self.actors.doubtful()[:_DOUBTFUL_SHOWN]
        self.summary.doubtful_actors = {coded: rows for coded, rows, _ in doubtful}
        return self.summary

    def _import_file(self, name: str) -> None:
        try:
            with open_texts(name, self._hooks.on_bytes) as texts:
                for text in texts:
                    self._import_member(text)
        finally:
            self._record_rest()

    def _import_member(self, text: Text) -> None:
        """Import a text; one that cannot be read stands in no other's way."""
        try:
            self._import_text(text)
        except BadFile as error:
            self.summary.errors.append(str(error))

    def _import_text(self, text: Text) -> None:
        lines = self._lines(text)
        first, layout = self._in_its_scheme(text.name, *self._recognise(text.name, lines), lines)
        if layout.format is DataFormat.ARTICLES:
            self._record(self._sent(text.name, first, lines))
        else:
            self._record(self._coded(text.name, layout, first, lines))

    def _lines(self, text: Text) -> Iterator[TextLine]:
        """Yield the lines until the file ends, breaks off, or the import is to stop."""
        number = 0
        try:
            for line in read_lines(text.pieces, self._options.longest_line):
                yield line
                number = line.number
                if self._failure:
                    return
                if self._hooks.is_stopped():
                    self.summary.interrupted = True
                    return
        except BadFile as error:
            after = f"; read up to row {number}" if number else ""
            self.summary.errors.append(f"{error}{after}")

    def _recognise(self, name: str, lines: Iterator[TextLine]) -> tuple[list[TextLine], RowReader]:
        """Return how to read a file, with the lines that are to be read first: those before it was clear."""
        known_errors = len(self.summary.errors)
        first: list[TextLine] = []
        for line in islice(lines, _FIRST_LINES):
            options = self._options
            if line.text is not None and (
                layout := recognise(line.text, options.format, self._finder(CodeScheme.CAMEO), options.publisher)
            ):
                return (first if layout.begins_with_header else [*first, line]), layout
            first.append(line)
        if len(self.summary.errors) > known_errors:
            raise BadFile(self.summary.errors.pop())
        if not first:
            raise BadFile(f"{name}: is empty")
        wanted = f"not {self._options.format}" if self._options.format else "no format we know; give --format"
        raise BadFile(f"{name}: its first {len(first)} lines are {wanted}")

    def _finder(self, scheme: CodeScheme) -> ActorFinder:
        if scheme not in self._finders:
            strict = self._options.strict_actors
            finder = ActorFinder(
                self._target.directory, self._kinds, strict=strict, scheme=scheme, table=self.actors
            )
            self._finders[scheme] = finder
        return self._finders[scheme]

    def _in_its_scheme(
        self, name: str, first: list[TextLine], layout: RowReader, lines: Iterator[TextLine]
    ) -> tuple[list[TextLine], RowReader]:
        """Return how to read a file by its scheme of codes, with the lines to be read first. Raises `BadFile`."""
        scheme, allowed = self._options.codes, SCHEMES.get(layout.format, (CodeScheme.CAMEO,))
        if scheme is not None and scheme not in allowed:
            wanted = f"in {' or '.join(allowed)}" if allowed else "in no scheme of codes"
            raise BadFile(f"{name}: {layout.format} data are {wanted}, and not in {scheme}; leave out --codes")
        if layout.format is not DataFormat.KEDS:
            return first, layout
        if scheme is None:
            first = [*first, *look_ahead(first, lines)]
            try:
                scheme = scheme_of(found for line in first if line.text and (found := codes_of(line.text)))
            except Reject as doubt:
                raise BadFile(f"{name}: {doubt.detail}") from None
        if scheme not in self.summary.codes:
            self.summary.codes.append(scheme)
        return first, keds_reader(self._finder(scheme), self._options.publisher, layout)

    def _coded(
        self, name: str, layout: RowReader, first: Sequence[TextLine], lines: Iterator[TextLine]
    ) -> Iterator[Entry]:
        """Yield the articles of coded rows."""
        window = DocumentGrouping()
        for row, text in self._rows(name, first, lines):
            try:
                event = self._read(layout, text)
                if not window.add(row, event):
                    self.summary.duplicates += 1
                self.summary.mended.update(event.mended)
            except Reject as reject:
                self._reject(row, reject)
            if window.is_full:
                yield from window.take()
        yield from window.take_all()

    def _read(self, layout: RowReader, text: str) -> CodedEvent:
        assert layout.read is not None
        event = layout.read(text)
        if event.header.published > self._last_day:
            raise Reject("future-publication", f"{event.header.published} is in the future")
        return event

    def _sent(self, name: str, first: Sequence[TextLine], lines: Iterator[TextLine]) -> Iterator[Entry]:
        """Yield the articles of rows that are articles as a client posts them."""
        for row, text in self._rows(name, first, lines):
            yield SentArticle(body=text.strip().encode(), rows=(row,))

    def _rows(
        self, name: str, first: Sequence[TextLine], lines: Iterator[TextLine]
    ) -> Iterator[tuple[RowPlace, str]]:
        for source in (first, lines):
            for line in source:
                self.summary.read += 1
                self._hooks.on_row(self.summary.read)
                row = RowPlace(name, line.number)
                if line.text is None:
                    reason, detail = line.reject.split("\t", 1)
                    self._reject(row, Reject(reason, detail))
                    continue
                self.summary.cp1252_rows += line.is_cp1252
                yield row, line.text

    def _record(self, entries: Iterator[Entry]) -> None:
        """Record articles in groups, the last with those of the next text. Raises as `_record_rest` does."""
        for entry in entries:
            self._group.add(entry)
            if self._group.is_full:
                self._record_group(self._group.take())
        if self._failure:
            self._record_rest()

    def _record_rest(self) -> None:
        """Record what is in hand. Raises `TargetFailed` once all rows are accounted for."""
        self._record_group(self._group.take())
        if self._failure:
            raise self._failure

    def _record_group(self, group: list[Entry]) -> None:
        left: list[Entry] = group
        attempts = 0
        while left and self._failure is None:
            attempts += 1
            try:
                if attempts > _ATTEMPTS:
                    raise TargetFailed("the same articles are refused again and again")
                left = self._post(left)
            except TargetFailed as error:
                self._failure = error
        for entry in left:
            self._reject_all(entry.rows, "not-recorded", str(self._failure))

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
                self._failure = error
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
        refused = self._target.register(tuple(codes)) if codes else {}
        self.summary.registered_actors += len(codes) - len(refused)
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
            self.summary.imported += len(entry.rows)
            self.summary.articles += 1
        elif result.status == "failed":
            raise TargetFailed(result.detail)
        elif result.status == "known":
            self.summary.duplicates += len(entry.rows)
        elif isinstance(entry, CodedArticle) and result.status == "differs":
            return self._what_is_new(entry)
        elif isinstance(entry, CodedArticle) and result.events:
            return self._without(entry, result.events)
        else:
            self._reject_all(entry.rows, result.reason, result.detail)
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
        self.summary.duplicates += len(texts) - len(kept)
        digest = sha256(b"\n".join(sorted(texts[index] for index in kept))).hexdigest()[:12]
        return _part(article, f"{article.article_id}:{digest}", kept)

    def _without(self, article: CodedArticle, why: Mapping[int, tuple[str, str]]) -> CodedArticle | None:
        for index, (reason, detail) in why.items():
            self._reject(article.rows[index], Reject(reason, detail))
        return _part(article, article.article_id, [i for i in range(len(article.rows)) if i not in why])

    def _reject_all(self, rows: Sequence[RowPlace], reason: str, detail: str) -> None:
        for row in rows:
            self._reject(row, Reject(reason, detail))

    def _reject(self, row: RowPlace, reject: Reject) -> None:
        self.summary.rejected += 1
        self.summary.reasons[reject.reason] += 1
        self._hooks.on_reject(row, reject)


def _part(article: CodedArticle, article_id: str, kept: Sequence[int]) -> CodedArticle | None:
    if not kept:
        return None
    return CodedArticle(
        article_id=article_id,
        header=article.header,
        reports=tuple(article.reports[index] for index in kept),
        rows=tuple(article.rows[index] for index in kept),
    )
