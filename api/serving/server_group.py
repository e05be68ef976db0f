"""Several workers on one socket, and one projector: started, fed with connections, started again, ended.

One process accepts, and hands each connection to the worker that has the fewest: so none starves, however the
kernel would wake them. It does nothing else, has one thread, and forks: a worker begins with all that was
imported, and shares that memory. A worker that is told to end, or dies, takes no connection with it that it had
not begun to read.

All end with this process, however it ends: the way by which connections come is closed then, and so is the pipe by
which the projector is woken.
"""

import logging
import os
import selectors
import signal
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from types import FrameType
from typing import Final

from api.running.supervisor import LAST_PAGE, Pauses
from api.running.worker_group import WorkerGroup
from api.serving.handover import HandoverChannel

_log = logging.getLogger(__name__)

_AT_ONCE: Final = 64  # connections that are accepted before workers are listened to
_AGAIN: Final = 0.05  # seconds after which a connection is offered again that no worker could take
_LONGER: Final = 10.0  # seconds that workers may take longer to end than requests under way are given

Task = Callable[[], None]
RunWorker = Callable[[int, socket.socket], None]  #: is given a worker's number, and its end of the way


class FailedToStart(Exception):
    """The first worker could not begin to serve; it has said why."""


class Child:
    """A process that is kept running: when it began, and when it is started again once it has ended."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.process_id: int | None = None
        self.due: float | None = 0.0
        self._began = 0.0
        self._pauses = Pauses()

    def begin(self, process_id: int) -> None:
        """Note that it runs."""
        self.process_id, self.due, self._began = process_id, None, time.monotonic()

    def has_ended(self) -> int | None:
        """Return its exit status, negative that of a signal; None while it runs, or where it was noted already."""
        if self.process_id is None:
            return None
        found, status = os.waitpid(self.process_id, os.WNOHANG)
        if not found:
            return None
        self.process_id = None
        return os.waitstatus_to_exitcode(status)

    def plan(self, status: int) -> None:
        """Have it started again, in a while, and say so."""
        now = time.monotonic()
        pause = self._pauses.after(now - self._began)
        self.due = now + pause
        _log.warning("%s ended with status %s; starting it in %s s", self.name, status, pause)

    def kill(self) -> None:
        """End it at once, and wait for that."""
        if self.process_id is not None:
            os.kill(self.process_id, signal.SIGKILL)
            os.waitpid(self.process_id, 0)
            self.process_id = None


class ServingChild(Child):
    """A worker: its number, and the way to it."""

    def __init__(self, number: int) -> None:
        super().__init__(f"worker {number}")
        self.number = number
        self.channel: HandoverChannel | None = None

    @property
    def is_ready(self) -> bool:
        """Whether it takes connections."""
        return self.channel is not None and self.channel.is_ready

    @property
    def load(self) -> int:
        """Return how many connections it has."""
        return self.channel.load if self.channel is not None else 0


class ServerGroup:
    """The process that accepts connections, and its children. `run_projector` is None where nobody folds here."""

    def __init__(
        self,
        listeners: Sequence[socket.socket],
        group: WorkerGroup,
        run_worker: RunWorker,
        run_projector: Task | None,
        shutdown_timeout: float,
    ) -> None:
        self._listeners = listeners
        self._group = group
        self._run_worker = run_worker
        self._run_projector = run_projector
        self._patience = shutdown_timeout + _LONGER
        self._workers = [ServingChild(number) for number in range(group.size)]
        self._projector = Child("the projector's process")
        self._waiting: deque[socket.socket] = deque()  # connections that no worker has been handed
        self._turn = 0
        self._is_stopping = False
        self._has_begun = False
        self._signals, self._wakes = socket.socketpair()
        self._selector = selectors.DefaultSelector()

    def run(self, begun: Task) -> Task | None:
        """Serve until SIGTERM or SIGINT comes. Raises `FailedToStart`.

        Returns None in this process, and in each that is forked what it is to do. `begun` is called once all
        workers serve.
        """
        self._listen_to_signals()
        try:
            while not self._is_stopping:
                if (forked := self._start_what_is_due()) is not None:
                    return forked
                if not self._has_begun and all(worker.is_ready for worker in self._workers):
                    self._has_begun = True
                    begun()
                self._wait()
                self._look_who_ended()
                self._hand_over_waiting()
        except FailedToStart:
            self._stop()
            raise
        self._stop()
        return None

    # Signals

    def _listen_to_signals(self) -> None:
        for end in (self._signals, self._wakes):
            end.setblocking(False)
        signal.set_wakeup_fd(self._wakes.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _signal, _frame: None)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._note_stop)
        self._selector.register(self._signals, selectors.EVENT_READ)

    def _note_stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._is_stopping = True

    # Children

    def _start_what_is_due(self) -> Task | None:
        """Start the first child that is due; return in it what it is to do, and None in this process."""
        now = time.monotonic()
        for worker in self._workers:
            if worker.due is not None and worker.due <= now and (worker.number == 0 or self._first_has_begun()):
                return self._fork_worker(worker)
        projector = self._projector
        is_due = projector.due is not None and projector.due <= now and self._first_has_begun()
        if self._run_projector is not None and is_due and (process_id := os.fork()):
            projector.begin(process_id)
            self._group.projector.note_process(process_id)
            is_due = False
        if self._run_projector is not None and is_due:
            self._forget_all(None)
            self._group.projector.stop()  # its own hold of what ends it
            return self._run_projector
        return None

    def _first_has_begun(self) -> bool:
        """Return whether the first worker has served: it makes the tables, and loads the seeds."""
        return self._has_begun or self._workers[0].is_ready

    def _fork_worker(self, worker: ServingChild) -> Task | None:
        channel = HandoverChannel()
        if process_id := os.fork():
            channel.workers_end.close()
            worker.begin(process_id)
            worker.channel = channel
            self._group.note_worker(worker.number, process_id)
            self._selector.register(channel.end, selectors.EVENT_READ, worker)
            return None
        channel.end.close()
        self._forget_all(self._group)
        return lambda: self._run_worker(worker.number, channel.workers_end)

    def _forget_all(self, group: WorkerGroup | None) -> None:
        """Leave behind, in a forked process, what is the forking one's own."""
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        self._selector.close()
        for each in (self._signals, self._wakes, *self._listeners, *self._waiting):
            each.close()
        for worker in self._workers:
            if worker.channel is not None:
                for connection in worker.channel.forget():
                    connection.close()
        if group is not None:
            os.close(group.projector.read_end)

    def _look_who_ended(self) -> None:
        for worker in self._workers:
            if (status := worker.has_ended()) is not None:
                self._group.note_worker(worker.number, None)
                self._take_back(worker)
                if worker.number == 0 and not self._has_begun:
                    raise FailedToStart(f"worker 0 ended with status {status}")
                worker.plan(status)
        if (status := self._projector.has_ended()) is not None:
            self._group.projector.note_process(None)
            self._projector.plan(status)

    def _take_back(self, worker: ServingChild) -> None:
        """Take the connections back that a worker which is gone has not begun to read."""
        if worker.channel is not None:
            with suppress(KeyError):  # it has said that it would go
                self._selector.unregister(worker.channel.end)
            self._waiting.extendleft(reversed(worker.channel.close()))
            worker.channel = None

    # Connections

    def _wait(self) -> None:
        """Wait for something to happen, and see to connections and to what workers say."""
        self._accept_if(accepting=any(each.is_ready for each in self._workers) and not self._waiting)
        for key, _ in self._selector.select(self._timeout()):
            if key.fileobj is self._signals:
                with suppress(BlockingIOError):
                    self._signals.recv(4096)
            elif isinstance(key.data, ServingChild):
                if key.data.channel is not None and not key.data.channel.hear():
                    self._selector.unregister(key.fileobj)  # it is about to be found dead
            else:
                self._accept(key.data)

    def _timeout(self) -> float | None:
        due = [child.due for child in (*self._workers, *self._projectors()) if child.due is not None]
        if self._waiting and any(worker.is_ready for worker in self._workers):
            due.append(time.monotonic() + _AGAIN)
        if not self._first_has_begun():
            due = [self._workers[0].due] if self._workers[0].due is not None else []
        return max(min(due) - time.monotonic(), 0.0) if due else None

    def _projectors(self) -> Iterator[Child]:
        if self._run_projector is not None:
            yield self._projector

    def _accept_if(self, *, accepting: bool) -> None:
        for listener in self._listeners:
            is_heard = listener in {key.fileobj for key in self._selector.get_map().values()}
            if accepting and not is_heard:
                self._selector.register(listener, selectors.EVENT_READ, listener)
            elif not accepting and is_heard:
                self._selector.unregister(listener)

    def _accept(self, listener: socket.socket) -> None:
        for _ in range(_AT_ONCE):
            try:
                connection, _ = listener.accept()
            except OSError:  # there is none; or it has gone, or there is no room for more: later there is
                return
            connection.setblocking(False)
            self._waiting.append(connection)
            self._hand_over_waiting()
            if self._waiting:
                return

    def _hand_over_waiting(self) -> None:
        while self._waiting and self._hand_over(self._waiting[0]):
            self._waiting.popleft()

    def _hand_over(self, connection: socket.socket) -> bool:
        """Hand a connection to the worker with the fewest, of several to each in turn."""
        self._turn += 1
        size = self._group.size
        ready = sorted(
            (worker for worker in self._workers if worker.is_ready),
            key=lambda worker: (worker.load, (worker.number - self._turn) % size),
        )
        return any(worker.channel is not None and worker.channel.hand_over(connection) for worker in ready)

    # The end

    def _stop(self) -> None:
        """End the workers in good order, then the projector, which their last requests may wait for."""
        for listener in self._listeners:
            listener.close()
        for connection in self._waiting:
            connection.close()
        for worker in self._workers:
            if worker.channel is not None:
                worker.channel.stop()
        self._await_end(self._workers, self._patience)
        self._group.projector.stop()
        self._await_end([self._projector], LAST_PAGE)
        signal.set_wakeup_fd(-1)

    def _await_end(self, children: Sequence[Child], seconds: float) -> None:
        until = time.monotonic() + seconds
        while running := [child for child in children if child.process_id is not None]:
            for child in running:
                child.has_ended()
            if time.monotonic() >= until:
                for child in running:
                    _log.warning("%s does not end; it is killed", child.name)
                    child.kill()
            elif any(child.process_id is not None for child in children):
                self._listen_to_the_last(min(until - time.monotonic(), 1.0))

    def _listen_to_the_last(self, seconds: float) -> None:
        """Wait for a signal, that of a child's end for instance, or for a while."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._signals, selectors.EVENT_READ)
            if selector.select(seconds):
                with suppress(BlockingIOError):
                    self._signals.recv(4096)
