"""A line to an IMAP server: commands go out, several ahead if wanted, and responses come back, one by one.

Servers are not trusted to be quick or modest: silence, a whole run, and the length of what is sent have their limits.
"""

from __future__ import annotations

import io
import re
import socket
import threading
import time
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, cast

from triage.i18n import _

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator
    from datetime import timedelta

Response = list[bytes]
"""What a server says in one go, without `* ` or tag: a line and, where it ends in `{5}`, a literal and the line on."""

_LARGEST = 16_000_000  # bytes of a line or a literal: a search of a million messages, a text part are far below
_BUFFER = 1 << 16
_LITERAL = re.compile(rb"\{(\d{1,20})\}\Z")


class BrokenError(Exception):
    """The server said goodbye, hung up in the middle, or speaks no IMAP."""


class RefusedError(Exception):
    """The server answered a command with NO or BAD; the argument is what it said, as bytes."""


class Deadline:
    """The moment at which a whole run ends, however busily the server drips: it cuts the line.

    A socket's timeout alone is defeated by one byte every half second.
    """

    def __init__(self, allowed: timedelta) -> None:
        self.allowed = allowed
        self._ends = time.monotonic() + allowed.total_seconds()

    @property
    def left(self) -> float:
        """Seconds that are left, not below a tenth."""
        return max(self._ends - time.monotonic(), 0.1)

    @property
    def is_over(self) -> bool:
        """Say whether the time is up."""
        return time.monotonic() >= self._ends

    def cut(self, wire: Wire) -> threading.Timer:
        """Cut a line when the time is up; cancel the timer that this gives when done."""
        timer = threading.Timer(self.left, wire.cut)
        timer.daemon = True
        timer.start()
        return timer


class Wire:
    """A connection, with tags for the commands that are under way."""

    def __init__(self, line: socket.socket) -> None:
        with suppress(OSError):  # macOS refuses it where the server has hung up: whoever reads will see
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else a command takes 44 ms on Cyrus and pymap
        self._line = line
        self._reader = _reader_of(line)
        self._tags = count(1)
        self._under_way: set[bytes] = set()
        self._done: dict[bytes, bytes] = {}
        self._deflate: Callable[[bytes], bytes] | None = None

    @property
    def is_idle(self) -> bool:
        """Say whether no answer is awaited."""
        return not self._under_way

    def encrypt(self, context: ssl.SSLContext, host: str) -> None:
        """Speak TLS from now on; what came in the clear, and was not read yet, is forgotten (CVE-2011-0411)."""
        self._reader.close()
        self._line = context.wrap_socket(self._line, server_hostname=host)
        self._reader = _reader_of(self._line)

    @property
    def is_compressed(self) -> bool:
        """Say whether both ends compress what they say."""
        return self._deflate is not None

    def compress(self) -> None:
        """Compress what is said from now on, and unpack what comes: the server agreed, and nothing is under way."""
        from triage.mail.deflated import Inflated, deflater

        self._reader = io.BufferedReader(Inflated(self._reader, BrokenError), _BUFFER)
        self._deflate = deflater()

    def cut(self) -> None:
        """End the line at once, from whichever thread: who waits for an answer reads the end."""
        try:
            self._line.shutdown(socket.SHUT_RDWR)
        except OSError:
            self._line.close()

    def close(self) -> None:
        """Give the connection back; never raises."""
        for thing in (self._reader, self._line):
            with suppress(OSError, ValueError):
                thing.close()

    def send(self, command: bytes) -> bytes:
        """Send a command and give its tag; its answer may be read later."""
        if b"\r" in command or b"\n" in command or b"\0" in command:
            raise ValueError("a command is one line")
        tag = b"T%d" % next(self._tags)
        self._under_way.add(tag)
        self.send_line(tag + b" " + command)
        return tag

    def send_line(self, text: bytes) -> None:
        """Send a command with its tag, or what a server asked for by `+`."""
        line = text + b"\r\n"
        self._line.sendall(self._deflate(line) if self._deflate else line)

    def ask(self, command: bytes) -> list[Response]:
        """Send a command and read its answer."""
        return list(self.until(self.send(command)))

    def until(self, tag: bytes) -> Iterator[Response]:
        """Give what comes until a command is done, its own status (`OK …`) as the last.

        Raises:
            RefusedError: It was not done.
            BrokenError: The connection is of no use any more.

        """
        while tag not in self._done:
            response = self._response()
            first, _space, rest = response[0].partition(b" ")
            if first in self._under_way:
                self._under_way.discard(first)
                self._done[first] = rest
            elif first == b"*":
                yield [rest, *_without_farewell(rest, response)]
            elif first == b"+":
                yield response
            else:
                raise BrokenError(response[0][:_BUFFER])
        status, _space, words = self._done[tag].partition(b" ")
        if status.upper() != b"OK":
            raise RefusedError(words)
        yield [self._done.pop(tag)]

    def greeting(self) -> Response:
        """Read the first line of a server.

        Raises:
            BrokenError: It is no greeting.

        """
        response = self._response()
        if not re.match(rb"\* (?:OK|PREAUTH)\b", response[0], re.IGNORECASE):
            raise BrokenError(response[0][:_BUFFER])
        return [response[0][2:]]

    def _response(self) -> Response:
        parts = [self._read_line()]
        while literal := _LITERAL.search(parts[-1]):
            size = int(literal[1])
            if size > _LARGEST:  # before memory is set aside for it
                raise BrokenError(_("it announced {size} bytes at once").format(size=size))
            data = self._reader.read(size)
            if len(data) < size:
                raise BrokenError(_("it hung up"))
            parts += [data, self._read_line()]
        return parts

    def _read_line(self) -> bytes:
        line = self._reader.readline(_LARGEST)
        if not line.endswith(b"\n"):
            raise BrokenError(_("it hung up") if len(line) < _LARGEST else _("one line of it does not end"))
        return line.rstrip(b"\r\n")


def _reader_of(line: socket.socket) -> io.BufferedReader:
    return cast("io.BufferedReader", line.makefile("rb", _BUFFER))


def _without_farewell(said: bytes, response: Response) -> Response:
    """Give the rest of a response; one that says BYE is the last."""
    if said[:4].upper().rstrip() == b"BYE":
        raise BrokenError(said[4:] or _("it hung up"))
    return response[1:]
