"""What the workers of one server share: made before they are forked, and read or changed by each of them.

Where workers keep copies in memory, as of the sessions, a change by one of them is announced by a number that
grows; no worker waits for another. Where something is in the database alone, there is nothing to share.
"""

import mmap
import os
import secrets
import struct
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

_NUMBER: Final = struct.Struct("=q")
_NOBODY: Final = 0


class SharedNumbers:
    """Whole numbers in memory that processes share which were forked later. Each is written by one process."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._memory = mmap.mmap(-1, size * _NUMBER.size)

    def __getitem__(self, place: int) -> int:
        return int(_NUMBER.unpack_from(self._memory, place * _NUMBER.size)[0])

    def __setitem__(self, place: int, value: int) -> None:
        _NUMBER.pack_into(self._memory, place * _NUMBER.size, value)

    def all(self) -> Sequence[int]:
        """Return all numbers."""
        return [self[place] for place in range(self._size)]


class WorkerGroup:
    """The workers of one server, numbered from 0, and the projector beside them.

    `metrics_folder` is where they count, each in files of its own number: who takes a dead one's place goes on
    from its counts.
    """

    def __init__(self, size: int, metrics_folder: Path) -> None:
        self.size = size
        self.metrics_folder = metrics_folder
        self.form_secret = secrets.token_bytes(32)
        self.projector = ProjectorBeside()
        self.server = os.getpid()  #: the process that hands connections over
        self._workers = SharedNumbers(size)
        self._changes = SharedNumbers(size)

    def note_worker(self, number: int, process_id: int | None) -> None:
        """Note which process is a worker; None for none."""
        self._workers[number] = process_id or _NOBODY

    def process_ids(self) -> list[int]:
        """Return the processes that serve: the one that hands connections over, and the workers."""
        return [self.server, *(each for each in self._workers.all() if each != _NOBODY)]

    def announce_change(self, number: int) -> None:
        """Let all workers read anew what one of them, by its number, has changed."""
        self._changes[number] += 1

    def changes(self) -> int:
        """Return a number that is another after each change that a worker announced."""
        return sum(self._changes.all())


class ProjectorBeside:
    """The projector's process as the workers know it: it is woken through a pipe, which is its standard input.

    The pipe's end tells it to end. All who may wake it hold that open: it ends after the last of them.
    """

    def __init__(self) -> None:
        self.read_end, self._write_end = os.pipe()
        os.set_blocking(self._write_end, False)
        self._process = SharedNumbers(1)

    @property
    def process_id(self) -> int | None:
        """Return the id of the process; None while there is none."""
        return self._process[0] or None

    def note_process(self, process_id: int | None) -> None:
        """Note which process it is; None for none."""
        self._process[0] = process_id or _NOBODY

    def wake(self) -> None:
        """Make it look at the log. Never waits."""
        with suppress(OSError):  # it is full of wakes
            os.write(self._write_end, b"\n")

    def stop(self) -> None:
        """Let go of it: it ends once nobody can wake it any more."""
        write_end, self._write_end = self._write_end, -1  # else a wake could go to another file
        with suppress(OSError):
            os.close(write_end)


class WorkerPlace(NamedTuple):
    """A worker: its group, and its number in it."""

    group: WorkerGroup
    number: int

    def announce_change(self) -> None:
        """Let all workers read anew what this one has changed."""
        self.group.announce_change(self.number)

    def changes(self) -> int:
        """Return a number that is another after each change that any worker announced."""
        return self.group.changes()
