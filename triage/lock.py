"""One sync at a time: a lock that the operating system lets go of when its holder dies."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from triage.errors import StoreError
from triage.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

WAIT = 30.0
"""Seconds to wait for another run before giving up."""


@contextmanager
def sync_lock(folder: Path, now: datetime, on_wait: Callable[[str], None], wait: float | None = None) -> Iterator[None]:
    """Hold the lock of a data folder; `on_wait` is told who has it, once, when we must wait (`WAIT` seconds at most).

    Raises:
        StoreError: The other run did not finish in time.

    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / "sync.lock", mode=0o600)
    holder = folder / "sync.holder"
    patience = WAIT if wait is None else wait
    try:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            on_wait(_who(holder))
            lock.acquire(timeout=patience)
    except Timeout as error:
        raise StoreError(
            _(
                "Another run of triage holds the lock ({holder}) and did not finish within {patience} s. "
                "Wait for it, or end it, and try again."
            ).format(holder=_who(holder), patience=f"{patience:g}")
        ) from error
    except (OSError, NotImplementedError) as error:  # the latter where a network drive knows no locks
        raise StoreError(
            _(
                "The lock in {folder} cannot be taken: {reason}. Check that the folder is yours, and on a "
                "disk of this computer."
            ).format(folder=folder, reason=getattr(error, "strerror", None) or error)
        ) from error
    try:
        since = f"{now.astimezone():%H:%M}"
        _write(holder, _("process {number}, since {since}").format(number=os.getpid(), since=since))
        yield
    finally:
        lock.release()


def _who(holder: Path) -> str:
    try:
        return holder.read_text("utf-8").strip() or _("an unknown process")
    except OSError:
        return _("an unknown process")


def _write(holder: Path, text: str) -> None:
    """Leave a word for who waits; the lock holds without it."""
    try:
        descriptor = os.open(holder, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        return
