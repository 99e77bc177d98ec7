"""Write a report to a file: whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from triage.errors import StoreError, UsageError

_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}  # Windows knows no quota


def write_file(path: Path, text: str) -> None:
    """Replace a file in one step, so that no reader ever sees half of it; a symbolic link is refused.

    Raises:
        UsageError: The file cannot be written there.
        StoreError: The disk is full.

    """
    try:
        _refuse_odd(path)
        _replace(path, text)
    except OSError as error:
        if error.errno in _FULL:
            raise StoreError(f"The disk is full: {path} could not be written. Make room and try again.") from error
        raise UsageError(f"{path} cannot be written: {error.strerror}. Choose another --output.") from error


def _refuse_odd(path: Path) -> None:
    if path.is_symlink():
        raise UsageError(
            f"{path} is a symbolic link, and following it could overwrite another file. Name the file itself."
        )
    if path.is_dir():
        raise UsageError(f"{path} is a folder. Name a file in it.")
    if path.exists() and not path.is_file():  # /dev/null, which root could replace
        raise UsageError(f"{path} is no ordinary file. Leave --output out to write to the screen or a pipe.")


def _replace(path: Path, text: str) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".triage-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
