"""A program at a terminal, and somebody who types."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PATIENCE = 60.0  # seconds for an answer


class Terminal:
    """Runs `triage` or another program at a pseudo-terminal, under umask 000; `seen` is all that was shown."""

    def __init__(self, *arguments: str, environment: Mapping[str, str], program: Sequence[str] = ()) -> None:
        import pty

        self.seen = ""
        self._place = 0  # up to which it was looked for something
        self._end, inner = pty.openpty()
        self._process = subprocess.Popen(
            [*(program or (sys.executable, "-c", _AS_LEADER)), *arguments],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            env={**os.environ, **environment},
            umask=0,
            start_new_session=True,
        )
        os.close(inner)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._end)

    def until(self, text: str) -> None:
        """Read until this is shown, behind what was waited for before."""
        ends = time.monotonic() + PATIENCE
        while (found := self.seen.find(text, self._place)) < 0:
            if time.monotonic() > ends or not self._read():
                raise AssertionError(f'"{text}" was not shown, but:\n{self.seen[self._place :]}')
        self._place = found + len(text)

    def answer(self, question: str, text: str = "") -> None:
        """Wait for a question, and answer it."""
        self.until(question)
        self.type(f"{text}\n")

    def type(self, text: str) -> None:
        """Type."""
        time.sleep(0.05)  # a password is asked for once echo is off, a moment after the question
        os.write(self._end, text.encode())

    def end(self) -> int:
        """Read to the end; gives the exit status."""
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends and self._read():
            pass
        return self._process.wait(PATIENCE)

    def _read(self) -> bool:
        if not select.select([self._end], [], [], PATIENCE)[0]:
            return False
        try:
            chunk = os.read(self._end, 65_536)
        except OSError:  # Linux says so when the other side is closed
            return False
        self.seen += chunk.decode("utf-8", "replace")
        return bool(chunk)


# Makes the terminal the one that Ctrl-C comes from, and that passwords are asked at.
_AS_LEADER = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from cli.__main__ import main
sys.argv[0] = "triage"
main()
"""
