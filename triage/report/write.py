"""Write a report to a file: whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from triage.errors import StoreError, UsageError


def write_file(path: Path, text: str) -> None:
    """Replace a file in one step, so that no reader ever sees half of it; a symbolic link is refused.

    Raises:
        UsageError: The file cannot be written there.
        StoreError: The disk is full.

    """
    if path.is_symlink():
        raise UsageError(
            f"{path} is a symbolic link, and following it could overwrite another file. Name the file itself."
        )
    if path.is_dir():
        raise UsageError(f"{path} is a folder. Name a file in it.")
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise StoreError(f"The disk is full: {path} could not be written. Make room and try again.") from error
        raise UsageError(f"{path} cannot be written: {error.strerror}. Choose another --output.") from error
