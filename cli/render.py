"""The only place with colours and widths. Every text from outside passes `clean()` on its way to the terminal."""

from __future__ import annotations

import os
import re
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from triage.mail.scrub import scrub
from triage.model import Lane, Urgency

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rich.status import Status

    from cli.options import Manners

# Of the 256 colours those that stand out by 3.7 to 1 or more from white as well as from black.
LANE_STYLES = {
    Lane.BUY: "color(29)",
    Lane.BOUGHT: "color(31)",
    Lane.KNOCK: "color(63)",
    Lane.ANGRY: "color(167)",
    Lane.HAGGLE: "color(133)",
    Lane.FORGOTTEN: "color(166)",
    Lane.OTHER: "color(244)",
}
URGENCY_STYLES = {
    Urgency.OK: "",
    Urgency.SOON: "color(166)",
    Urgency.OVERDUE: "bold color(167)",
    Urgency.FORGOTTEN: "bold color(166)",
}
QUIET_STYLE, WARNING_STYLE, WORRY_STYLE, GOOD_STYLE = "color(244)", "color(166)", "color(167)", "color(29)"

NARROWEST, WIDEST = 40, 240
_PATIENCE = 1.0  # seconds before progress is shown
_ESCAPES = re.compile(r"\x1b(?:\[[0-9;]*m|\]8;[^\x1b]*\x1b\\)")  # what we write ourselves


def clean(text: str) -> str:
    """Make a text from outside harmless on one line: no control characters, no escape sequences."""
    return " ".join(scrub(text).split())


class Screen:
    """Standard output and standard error, as the user wants them."""

    def __init__(self, manners: Manners) -> None:
        self.quiet, self.verbose, self.plain = manners.quiet, manners.verbose, manners.plain
        self.is_paging = False
        self._shown: Status | None = None
        self._showing = threading.Lock()
        self._may_page = not (manners.plain or manners.no_pager)
        self.out = _console(manners, sys.stdout)
        self.err = _console(manners, sys.stderr)

    @property
    def width(self) -> int:
        """The number of columns to fill."""
        return max(NARROWEST, min(self.out.width, WIDEST))

    @property
    def has_links(self) -> bool:
        """Say whether a text may lead somewhere when it is clicked: on a terminal, which shows no address beside it."""
        return self._is_read and not (self.plain or self.out.legacy_windows or os.environ.get("TERM") == "linux")

    @property
    def _is_read(self) -> bool:
        """Say whether a person reads this at a terminal, whatever colours were asked for."""
        is_dumb = os.environ.get("TERM", "" if os.name == "nt" else "dumb") in {"dumb", "unknown"}
        return sys.stdout.isatty() and not is_dumb

    def linked(self, style: str, url: str | None) -> str:
        """Give a style that leads to an address, where there is one and the terminal can (OSC 8)."""
        return f"{style} link {url}".strip() if url and self.has_links else style

    @contextmanager
    def pages(self) -> Iterator[None]:
        """Show what is printed meanwhile page by page, if somebody reads it and it is longer than the screen."""
        command = self._pager_command()
        if command is None or self.is_paging:
            yield
            return
        self.is_paging = True
        capture = self.out.capture()
        try:
            with capture:
                yield
        except BaseException:
            self._write(capture.get())
            raise
        finally:
            self.is_paging = False
        self._show(capture.get(), command)

    def _pager_command(self) -> list[str] | None:
        if not (self._may_page and self._is_read):
            return None
        from cli.pager import pager_command

        return pager_command()

    def _show(self, text: str, command: list[str]) -> None:
        from cli.pager import show_paged

        size = self.out.size
        lines = (cell_len(_ESCAPES.sub("", line)) for line in text.splitlines())
        is_long = sum(max(1, -(-cells // size.width)) for cells in lines) >= size.height
        if not (is_long and show_paged(text, command)):
            self._write(text)

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    def line(self, *parts: str | tuple[str, str]) -> None:
        """Print one line of texts, each with its style; rich's markup and emoji codes have no meaning in it."""
        self.out.print(styled(*parts), soft_wrap=True)

    def rule(self) -> None:
        """Print what stands between two things that are shown."""
        self.out.print("" if self.plain else Text(f"\n{'─' * self.width}\n", style=QUIET_STYLE), soft_wrap=True)

    def rows(self, lines: Iterable[Text]) -> None:
        """Print what was made to fit; what does not is cut, never wrapped. All at once, which takes half the time."""
        self.out.print(*lines, sep="\n", no_wrap=True, overflow="ellipsis", crop=True)

    def labelled(self, label: str, style: str, sentence: str) -> None:
        """Print a sentence beside a label: a line for programs, wrapped between words where somebody reads it."""
        if self.out.is_terminal:
            self.wrapped(sentence, label=label, label_style=style)
        else:
            self.line((label, style), sentence)

    def wrapped(
        self, *parts: str | tuple[str, str], label: str = "", label_style: str = QUIET_STYLE, at_most: int = WIDEST
    ) -> None:
        """Print texts wrapped between words, further lines under the first, which stands beside a label."""
        width = max(20, min(self.width, at_most) - cell_len(label))
        left = styled((label, label_style))
        for line in styled(*parts).wrap(self.out, width, no_wrap=False, overflow="fold"):
            text = left + line
            text.rstrip()
            self.out.print(text, soft_wrap=True)
            left = Text(" " * cell_len(label))

    def data(self, text: str) -> None:
        """Write a machine's format as it is, in UTF-8 whatever the locale; only a terminal may know fewer letters."""
        if self.is_paging:
            self.out.out(text, end="", highlight=False)
            return
        sys.stdout.flush()
        if sys.stdout.isatty() and not _knows_all_letters(self.out):
            sys.stdout.write(text)
            return
        sys.stdout.buffer.write(text.encode("utf-8", "replace"))
        sys.stdout.buffer.flush()

    def note(self, sentence: str) -> None:
        """Say something on stderr, unless nobody wants to hear it."""
        if not self.quiet:
            self._aside((sentence, QUIET_STYLE))

    def guide(self, *parts: str | tuple[str, str]) -> None:
        """Say on stderr what helps to answer a question, unless nobody wants to hear it."""
        if not self.quiet:
            self._aside(*parts)

    def warn(self, sentence: str) -> None:
        """Say on stderr what is not right with an answer."""
        self._aside((sentence, WARNING_STYLE))

    def fail(self, sentence: str) -> None:
        """Say on stderr what failed, among other things that were tried."""
        self._aside(sentence)

    def _aside(self, *parts: str | tuple[str, str]) -> None:
        """Print on stderr, wrapped between words where somebody reads it."""
        if self.err.is_terminal:
            self.err.print(styled(*parts), overflow="fold")
        else:
            self.err.print(styled(*parts), soft_wrap=True)  # with an overflow of its own, rich would cut the line

    def prompt(self, question: str) -> None:
        """Ask on stderr, and leave the cursor behind the question."""
        self.err.print(styled((question, "bold")), soft_wrap=True, end="")
        self.err.file.flush()

    @contextmanager
    def progress(self, title: str, afterwards: str = "") -> Iterator[Callable[[str, str, int, int], None]]:
        """Show on a terminal how far something is, once it takes longer than a second.

        What is told of no account comes `afterwards`, if that has a name of its own.
        """
        if self.quiet or self.plain or not (self.err.is_terminal and self.err.file.isatty()):  # colours may be forced
            yield lambda _account, _mailbox, _done, _total: None
            return
        spinner = "dots" if _knows_all_letters(self.err) else "line"
        status = self.err.status(Text(clean(title)), spinner=spinner)

        def start() -> None:
            with self._showing:
                status.start()
                self._shown = status

        timer = threading.Timer(_PATIENCE, start)
        timer.daemon = True
        timer.start()

        def tell(account: str, mailbox: str, done: int, total: int) -> None:
            of = f"{done} / {total}" if total else str(done or "")
            what = title if account else afterwards or title
            status.update(styled(" ".join(filter(None, (what, account, mailbox, of)))))

        try:
            yield tell
        finally:
            timer.cancel()
            timer.join()
            status.stop()
            self._shown = None

    @contextmanager
    def without_progress(self) -> Iterator[None]:
        """Leave the terminal to a program that may ask its user something, as `pass` for a passphrase."""
        with self._showing:  # what would begin meanwhile waits
            if self._shown:
                self._shown.stop()
            try:
                yield
            finally:
                if self._shown:
                    self._shown.start()


def styled(*parts: str | tuple[str, str]) -> Text:
    """Put texts together, each clean and with its style."""
    text = Text()
    for part in parts:
        content, style = part if isinstance(part, tuple) else (part, "")
        text.append(scrub(content).replace("\n", " ").replace("\t", "    "), style=style)
    return text


def _knows_all_letters(console: Console) -> bool:
    """Say whether a console takes Unicode; the old one of Windows takes it, but its fonts lack most signs."""
    return console.encoding.startswith("utf") and not console.legacy_windows


class _Console(Console):
    """A console that leaves a closed pipe to the one place where errors become exit statuses."""

    def on_broken_pipe(self) -> None:
        """Tell instead of ending with status 1, as rich does since 13.8."""
        self.quiet = True
        raise BrokenPipeError


def _console(manners: Manners, file: object) -> Console:
    force = True if manners.color else None
    if manners.color is None and os.environ.get("FORCE_COLOR"):
        force = True
    no_color = manners.plain or manners.color is False or (manners.color is None and bool(os.environ.get("NO_COLOR")))
    return _Console(
        file=file,  # type: ignore[arg-type] # a text stream
        force_terminal=False if no_color and manners.plain else force,
        no_color=no_color,
        highlight=False,
        markup=False,
        emoji=False,
        color_system="256" if force and not no_color else "auto",
    )
