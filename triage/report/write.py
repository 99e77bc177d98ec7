"""Write a report to a file: whole or not at all."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from triage.errors import StoreError, UsageError
from triage.private import replace_file

if TYPE_CHECKING:
    from pathlib import Path

_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}  # Windows knows no quota


def write_file(path: Path, text: str) -> None:
    """Replace a file in one step, so that no reader ever sees half of it; a symbolic link is refused.

    Raises:
        UsageError: The file cannot be written there.
        StoreError: The disk is full.

    """
    try:
        _refuse_odd(path)
        replace_file(path, text)
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
