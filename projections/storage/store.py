"""The read side's tables: transactions on the generation that is live, and the change from one to the next."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.exc import DBAPIError, NoResultFound

from projections.storage.damage import READING_ERRORS, DamagedTables, NoTablesYet, describe_damage, is_damage
from projections.storage.generations import Home, home_of
from projections.storage.locks import Lock
from projections.storage.reading.generation import Generation
from projections.storage.reading.held_snapshot import HeldSnapshot
from projections.storage.reading.snapshot import Mark, Snapshot, read_snapshot
from projections.storage.reading.tables_state import TablesState, read_state
from projections.storage.tables import VERSION, generations, parked, progress
from projections.storage.views.publishing import SWAP_ATTEMPTS, ViewsInUse, replace_if_free, shown

_log = logging.getLogger(__name__)

_NAME: Final = "relations"
_CACHE_OF_BUILDER: Final = 16  # MiB of the tables: rows come in their order, or nearly


class RebuildRunning(Exception):
    """The tables are being made anew already, by another process."""


class Store:
    """The read side's tables in one database: those of the live generation, whichever that is at the moment.

    A reader sees a consistent snapshot of one generation. A writer keeps it the live one until it has committed.
    """

    def __init__(self, home: Home, url: str, *, makes_tables: bool = True) -> None:
        self.url = url
        self._home, self._makes_tables = home, makes_tables
        self._switching = threading.Lock()
        self._live = home.open(self._establish())
        self._glances = HeldSnapshot(lambda: self._live, partial(self._begin, writing=False, waits=False))
        self.views_problem: str | None = None  #: why there are no views, or none of the live tables
        self._views_of: int | None = None
        self.show_views()

    @classmethod
    def open(cls, database_url: str, *, mend: bool = False, makes_tables: bool = True) -> "Store":
        """Open the tables that belong to the log at a database URL, making them where there are none.

        Unless it `makes_tables`, nothing is written, and `NoTablesYet` raised there. Raises `ForeignTables` where
        the database holds another log's, and `DamagedTables` where nothing says which are live, unless `mend`.
        """
        home = home_of(database_url)
        try:
            return cls(home, database_url, makes_tables=makes_tables)
        except READING_ERRORS as error:
            place = home.place(0)
            if not is_damage(error, Path(place)):
                home.close()
                raise
            if not mend:
                home.close()
                raise DamagedTables(describe_damage(place, error)) from error
            _log.warning("%s is damaged, and begun anew: %s", place, error)
            home.discard_catalogue()
            return cls(home, database_url)
        except BaseException:
            home.close()
            raise

    @property
    def engine(self) -> Engine:
        """Return the engine of the generation that was live when last looked at."""
        return self._live.engine

    def close(self) -> None:
        """Close all connections."""
        self.let_go()
        self._live.close()
        self._home.close()

    @property
    def is_embedded(self) -> bool:
        """Whether the tables are in files, and not on a server."""
        return self._home.is_embedded

    @property
    def place(self) -> str:
        """Return where the tables are that were live when last looked at: a file's path, or a schema's name."""
        return self._home.place(self._live.number)

    def lock(self, name: str) -> Lock:
        """Return the lock between processes `projector` or `rebuild`."""
        return self._home.lock(name)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection that sees one state of the tables. Raises `OutdatedTables`."""
        with self._begun(writing=False) as (connection, state):
            state.check()
            yield connection

    @contextmanager
    def reading_snapshot(self) -> Iterator[tuple[Connection, Snapshot]]:
        """Yield a connection that sees one state of the tables, and where they stand. Raises `OutdatedTables`."""
        with self.reading() as connection:
            yield connection, read_snapshot(connection)

    def glancing(self) -> AbstractContextManager[tuple[Connection, Snapshot]]:
        """Yield the same as `reading_snapshot`, for what is asked where nobody may wait: within an event loop.

        Glances share a transaction until one sees that something was committed: `let_go` of it. Raises
        `OutdatedTables`, and `DBAPIError` if anybody would have to be waited for. Of tables in files alone: a
        server has to be waited for always.
        """
        return self._glances.glancing()

    def let_go(self) -> None:
        """End the transaction of the glances so far, if there is one."""
        self._glances.let_go()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Yield a connection whose changes are committed together, or not at all."""
        with self._begun(writing=True) as (connection, _):
            yield connection

    @contextmanager
    def inspecting(self) -> Iterator[tuple[Connection, TablesState]]:
        """Yield a reading connection and where the tables stand, of whatever version they are."""
        with self._begun(writing=False) as begun:
            yield begun

    def position(self) -> int:
        """Return the position up to which the log is folded. Raises `OutdatedTables`."""
        with self._begun(writing=False) as (_, state):
            return state.check()

    def mark(self) -> Mark:
        """Return the mark of the present state of the tables. Raises `OutdatedTables`."""
        with self.reading_snapshot() as (_, snapshot):
            return snapshot.mark

    def clear(self) -> None:
        """Begin an empty generation, to be folded from the beginning of the log. Raises `RebuildRunning`."""
        with self.rebuilding() as new:
            self.swap(new)

    def erase_leftovers(self) -> bool:
        """Have nothing left in files of texts that were redacted; False if it has to wait, as in a rebuild."""
        with self._begun(writing=False) as (connection, state):
            if state.version != VERSION or not connection.execute(select(progress.c.erase_due)).scalar_one():
                return True
        if not (self._is_alone(state.live) and self._home.erase_leftovers(state.live)):
            return False
        with self._begun(writing=True) as (connection, now):
            if now.live == state.live:
                connection.execute(update(progress).values(erase_due=False))
        return True

    def show_views(self) -> None:
        """See to it that the views are those of the live tables. Where that has to wait, call it again."""
        if not self._makes_tables or self._views_of == (number := self._live.number):
            return
        again = True
        try:
            with self.inspecting() as (_, state):
                if state.version != VERSION or state.live != number:
                    return
            self.views_problem, again = shown(lambda: self._home.show_views(number))
        except READING_ERRORS as error:  # of what is damaged, which a rebuild mends
            self.views_problem = f"the tables cannot be read: {error}"
        self._views_of = None if again else number

    # A new generation

    @contextmanager
    def rebuilding(self) -> Iterator[Generation]:
        """Yield a new, empty generation. Unless it is swapped in, it is gone afterwards. Raises `RebuildRunning`.

        What an earlier rebuild left when it was killed is removed first.
        """
        with self._swept():
            number = self._announce()
            self._create(number)
            with closing(self._home.open(number, building=True, cache=_CACHE_OF_BUILDER)) as new:
                yield new

    def swap(self, new: Generation, last: Callable[[], None] = lambda: None) -> None:
        """Make a generation the live one, in one transaction.

        `last` is called when nobody can write the live one any more, for the new one to reach the same position.
        Readers go on all the while; they see the old generation until the moment of the swap. So do those of the
        views, which are replaced with it: a query that goes on for long delays the swap for a while, not for ever.
        """
        self._home.analyze(new.number)
        self._home.secure(new.number)
        for attempt in reversed(range(SWAP_ATTEMPTS)):
            with suppress(ViewsInUse), self._catalogue() as connection:
                replace_if_free(connection, lambda: self._home.replace_views(connection, new.number), attempt)
                connection.execute(select(generations.c.live).with_for_update()).one()
                last()
                self._take_over_revision(new)
                self._home.secure(new.number)  # of what is new, which is little
                connection.execute(update(generations).values(live=new.number, building=None))
                break
        self._switch(new.number)
        self.show_views()

    def _take_over_revision(self, new: Generation) -> None:
        """Let the marks of the new generation differ from those of earlier states, as the live one's do.

        Where other events are parked than before, the same position says something else.
        """
        try:
            with self._begun(writing=False) as (connection, state):
                if state.version != VERSION:
                    return  # nobody has read it
                revision, before = read_snapshot(connection).revision, _parked_positions(connection)
        except READING_ERRORS as error:
            _log.warning("%s, which is replaced, cannot be read: %s", self.place, error)
            return
        if 0 < new.position() < state.position:
            revision += 1  # the log has lost its end: when it comes here again, it may be with something else
        with new.writing() as connection:
            changed = _parked_positions(connection) != before
            connection.execute(update(progress).values(revision=revision + changed))

    def building_position(self) -> int | None:
        """Return how far the generation has come that is being built now; None if there is none."""
        with self._home.catalogue.connect() as connection, connection.begin():
            number = connection.execute(select(generations.c.building)).scalar()
        if number is None or self.lock("rebuild").holder() is None:
            return None
        try:
            with closing(self._home.open(number, building=True)) as building:
                return building.position()
        except (DBAPIError, NoResultFound):  # it is just being made, or has just been swapped in
            return None

    # How it is done

    @contextmanager
    def _begun(self, *, writing: bool, waits: bool = True) -> Iterator[tuple[Connection, TablesState]]:
        while (begun := self._begin(writing=writing, waits=waits)) is None:
            continue
        transaction, connection, state = begun
        with transaction:
            yield connection, state

    def _begin(self, *, writing: bool, waits: bool) -> tuple[ExitStack, Connection, TablesState] | None:
        """Begin a transaction on the live generation; None if another one has become live, and is chosen now."""
        generation = self._live
        with ExitStack() as stack:
            try:
                reading = generation.reading if waits else generation.glancing
                connection = stack.enter_context(generation.writing() if writing else reading())
                state = read_state(connection, locked=writing)
            except DBAPIError:  # its tables may be gone
                if not waits:
                    raise
                live = self._find_live()
                if live in (None, generation.number):
                    raise
            else:
                if state.live == generation.number:
                    return stack.pop_all(), connection, state
                live = state.live
        self._switch(live)
        return None

    def _switch(self, live: int) -> None:
        with self._switching:
            old = self._live
            if old.number < live:  # else another thread has done it
                self._live = self._home.open(live)
                old.close()

    @contextmanager
    def _catalogue(self) -> Iterator[Connection]:
        """Yield a connection to the row that says which generation is live, to change it."""
        with self._home.catalogue.connect().execution_options(writing=True) as connection, connection.begin():
            yield connection

    def _find_live(self) -> int | None:
        with self._home.catalogue.connect() as connection, connection.begin():
            return connection.execute(select(generations.c.live)).scalar()

    def _establish(self) -> int:
        """Return the live generation; where there is none, make it. Raises `ForeignTables`."""
        self._home.refuse_foreign_tables()
        if self._home.has_catalogue():
            live = self._find_live()
            if live is not None and self._home.has(live):
                return live
        if not self._makes_tables:
            raise NoTablesYet("the database has no tables of a log yet: start a server on the primary first")
        with self._home.making_tables() as connection:
            row = connection.execute(select(generations.c.live, generations.c.newest)).first()
            if row is not None and self._home.has(row.live):
                return int(row.live)  # another process was first
            newest = -1 if row is None else int(row.newest)
            if row is None and self._home.has(0):
                number = 0
            else:
                number = max(newest, 0, *(self._home.numbers() if row is None else ())) + 1
                self._create(number)
            connection.execute(delete(generations))
            connection.execute(insert(generations).values(name=_NAME, live=number, newest=number))
            return number

    def _announce(self) -> int:
        """Return the number of a new generation, having noted that it is being built."""
        with self._catalogue() as connection:
            number = int(connection.execute(select(generations.c.newest)).scalar_one()) + 1
            connection.execute(update(generations).values(newest=number, building=number))
            return number

    def _create(self, number: int) -> None:
        self._home.create(number)
        with closing(self._home.open(number, building=True)) as generation, generation.writing() as connection:
            connection.execute(insert(progress).values(name=_NAME, version=VERSION, position=0))

    def _sweep(self) -> None:
        """Remove all generations but the live one. Only who may rebuild may do that."""
        with self._catalogue() as connection:
            live = connection.execute(select(generations.c.live)).scalar_one()
            connection.execute(update(generations).values(building=None))
        self.show_views()  # else they keep the generation that they are of
        for number in self._home.numbers() - {live}:
            self._home.drop(number)

    @contextmanager
    def _swept(self) -> Iterator[None]:
        """Remove all generations but the live one, before and afterwards. Raises `RebuildRunning`."""
        lock = self.lock("rebuild")
        if not lock.acquire():
            lock.give_up()
            raise RebuildRunning("the tables are being made anew already: wait for that to end")
        with ExitStack() as stack:
            stack.callback(lock.release)
            self._sweep()
            stack.callback(self._sweep)
            yield

    def _is_alone(self, live: int) -> bool:
        """Return whether there is no generation but the live one, once what killed rebuilds left is removed."""
        if self._home.numbers() != {live}:
            with suppress(RebuildRunning), self._swept():
                pass
        return self._home.numbers() == {live}


def _parked_positions(connection: Connection) -> list[int]:
    return list(connection.execute(select(parked.c.position).order_by(parked.c.position)).scalars())
