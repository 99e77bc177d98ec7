"""Write a report to a file: whole or not at all."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from triage.errors import StoreError, UsageError
from triage.i18n import _
from triage.private import replace_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}  # Windows knows no quota


def write_file(path: Path, text: str | Iterable[str]) -> None:
    """Replace a file in one step, so that no reader ever sees half of it; a symbolic link is refused.

    The text may come in pieces.

    Raises:
        UsageError: The file cannot be written there.
        StoreError: The disk is full.

    """
    try:
        _refuse_odd(path)
        replace_file(path, text)
    except OSError as error:
        if error.errno in _FULL:
            raise StoreError(
                _("The disk is full: {path} could not be written. Make room and try again.").format(path=path)
            ) from error
        raise UsageError(
            _("{path} cannot be written: {reason}. Choose another --output.").format(path=path, reason=error.strerror)
        ) from error


def _refuse_odd(path: Path) -> None:
    if path.is_symlink():
        raise UsageError(
            _("{path} is a symbolic link, and following it could overwrite another file. Name the file itself.").format(
                path=path
            )
        )
    if path.is_dir():
        raise UsageError(_("{path} is a folder. Name a file in it.").format(path=path))
    if path.exists() and not path.is_file():  # /dev/null, which root could replace
        raise UsageError(
            _("{path} is no ordinary file. Leave --output out to write to the screen or a pipe.").format(path=path)
        )
