"""A Maildir: one file a message, its flags in its name. Nothing is renamed from `new/` to `cur/`."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from triage.mail.disk_piece import Piece, number_of
from triage.store import Flags

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_INFO_SEPARATORS = ":;!"  # what divides a file's name from its flags: `;` and `!` where `:` is not allowed (Windows)
_SYNC_MARK = re.compile(r",(?:U=\d+|FMD5=[0-9a-f]+)")
"""The number on the server, which mbsync and offlineimap put into the name, and change when the server numbers anew."""
_LOOKS = 3


def is_maildir(path: Path) -> bool:
    """Say whether a folder is a Maildir; Thunderbird's have no `new`."""
    return (path / "cur").is_dir() or (path / "new").is_dir()


def list_maildir(path: Path) -> dict[int, Piece]:
    """List the messages by number, as often as it takes to see each in a place.

    A mail program renames a file when its flags change; one that goes just while we look is found under its new name.

    Raises:
        OSError: A folder cannot be read.

    """
    pieces: dict[int, Piece] = {}
    for _ in range(_LOOKS):
        pieces, is_complete = _look(path)
        if is_complete:
            break
    return pieces


def _look(path: Path) -> tuple[dict[int, Piece], bool]:
    pieces, is_complete = {}, True
    for part in ("new", "cur"):  # in the order in which a file moves, so that none is missed on its way
        folder = path / part
        for name in sorted(_file_names(folder)) if folder.is_dir() else ():
            try:
                pieces[_number(name)] = _piece(folder / name)
            except FileNotFoundError:
                is_complete = False
    return pieces, is_complete


def _file_names(folder: Path) -> Iterator[str]:
    with os.scandir(folder) as found:
        yield from (entry.name for entry in found if not entry.name.startswith(".") and not entry.is_dir())


def _piece(file: Path) -> Piece:
    about = file.stat()
    name, letters = split_info(file.name)
    return Piece(
        file, 0, about.st_size, datetime.fromtimestamp(about.st_mtime, UTC),
        Flags("R" in letters, "T" in letters, "D" in letters), is_copy=bool(_SYNC_MARK.search(name)),
    )  # fmt: skip


def _number(name: str) -> int:
    return number_of(os.fsencode(_SYNC_MARK.sub("", split_info(name)[0])))


def split_info(name: str) -> tuple[str, str]:
    """Divide `1700000000.M1.host:2,RS` into the name, which stays, and the letters of its flags."""
    for separator in _INFO_SEPARATORS:
        head, found, letters = name.rpartition(f"{separator}2,")
        if found:
            return head, letters
    return name, ""
