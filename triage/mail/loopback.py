"""Where the browser comes back to after a sign-in: one page of a web server on this computer (RFC 8252, 7.3)."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from triage.errors import LoginRefusedError
from triage.i18n import _
from triage.mail.oauth_messages import StrayRedirectError, read_redirect

if TYPE_CHECKING:
    from collections.abc import Callable

_REQUEST_SECONDS = 10
_GLANCE = 0.2  # seconds: on Windows nothing but its end interrupts a wait, not even Ctrl-C
_LONGEST_LINE = 16_384  # of what is pasted


class Loopback:
    """Listens on 127.0.0.1 for the answer to one question, known by `state`; use it in a `with`.

    Where the browser runs on another computer (ssh) its last address can be pasted instead: `read_pasted()`.
    `login` is what to type to try again.
    """

    def __init__(self, state: str, login: str, page: str) -> None:
        self._state = state
        self._login = login
        self._found: SimpleQueue[str | LoginRefusedError] = SimpleQueue()
        # With threads, for Chrome opens connections ahead of time, and says nothing on them.
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._take, page))
        self._server.daemon_threads = True
        self.redirect_uri = f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def wait(self, seconds: float) -> str:
        """Wait for the code.

        Raises:
            LoginRefusedError: The person said no, or did nothing.

        """
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            with suppress(Empty):
                found = self._found.get(timeout=_GLANCE)
                if isinstance(found, LoginRefusedError):
                    raise found
                return found
        raise LoginRefusedError(
            _("Nobody signed in within {minutes} minutes. To try again: `{command}`.").format(
                minutes=f"{seconds / 60:g}", command=self._login
            )
        )

    def read_pasted(self, descriptor: int, complain: Callable[[], None]) -> None:
        """Take the address from a line typed meanwhile, too; what is not it is complained of."""
        threading.Thread(target=self._read_lines, args=(descriptor, complain), daemon=True).start()

    def _read_lines(self, descriptor: int, complain: Callable[[], None]) -> None:
        """Read without Python's buffer: at the end a thread that waits in it would keep the program from closing it."""
        held = b""
        while (piece := _read(descriptor)) and len(held) < _LONGEST_LINE:
            *lines, held = (held + piece).split(b"\n")
            for line in filter(None, map(bytes.strip, lines)):
                if not self._take(line.decode("utf-8", "replace")):
                    complain()

    def _take(self, address: str) -> bool:
        """Take an address if it is the answer; say whether it is."""
        try:
            self._found.put(read_redirect(address, self._state, self._login))
        except StrayRedirectError:
            return False
        except LoginRefusedError as refused:
            self._found.put(refused)
        return True


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, _LONGEST_LINE)
    except OSError:
        return b""


def _handler(take: Callable[[str], bool], page: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers the browser; keeps no log, for the code is in the address."""

        timeout = _REQUEST_SECONDS

        def do_GET(self) -> None:
            """Take the code, and say that the window may be closed; for all else there is nothing here."""
            is_ours = urlsplit(self.path).path == "/" and take(self.path)
            body = page.encode("utf-8") if is_ours else b""
            self.send_response(200 if is_ours else 404)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("Referrer-Policy", "no-referrer")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
