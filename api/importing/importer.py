"""The import itself: files become rows, and rows become articles, which are recorded."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from api.importing.actors.actor_finder import ActorFinder, SharedByFinders
from api.importing.actors.actor_map import ActorMap, read_actor_map
from api.importing.actors.actor_table import ActorTable
from api.importing.codes.scheme_recognition import CodedRow, lost_zeros, scheme_of
from api.importing.codes.schemes import CodeScheme
from api.importing.document_grouping import DocumentGrouping
from api.importing.formats.date_columns import is_numeric, order_of
from api.importing.formats.keds import codes_of
from api.importing.formats.recognition import (
    DATA_SETS,
    SCHEMES,
    DataFormat,
    DatedReader,
    RowReader,
    keds_reader,
    recognise,
)
from api.importing.kept_import import FileImport
from api.importing.names.new_actors import may_be_of
from api.importing.recording import Recording
from api.importing.records.json_documents import read_texts
from api.importing.rows import CodedEvent, DeletedEvent, Entry, Reject, RowPlace, SentArticle
from api.importing.seeds import read_actors
from api.importing.sent_articles import mend_article
from api.importing.summary import ImportHooks, RowCounts, Summary
from api.importing.targets.dry import DryTarget
from api.importing.targets.target import RECORDED_BY, Target, TargetFailed
from api.importing.text_files import BadFile, Text, TextLine, look_ahead, open_again, open_texts
from api.running.service import Clock, utc_now
from domain.actor_directory import ActorDirectory
from domain.actors import ActorKind
from domain.administration.imports import ImportOutcome
from domain.events import Provenance
from domain.report_rules import check_occurred

_FIRST_LINES: Final = 10  # among which one has to tell the format
_DOUBTFUL_SHOWN: Final = 10
_SIDES: Final = ("source", "source_role", "target", "target_role")  #: what a person's map says


@dataclass(frozen=True)
class Options:
    """How to import."""

    format: DataFormat | None = None
    publisher: str | None = None
    strict_actors: bool = False
    longest_line: int = 4 * 1024 * 1024
    codes: CodeScheme | None = None
    actors: Path | None = None  #: a person's map of them


class Importer:
    """Imports files into a target; `summary` counts what became of their rows."""

    def __init__(
        self, target: Target, options: Options, hooks: ImportHooks | None = None, clock: Clock = utc_now
    ) -> None:
        overrides = None if options.actors is None else _read_map(options.actors, target.directory, clock)
        target.seed()
        self._counts = RowCounts(hooks or ImportHooks())
        self._target = target
        self._options = options
        self._clock = clock
        self._kinds = _seeded_kinds(clock)
        self._shared = SharedByFinders(overrides=overrides)
        self._recording = Recording(target, self._counts, self._shared.new_actors)
        self._finders: dict[CodeScheme, ActorFinder] = {}
        self._last_day = ""
        self._file = FileImport("", None, strict_actors=False, actors=None)

    @property
    def actors(self) -> ActorTable:
        """Which code became which actor so far."""
        return self._shared.table

    @property
    def summary(self) -> Summary:
        """What has become of the rows so far."""
        return self._counts.summary

    def run(self, names: Iterable[str]) -> Summary:
        """Import files by name, `-` for standard input. What cannot be read stands in the summary's errors."""
        for name in names:
            self._last_day = (self._clock() + timedelta(days=1)).date().isoformat()
            errors = len(self.summary.errors)
            self._begin_file(name)
            try:
                self._import_file(name)
            except (BadFile, TargetFailed) as error:
                self.summary.errors.append(str(error))
            self._keep(is_failed=len(self.summary.errors) > errors)
            if self.summary.interrupted or self._recording.failure:
                break
        doubtful = self.actors.doubtful()[:_DOUBTFUL_SHOWN]
        self.summary.doubtful_actors = {coded: rows for coded, rows, _ in doubtful}
        if self._shared.overrides is not None:
            self.summary.unused_overrides = self._shared.overrides.unused()
        return self.summary

    def _begin_file(self, name: str) -> None:
        options = self._options
        self._counts.begin_file()
        self._file = FileImport.begin(
            name, options.publisher, strict_actors=options.strict_actors, actors=self._shared.overrides
        )

    def _keep(self, *, is_failed: bool) -> None:
        """Keep in the log that the file was imported, if anything of it was recorded."""
        outcome = ImportOutcome.FAILED if is_failed else ImportOutcome.COMPLETE
        if self.summary.interrupted:
            outcome = ImportOutcome.INTERRUPTED
        command = self._file.command(outcome, self._counts.of_file(), Provenance(RECORDED_BY, self._clock()))
        if command is None:
            return
        try:
            self._target.keep(command)
        except TargetFailed as error:
            self.summary.errors.append(f"{self._file.name}: that it was imported is not kept: {error}")

    def _import_file(self, name: str) -> None:
        try:
            with open_texts(name, self._counts.hooks.on_bytes) as texts:
                for text in texts:
                    self._import_member(text)
        finally:
            self._recording.record_rest()
        if not self.summary.interrupted:
            self._counts.end_file()

    def _import_member(self, text: Text) -> None:
        """Import a text; one that cannot be read stands in no other's way."""
        try:
            self._import_text(text)
        except BadFile as error:
            self.summary.errors.append(str(error))

    def _import_text(self, text: Text) -> None:
        lines = self._lines(text)
        first, layout = self._in_its_scheme(text.name, *self._recognise(text.name, lines), lines)
        first, layout = self._in_its_date_order(text, first, layout, lines)
        self._counts.begin_text(text.name)
        self._file.formats[layout.format] = None
        if layout.format is DataFormat.ARTICLES:
            self._recording.record(self._sent(text.name, first, lines))
        else:
            self._recording.record(self._coded(text.name, layout, first, lines))

    def _lines(self, text: Text) -> Iterator[TextLine]:
        """Yield the lines until the file ends, breaks off, or the import is to stop."""
        number = 0
        try:
            for line in read_texts(text.name, text.pieces, self._options.longest_line):
                yield line
                number = line.number
                if self._recording.failure:
                    return
                if self._counts.hooks.is_stopped():
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
            if line.text is not None and (layout := self._layout(name, line.text)):
                return (first if layout.begins_with_header else [*first, line]), layout
            first.append(line)
        if len(self.summary.errors) > known_errors:
            raise BadFile(self.summary.errors.pop())
        if not first:
            raise BadFile(f"{name}: is empty")
        wanted = f"not {self._options.format}" if self._options.format else "no format we know; give --format"
        raise BadFile(f"{name}: its first {len(first)} lines are {wanted}")

    def _layout(self, name: str, line: str) -> RowReader | None:
        options = self._options
        try:
            return recognise(line, options.format, self._finder(CodeScheme.CAMEO), options.publisher)
        except Reject as doubt:
            raise BadFile(f"{name}: {doubt.detail}") from None

    def _finder(self, scheme: CodeScheme) -> ActorFinder:
        if scheme not in self._finders:
            strict = self._options.strict_actors
            finder = ActorFinder(
                self._target.directory,
                self._kinds,
                strict=strict,
                scheme=scheme,
                shared=self._shared,
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
        first = [*first, *look_ahead(first, lines)]
        rows = list(_coded_rows(layout, first))
        if scheme is None:
            try:
                scheme = scheme_of(rows)
            except Reject as doubt:
                raise BadFile(f"{name}: {doubt.detail}") from None
        self._file.codes[scheme] = None
        if scheme not in self.summary.codes:
            self.summary.codes.append(scheme)
        have_lost_zeros = lost_zeros({row.deed for row in rows}, scheme)
        finder = self._finder(scheme)
        return first, keds_reader(finder, self._options.publisher, layout, have_lost_zeros=have_lost_zeros)

    def _in_its_date_order(
        self, text: Text, first: list[TextLine], layout: RowReader, lines: Iterator[TextLine]
    ) -> tuple[list[TextLine], RowReader]:
        """Return how to read a file by the order of its dates, with the lines to be read first. Raises `BadFile`.

        Of a file that can be opened again, the whole column of dates counts, else what is looked at ahead.
        """
        dated = layout.dated
        if dated is None:
            return first, layout
        first = [*first, *look_ahead(first, lines)]
        if not any(map(is_numeric, _dates(dated, layout, iter(first)))):
            return first, layout
        try:
            if text.path is None:
                order = order_of(_dates(dated, layout, iter(first)))
            else:
                with open_again(text) as again:
                    whole = read_texts(again.name, again.pieces, self._options.longest_line)
                    order = order_of(_dates(dated, layout, whole))
        except Reject as doubt:
            raise BadFile(f"{text.name}: nothing of it is imported: {doubt.detail}") from None
        return first, layout._replace(read=dated.in_order(order))

    def _coded(
        self, name: str, layout: RowReader, first: Sequence[TextLine], lines: Iterator[TextLine]
    ) -> Iterator[Entry]:
        """Yield the articles of coded rows, and the events that are deleted."""
        window = DocumentGrouping(DATA_SETS.get(layout.format, layout.format))
        for row, text in self._rows(name, layout.records(chain(first, lines))):
            try:
                event = self._read(layout, text)
                if isinstance(event, DeletedEvent):
                    yield replace(event, rows=(row,))
                    continue
                window.add(row, event)
                if event.mended:
                    self.summary.mended.update(event.mended)
                self._shared.texts.count(self.summary.mended, self.summary.left_out)
            except Reject as reject:
                self._counts.reject(row, reject)
            if window.is_full:
                yield from window.take()
        yield from window.take_all()

    def _read(self, layout: RowReader, text: str) -> CodedEvent | DeletedEvent:
        assert layout.read is not None
        self._shared.texts.begin_row()
        overrides = self._shared.overrides
        changes = 0 if overrides is None else overrides.changes
        event = layout.read(text)
        if isinstance(event, DeletedEvent):
            return event
        if event.coverage:
            is_mapped = overrides is not None and overrides.changes > changes
            said = (("publisher",) if self._options.publisher else ()) + (_SIDES if is_mapped else ())
            event = event._replace(coverage=event.coverage.without(said))
        if event.header.published > self._last_day:
            raise Reject("future-publication", f"{event.header.published} is in the future")
        if event.report.occurred != event.header.published:  # nearly always it is
            for fault in check_occurred(event.report, event.header.published_day):
                raise Reject(fault.code, fault.detail)
        return event

    def _sent(self, name: str, first: Sequence[TextLine], lines: Iterator[TextLine]) -> Iterator[Entry]:
        """Yield the articles of rows that are articles as a client posts them."""
        for row, text in self._rows(name, chain(first, lines)):
            self._shared.texts.begin_row()
            body = mend_article(text.strip(), self._shared.texts)
            self._shared.texts.count(self.summary.mended, self.summary.left_out)
            yield SentArticle(body=body.encode(), rows=(row,))

    def _rows(self, name: str, records: Iterator[TextLine]) -> Iterator[tuple[RowPlace, str]]:
        for record in records:
            self._counts.read(name)
            row = RowPlace(name, record.number)
            if record.text is None:
                reason, detail = record.reject.split("\t", 1)
                self._counts.reject(row, Reject(reason, detail))
                continue
            self.summary.cp1252_rows += record.is_cp1252
            yield row, record.text


def _coded_rows(layout: RowReader, lines: Iterable[TextLine]) -> Iterator[CodedRow]:
    """Yield the codes of all lines of KEDS data that can be read."""
    for line in lines:
        with suppress(Reject):
            if line.text is not None and (coded := codes_of(layout.split(line.text))):
                yield coded


def _dates(dated: DatedReader, layout: RowReader, lines: Iterator[TextLine]) -> Iterator[str]:
    """Yield the dates of all records that can be read."""
    for record in layout.records(lines):
        if record.text is not None:
            yield from dated.dates_of(record.text)


def _seeded_kinds(clock: Clock) -> dict[str, ActorKind]:
    return {actor.code: actor.kind for actor in read_actors(Provenance("seeds", clock()))}


def _read_map(path: Path, directory: ActorDirectory, clock: Clock) -> ActorMap:
    """Return a map of actors, read by who is known there, and in the seeds. Raises `BadFile`."""
    known = DryTarget(directory)
    known.seed()
    finders = [
        ActorFinder(known.directory, _seeded_kinds(clock), strict=False, scheme=scheme)
        for scheme in (CodeScheme.CAMEO, CodeScheme.KEDS)
    ]

    def is_own(actor: str, code: str) -> bool:
        parts = code.split(" | ")
        read = (finder.found(part) for finder in finders for part in parts)
        return any(found is not None and found.code == actor for found in read) or may_be_of(actor, parts[0])

    return read_actor_map(path, known.directory, is_own)
