"""Hands a link to the program with which this computer opens it; no text of it ever passes a shell."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from triage.links import SCHEMES

_PATIENCE = 3.0  # seconds; whatever runs longer is the program itself, at work


def open_link(link: str) -> bool:
    """Open a link as a click on it would; False where this computer has no program for it, or no screen."""
    if not link.startswith(SCHEMES) or not link.isascii() or not link.isprintable():
        return False
    if sys.platform == "win32":
        return _start(link)
    command = _command(link)
    return command is not None and _run([*command, link])


def _start(link: str) -> bool:
    try:
        os.startfile(link)  # type: ignore[attr-defined,unused-ignore]  # noqa: S606 - as Explorer would, no shell
    except OSError:
        return False
    return True


def _command(link: str) -> list[str] | None:
    """Name the platform's opener.

    $BROWSER stands before it for web addresses: in a remote terminal (VS Code, WSL) it leads to the screen that is
    looked at. xdg-open is not asked where there is no display, for it would start a browser in the terminal.
    """
    if sys.platform == "darwin":
        return ["open"]
    browser = os.environ.get("BROWSER", "").partition(os.pathsep)[0]
    if link.startswith("https://") and "%s" not in browser and (found := shutil.which(browser) if browser else None):
        return [found]
    for name in ("wslview", "termux-open-url"):  # neither sets a display
        if found := shutil.which(name):
            return [found]
    has_display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    found = shutil.which("xdg-open") if has_display else None
    return [found] if found else None


def _run(command: list[str]) -> bool:
    try:
        process = subprocess.Popen(  # noqa: S603 - a list, and a link that begins with a scheme of ours
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return False
    try:
        return process.wait(_PATIENCE) == 0
    except subprocess.TimeoutExpired:
        process.returncode = 0  # it goes on without us, and is not to be waited for
        return True
