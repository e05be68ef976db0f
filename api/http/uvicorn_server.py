"""A server that is handed its connections, which another process has accepted.

What it does once it has them, and how it ends, is uvicorn's own. `uvicorn_protocol` says what it builds on.
"""

import asyncio
import socket
from contextlib import suppress
from typing import Final, Protocol

import uvicorn

_AT_ONCE: Final = 16  # connections that are taken in before others of the event loop have their turn
_LAST_TAKEN: Final = 1.0  # seconds for what is on its way when the server ends
_BEGUN: Final = 0.05  # seconds in which what came last is read, and so is under way


class ConnectionSource(Protocol):
    """Where connections come from; never waits."""

    end: socket.socket  #: is readable when there is one, or none will come any more

    def take(self) -> socket.socket | None:
        """Return a connection, None if none will come. Raises `BlockingIOError` where there is none yet."""

    def say_ready(self) -> None:
        """Say that connections are served from now on."""

    def say_leaving(self) -> None:
        """Say that no more is taken in than is on its way."""


class HandedServer(uvicorn.Server):
    """Serves the connections of a source. Ends when none will come any more, or when told to by a signal."""

    def __init__(self, config: uvicorn.Config, source: ConnectionSource) -> None:
        super().__init__(config)
        self._source = source
        self._taking: set[asyncio.Task[object]] = set()
        self._has_taken_all = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the service, and take connections in."""
        await super().startup(sockets=sockets or [])
        if self.started:
            asyncio.get_running_loop().add_reader(self._source.end, self._take_in)
            self._source.say_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take in what is on its way, answer what is asked, and close the service."""
        self._source.say_leaving()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_TAKEN):
                await self._has_taken_all.wait()
        self._take_no_more()
        await asyncio.sleep(_BEGUN)
        await super().shutdown(sockets=sockets)

    def _take_in(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                taken = self._source.take()
            except BlockingIOError:
                return
            if taken is None:
                self._take_no_more()
                self.should_exit = True
                return
            loop = asyncio.get_running_loop()
            task: asyncio.Task[object] = loop.create_task(loop.connect_accepted_socket(self._protocol, taken))
            self._taking.add(task)
            task.add_done_callback(self._taking.discard)

    def _take_no_more(self) -> None:
        asyncio.get_running_loop().remove_reader(self._source.end)
        self._has_taken_all.set()

    def _protocol(self) -> asyncio.Protocol:
        kind = self.config.http_protocol_class
        protocol: asyncio.Protocol = kind(  # type: ignore[call-arg]  # as uvicorn makes its own
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol
