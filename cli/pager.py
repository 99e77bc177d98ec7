"""Shows what is longer than the screen page by page, with the program that the user has for it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess

_LINKS = re.compile(r"\x1b\]8;[^\x1b\x07]*(?:\x1b\\|\x07)")
_LINKS_SINCE = 566  # the version of less that passes links (OSC 8) on to the terminal
_PATIENCE = 2.0  # seconds


def pager_command() -> list[str] | None:
    """Give $PAGER, else less, where it is there; None where nothing is to be shown page by page (`PAGER=cat`).

    less gets -R, so that colours live; and where the user says nothing else what git tells it: end by itself when all
    fits, and leave the text on the screen.
    """
    chosen = os.environ.get("PAGER", "less")
    try:
        words = shlex.split(chosen, posix=os.name != "nt")
    except ValueError:
        return None
    path = shutil.which(words[0]) if words else None
    if path is None or words == ["cat"]:
        return None
    return [path, *words[1:], *(["-R"] if _is_less(path) else [])]


def show_paged(text: str, command: list[str]) -> bool:
    """Show a text in the pager until the user has seen enough; False where it cannot be started."""
    if "\x1b]8;" in text and not _passes_links(command):
        text = _LINKS.sub("", text)
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own choice, and no shell
            command, stdin=subprocess.PIPE, env={"LESS": "FRX", "LV": "-c", "LESSCHARSET": "utf-8", **os.environ}
        )
    except OSError:
        return False
    try:
        process.communicate(text.encode("utf-8", "replace"))  # a pager that was quit early is none the worse for it
    except KeyboardInterrupt:
        _wait(process)
    return True


def _wait(process: subprocess.Popen[bytes]) -> None:
    """Let Ctrl-C mean to the pager what it means there; it is the pager that ends."""
    while True:
        try:
            process.wait()
        except KeyboardInterrupt:
            continue
        return


def _is_less(path: str) -> bool:
    return os.path.basename(path).removesuffix(".exe") == "less"  # noqa: PTH119 - a name, no file


def _passes_links(command: list[str]) -> bool:
    if not _is_less(command[0]):
        return False
    try:
        said = subprocess.run([command[0], "--version"], capture_output=True, timeout=_PATIENCE, check=False).stdout  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False
    found = re.match(rb"less (\d{3,4})\b", said)
    return found is not None and int(found[1]) >= _LINKS_SINCE
