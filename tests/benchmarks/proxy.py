"""A line to a server that is far away: each byte takes half a round trip, and the round trips are counted.

Order is kept and the bandwidth is not limited. TCP's own handshake is not among what is delayed and counted, for the
client connects to us; the greeting is.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

_CHUNK = 1 << 18
_CHUNKS_UNDER_WAY = 256  # then the sender waits, as on a real line


@dataclass(slots=True)
class _Asking:
    """Who waits on one connection: since when the client waits for an answer, and how long it did before."""

    since: float | None
    waited: list[tuple[float, float]] = field(default_factory=list)

    def asked(self, at: float) -> None:
        """Note that the client spoke."""
        if self.since is None:
            self.since = at

    def answered(self, at: float, round_trip: float) -> None:
        """Note what reaches the client; what comes sooner than a round trip answers something older."""
        if self.since is not None and at - self.since >= round_trip:
            self.waited.append((self.since, at))
            self.since = None


class Proxy:
    """Carries connections to a port on loopback, `round_trip` seconds away."""

    def __init__(self, port: int, round_trip: float) -> None:
        self._target = port
        self._round_trip = round_trip
        self._connections: list[_Asking] = []
        self._writers: list[asyncio.StreamWriter] = []
        self._carried = 0
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    def forget(self) -> None:
        """Begin to count anew."""
        self._connections = []
        self._carried = 0

    @property
    def carried(self) -> int:
        """Bytes that the server sent."""
        return self._carried

    @property
    def connections(self) -> int:
        """How many connections were made."""
        return len(self._connections)

    def round_trips(self) -> int:
        """Count the waits for an answer that came one after another; those side by side count once."""
        waits = sorted((wait for each in self._connections for wait in each.waited), key=lambda wait: wait[1])
        count, until = 0, float("-inf")
        for begun, ended in waits:
            if begun >= until:
                count, until = count + 1, ended
        return count

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=_CHUNK)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._over.wait()
        server.close()
        for writer in self._writers:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in self._writers), return_exceptions=True)

    async def _accept(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        asking = _Asking(since=self._loop.time())
        self._connections.append(asking)
        await asyncio.sleep(self._round_trip / 2)
        server, to_server = await asyncio.open_connection("127.0.0.1", self._target, limit=_CHUNK)
        self._writers += (to_client, to_server)
        for writer in (to_client, to_server):
            writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.gather(
            self._carry(client, to_server, asking, is_asking=True),
            self._carry(server, to_client, asking, is_asking=False),
            return_exceptions=True,
        )

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asking: _Asking, *, is_asking: bool
    ) -> None:
        """Carry one direction, each piece half a round trip later."""
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_CHUNKS_UNDER_WAY)

        async def deliver() -> None:
            while True:
                due, piece = await under_way.get()
                await asyncio.sleep(max(0.0, due - self._loop.time()))
                if not piece:
                    writer.close()
                    return
                if not is_asking:
                    self._carried += len(piece)
                    asking.answered(self._loop.time(), self._round_trip)
                writer.write(piece)
                await writer.drain()

        delivering = asyncio.create_task(deliver())
        piece = b"-"
        while piece:
            piece = await reader.read(_CHUNK)
            if piece and is_asking:
                asking.asked(self._loop.time())
            await under_way.put((self._loop.time() + self._round_trip / 2, piece))
        await delivering
