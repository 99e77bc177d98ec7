"""Writes files that only their owner can read: whole or not at all, whatever the umask."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from triage.errors import ConfigurationError
from triage.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterable


def write_private(path: Path, text: str) -> None:
    """Write a file with mode 0600, in a folder with mode 0700 if that has to be made; a link is followed.

    Raises:
        ConfigurationError: The file cannot be written there.

    """
    try:
        _make_folder(path.parent)
        replace_file(path.resolve(), text)
    except OSError as error:
        raise ConfigurationError(
            _("{path} cannot be written: {reason}. Make room or choose another place.").format(
                path=path, reason=error.strerror
            )
        ) from error


def _make_folder(folder: Path) -> None:
    if not folder.exists():
        _make_folder(folder.parent)
        folder.mkdir(0o700, exist_ok=True)


def replace_file(path: Path, text: str | Iterable[str]) -> None:
    """Replace a file in one step, with mode 0600, so that no reader ever sees half of it. Raises OSError.

    The text may come in pieces.
    """
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".triage-")  # made with mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.writelines((text,) if isinstance(text, str) else text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
