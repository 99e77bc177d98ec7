"""Writes mails as a Maildir++ mailbox: `cur`, `new` and `tmp` in the folder itself for INBOX, in `.Sent` for Sent.

Dovecot and most readers take a file's modification time for the moment of receipt, so it is set.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from triage.demo.script import INBOX

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from triage.demo.compose import SampleMail

# Windows allows no ":" in a file name; mbsync and mutt write ";" there instead.
SEPARATOR = ";" if os.name == "nt" else ":"


def write_maildir(folder: Path, mails: Iterable[SampleMail], separator: str = SEPARATOR) -> None:
    """Write a new Maildir++ mailbox; raises FileExistsError rather than mix into one that is already there.

    Names end in `:2,RS` as the Maildir specification has it, with `;` in place of the colon on Windows. A mail without
    flags lies in `new`. Line ends are the bare newlines that a Maildir is used to.
    """
    _make(folder)
    for number, mail in enumerate(mails):
        home = folder
        if mail.mailbox != INBOX:
            home = folder / f".{mail.mailbox}"
            if not home.exists():
                _make(home)
                (home / "maildirfolder").touch()
        file = home / _place(mail, number, separator)
        file.write_bytes(mail.source.replace(b"\r\n", b"\n"))
        os.utime(file, (mail.received_at.timestamp(),) * 2)


def _make(folder: Path) -> None:
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True)


def _place(mail: SampleMail, number: int, separator: str) -> str:
    """Where a mail lies in its folder: seconds, running number and host make the name unique."""
    name = f"{int(mail.received_at.timestamp())}.M{number}.demo"
    return f"cur/{name}{separator}2,{mail.flags}" if mail.flags else f"new/{name}"
