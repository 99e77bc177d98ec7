"""The only place with colours and widths. Every text from outside passes `clean()` on its way to the terminal."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from triage.mail.scrub import scrub
from triage.model import Lane, Notice, Urgency

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cli.options import Manners

# Of the 256 colours those that can be read on white as well as on black.
LANE_STYLES = {
    Lane.BUY: "color(35)",
    Lane.BOUGHT: "color(37)",
    Lane.KNOCK: "color(69)",
    Lane.ANGRY: "color(167)",
    Lane.HAGGLE: "color(170)",
    Lane.FORGOTTEN: "color(172)",
    Lane.OTHER: "color(102)",
}
URGENCY_STYLES = {
    Urgency.OK: "",
    Urgency.SOON: "color(172)",
    Urgency.OVERDUE: "bold color(167)",
    Urgency.FORGOTTEN: "bold color(172)",
}
QUIET_STYLE = "color(102)"
WORRYING = frozenset({Notice.BOUNCED, Notice.UNREADABLE})

NARROWEST, WIDEST = 40, 240


def clean(text: str) -> str:
    """Make a text from outside harmless on one line: no control characters, no escape sequences."""
    return " ".join(scrub(text).split())


class Screen:
    """Standard output and standard error, as the user wants them."""

    def __init__(self, manners: Manners) -> None:
        self.quiet, self.verbose, self.plain = manners.quiet, manners.verbose, manners.plain
        self.out = _console(manners, sys.stdout)
        self.err = _console(manners, sys.stderr)

    @property
    def width(self) -> int:
        """The number of columns to fill."""
        return max(NARROWEST, min(self.out.width, WIDEST))

    def line(self, *parts: str | tuple[str, str]) -> None:
        """Print one line of texts, each with its style; rich's markup and emoji codes have no meaning in it."""
        self.out.print(styled(*parts), soft_wrap=True)

    def data(self, text: str) -> None:
        """Write a machine's format as it is."""
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8"))
        sys.stdout.buffer.flush()

    def note(self, sentence: str) -> None:
        """Say something on stderr, unless nobody wants to hear it."""
        if not self.quiet:
            self.err.print(Text(clean(sentence), style=QUIET_STYLE), soft_wrap=True)

    def complain(self, sentence: str) -> None:
        """Say on stderr what went wrong."""
        self.err.print(Text(f"triage: {clean(sentence)}"), soft_wrap=True)

    def note_lock(self, holder: str) -> None:
        """Say whom we wait for."""
        self.note(f"Another run of triage is fetching ({holder}); waiting for it.")

    @contextmanager
    def progress(self) -> Iterator[Callable[[str, str, int, int], None]]:
        """Show on a terminal how far a sync is, once it takes longer than a second."""
        if self.quiet or self.plain or not self.err.is_terminal:
            yield lambda _account, _mailbox, _done, _total: None
            return
        with self.err.status("") as status:
            status.stop()
            shown = _Shown(status.start, status.stop)

            def tell(account: str, mailbox: str, done: int, total: int) -> None:
                of = f"{done} / {total}" if total else str(done)
                where = clean(f"{account} {mailbox}".strip())
                status.update(Text(f"{where} {of}".strip()))
                shown.tick()

            yield tell


class _Shown:
    """Starts to show a status after a second."""

    def __init__(self, start: Callable[[], None], stop: Callable[[], None]) -> None:
        import time

        self._monotonic = time.monotonic
        self._begun = time.monotonic()
        self._start, self._stop = start, stop
        self._is_shown = False

    def tick(self) -> None:
        if not self._is_shown and self._monotonic() - self._begun > 1:
            self._is_shown = True
            self._start()


def styled(*parts: str | tuple[str, str]) -> Text:
    """Put texts together, each clean and with its style."""
    text = Text(no_wrap=True, overflow="ellipsis")
    for part in parts:
        content, style = part if isinstance(part, tuple) else (part, "")
        text.append(scrub(content).replace("\n", " "), style=style)
    return text


def _console(manners: Manners, file: object) -> Console:
    force = True if manners.color else None
    if manners.color is None and os.environ.get("FORCE_COLOR"):
        force = True
    no_color = manners.plain or manners.color is False or (manners.color is None and bool(os.environ.get("NO_COLOR")))
    return Console(
        file=file,  # type: ignore[arg-type] # a text stream
        force_terminal=False if no_color and manners.plain else force,
        no_color=no_color,
        highlight=False,
        markup=False,
        emoji=False,
        color_system="256" if force and not no_color else "auto",
    )
