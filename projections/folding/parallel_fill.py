"""A whole log folded into empty tables, by several processes at once.

First the facts: workers read and fold stretches of the log, and this process writes their pages in log order. Then
what the facts mean: workers make the incidents, sums and states of groups of pairs, and this process writes them.
Last the states of pairs on which the incidents of others bear. The tables come out as if the log had been followed
page by page.
"""

import atexit
import gc
import logging
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import closing, contextmanager, nullcontext, suppress
from itertools import count, islice
from multiprocessing import Pipe, get_context, parent_process
from multiprocessing.connection import Connection, wait
from threading import Event
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import Index, Table

from domain.log.application import Detente
from projections.evidence.rulings import Rulings
from projections.folding.folder import Progress
from projections.folding.pair_meaning import PairGroup, evidence_and_tied, groups_of, meaning_of
from projections.folding.states.state_runs import run_rows
from projections.folding.stretches.folded_stretch import FoldedStretch
from projections.folding.write_page import write_facts
from projections.folding.writing.meaning_rows import MeaningRows, PackedMeaning, write_meaning
from projections.folding.writing.new_articles import write_new_articles
from projections.pairs import Pair, SizedPairs
from projections.publishers.actor_clashes import ACTOR_CLASHES, actor_rows, parse_actor_clashes
from projections.queries.load_pairs import load_pairs
from projections.scoring.clash_risk.clash_sums import ActorClashes
from projections.storage.bulk_rows import Row, insert_rows, is_sqlite, sorting_in_files
from projections.storage.columns.stored_columns import ColumnsAsMade
from projections.storage.connection import Tables
from projections.storage.position import Digest, advance
from projections.storage.tables import (
    STATE_RUN,
    actor_clashes,
    evidence,
    evidence_by_pair,
    evidence_of_alignments,
    incidents,
    relations,
    state_runs,
)

_log = logging.getLogger(__name__)

COLLECTED_AFTER: Final = (250_000, 10, 10)  #: thresholds of a process that folds: what it makes has no cycles
STRETCH: Final = 5_000  #: positions of the log that a worker folds at once
_PAIRS: Final = 50  # on which ties bear, whose states a worker makes at once
_EVIDENCE: Final = 10_000  # rows of it that these states come from, unless those of one pair alone are more
_WORKERS: Final = os.cpu_count() or 1
_WAITING: Final = 2 * _WORKERS + 1  # tasks at any time: workers have enough while this process makes an index
_COLLECTED: Final = 16  # results of tasks, after which cycles are collected
_WITHOUT_INDEXES: Final = (evidence, incidents, relations)  # at first
_ASKED_FOR: Final = {evidence_by_pair, evidence_of_alignments}  # indexes by which workers look evidence up

_Made = TypeVar("_Made")


#: Opens the log and the tables anew, in whatever process it is called; has to be picklable.
Opening = Callable[[], tuple[Detente, Tables]]


def fill(
    tables: Tables,
    opening: Opening,
    end: int,
    report: Progress | None = None,
    stop: Event | None = None,
    pool_of: "Callable[[Opening], Executor] | None" = None,
) -> None:
    """Fold the log up to a position into empty tables.

    Stops before what cannot be folded: that is for who can park it. `report` gets how much of all the work is
    done, in positions of the log. Once `stop` is set, it ends early and leaves tables that are of no use. The
    workers are processes, unless another pool is given.
    """
    stages = _Stages(end, report, stop or Event())
    with suppress(_Stopped), collecting_seldom(), (pool_of or processes)(opening) as pool:
        drop_indexes(tables, _WITHOUT_INDEXES)
        _fill_facts(pool, tables, opening, end, stages)
        create_indexes(tables, _ASKED_FOR)
        with tables.reading() as connection:
            pairs, tied = evidence_and_tied(connection)
        _fill_meaning(pool, tables, pairs, tied, stages)
        create_indexes(tables, incidents.indexes | relations.indexes)
        _fill_tied(pool, tables, tied, stages)


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Let the garbage collector come seldom: pages are large, and what goes is gone without it."""
    before = gc.get_threshold()
    gc.set_threshold(*COLLECTED_AFTER)
    try:
        yield
    finally:
        gc.set_threshold(*before)


class _Stopped(Exception):
    """Somebody asked for an early end."""


class _Stages:
    """Facts, their meaning and the last states as one piece of work: facts take about half of the time."""

    _SHARES: Final = (0.45, 0.45, 0.1)

    def __init__(self, end: int, report: Progress | None, stop: Event) -> None:
        self._end = end
        self._report = report
        self._stop = stop

    def tell(self, stage: int, done: int, total: int) -> None:
        """Report how much of a stage is done. Raises `_Stopped`."""
        if self._stop.is_set():
            raise _Stopped
        if self._report:
            share = sum(self._SHARES[:stage]) + self._SHARES[stage] * done / max(total, 1)
            self._report(int(share * self._end), self._end)


# The facts


def _fill_facts(pool: Executor, tables: Tables, opening: Opening, end: int, stages: _Stages) -> None:
    stretches = ((first, min(first + STRETCH, end)) for first in range(0, end, STRETCH))
    position = 0
    try:
        with closing(_Ruled(opening)) as ruled:
            for packed in _in_order(pool, _fold_stretch, stretches):
                after = min(position + STRETCH, end)
                folded = ruled.folded(msgspec.msgpack.decode(packed, type=FoldedStretch), position, after)
                with tables.writing() as connection:
                    advance(connection, position, after, folded.page.recorded, Digest(folded.digest))
                    write_new_articles(connection, folded.new)
                    write_facts(connection, folded.page)
                position = after
                stages.tell(0, position, end)
    except _NotFolded as error:
        _log.warning("%s: the log is followed page by page from position %s on", error, position)


class _Ruled:
    """The pages that rulings affect: workers do not know what was ruled before, so they are folded here again."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._rulings = Rulings(lambda article_id: self._open()[0].article_aggregate(article_id))
        self._parts: tuple[Detente, Tables] | None = None

    def folded(self, folded: FoldedStretch, after: int, upto: int) -> FoldedStretch:
        """Return what a stretch of the log makes, given what a worker made of it. Raises `_NotFolded`."""
        if folded.is_apart_from(self._rulings):
            return folded
        return _fold(self._open()[0], (after, upto), self._rulings)

    def _open(self) -> tuple[Detente, Tables]:
        if self._parts is None:
            self._parts = self._opening()
        return self._parts

    def close(self) -> None:
        """Close what was opened."""
        for part in self._parts or ():
            part.close()


class _NotFolded(Exception):
    """A stretch of the log holds an event that cannot be folded."""


def _fold_stretch(stretch: tuple[int, int]) -> bytes:
    """Return the page that a stretch of the log makes, as far as no ruling affects it, and its events' digest."""
    log, _ = _opened()
    return msgspec.msgpack.encode(_fold(log, stretch, None))


def _fold(log: Detente, stretch: tuple[int, int], rulings: Rulings | None) -> FoldedStretch:
    try:
        return FoldedStretch.of(log, log.read_stretch(*stretch), rulings)
    except Exception as error:
        raise _NotFolded(f"positions {stretch[0] + 1} to {stretch[1]}: {type(error).__name__}: {error}") from None


# What the facts mean


def _fill_meaning(pool: Executor, tables: Tables, pairs: SizedPairs, tied: SizedPairs, stages: _Stages) -> None:
    groups = groups_of(pairs)
    packed_groups = _in_order(pool, _make_meaning, (PairGroup.of(pairs, tied, places) for places in groups))
    clashes: dict[str, ActorClashes] = {}  # an actor has some in several groups
    columns = ColumnsAsMade()
    create_indexes(tables, evidence.indexes - _ASKED_FOR)  # while the workers have begun, who do not need them
    for number, pieces in enumerate(packed_groups, start=1):
        for piece in pieces:
            rows = msgspec.msgpack.decode(piece.rows, type=MeaningRows)
            with tables.writing() as connection:
                write_meaning(connection, rows)
                columns.add(connection, piece.columns)
            for actor, found in parse_actor_clashes(rows.clashes).items():
                clashes.setdefault(actor, ActorClashes(0, found.day)).add_all(found)
        stages.tell(1, number, len(groups))
    with tables.writing() as connection:
        insert_rows(connection, actor_clashes, ACTOR_CLASHES, actor_rows(clashes))
        columns.finish(connection)


def _make_meaning(group: PairGroup) -> list[PackedMeaning]:
    """Return what the evidence of a group means, in pieces."""
    _, tables = _opened()
    with tables.reading() as connection:
        return [PackedMeaning.of(piece) for piece in meaning_of(connection, group)]


# What spills over


def _fill_tied(pool: Executor, tables: Tables, tied: SizedPairs, stages: _Stages) -> None:
    stretches = [*tied.stretches(_EVIDENCE, _PAIRS)]
    for number, rows in enumerate(_in_order(pool, _make_runs, map(tied.at, stretches)), start=1):
        with tables.writing() as connection:
            insert_rows(connection, state_runs, STATE_RUN, rows)
        stages.tell(2, number, len(stretches))


def _make_runs(pairs: list[Pair]) -> list[Row]:
    """Return the runs of states of some pairs."""
    _, tables = _opened()
    with tables.reading() as connection:
        return run_rows(load_pairs(connection, pairs))


# Indexes: to make one of all rows at once is faster than to keep it up row by row


def drop_indexes(tables: Tables, of: Iterable[Table]) -> None:
    """Drop all indexes of some tables but their keys."""
    with tables.writing() as connection:
        for table in of:
            for index in table.indexes:
                index.drop(connection)


def create_indexes(tables: Tables, indexes: Iterable[Index]) -> None:
    """Make indexes of all rows that there are, in as little memory for many rows as for few."""
    with tables.writing() as connection, sorting_in_files(connection) if is_sqlite(connection) else nullcontext():
        for index in indexes:
            index.create(connection)


# Workers

_opening: Opening | None = None
_parts: tuple[Detente, Tables] | None = None


def processes(opening: Opening) -> Executor:
    """Return a pool of processes; forked where that is safe, which spares them to load everything anew."""
    alone = sys.platform == "linux" and threading.active_count() == 1
    context = get_context("fork" if alone else "spawn")
    return ProcessPoolExecutor(_WORKERS, context, initializer=_begin_process, initargs=(opening,))


def begin_worker(opening: Opening) -> None:
    """Note what a worker works on."""
    global _opening, _parts
    _opening, _parts = opening, None


def _begin_process(opening: Opening) -> None:
    end_with_parent()
    begin_worker(opening)
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)


def end_with_parent() -> None:
    """Have this process end when the one that began it is killed: it may have a lock from that one."""
    over, tell = Pipe(duplex=False)
    watch = threading.Thread(target=_end_after_parent, args=(over,), name="parent", daemon=True)
    watch.start()
    atexit.register(_end_watch, watch, tell)  # libraries complain of threads that outlive the interpreter


def _end_after_parent(over: Connection) -> None:
    if (parent := parent_process()) and parent.sentinel in wait([parent.sentinel, over]):
        os._exit(1)


def _end_watch(watch: threading.Thread, tell: Connection) -> None:
    tell.close()
    watch.join()


def _opened() -> tuple[Detente, Tables]:
    """Return the log and the tables, opened in this worker."""
    global _parts
    if _parts is None:
        assert _opening is not None
        _parts = _opening()
    return _parts


def _in_order(pool: Executor, make: Callable[[Any], _Made], tasks: Iterable[Any]) -> Iterator[_Made]:
    """Begin at once, and yield what is made of each task, in their order, few of them waiting at any time."""
    to_come = iter(tasks)
    waiting = deque(pool.submit(_made, make, task) for task in islice(to_come, _WAITING))
    return _results(pool, make, to_come, waiting)


def _made(make: Callable[[Any], _Made], task: Any) -> _Made:
    made = make(task)
    gc.collect(0)  # statements of SQLAlchemy have cycles: what few there are of a task would come to much
    return made


def _results(
    pool: Executor, make: Callable[[Any], _Made], to_come: Iterator[Any], waiting: deque[Future[_Made]]
) -> Iterator[_Made]:
    try:
        for number in count(1):
            if not waiting:
                break
            made = waiting.popleft().result()
            waiting.extend(pool.submit(_made, make, task) for task in islice(to_come, 1))
            if number % _COLLECTED == 0:
                gc.collect(0)  # as each task does, but here a page is gone through with it
            yield made
    finally:
        for future in waiting:
            future.cancel()
