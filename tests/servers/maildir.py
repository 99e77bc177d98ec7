"""Delivery straight into the Maildir++ folders of a server, without asking it.

Mails go into `cur/` with their flags in the name: what lies in `new/` a server may move by itself on SELECT, and then a
test could not tell the server's doing from the client's. INTERNALDATE is the file's time of change.
"""

from __future__ import annotations

import hashlib
import os
from abc import abstractmethod
from itertools import count
from typing import TYPE_CHECKING

from tests.servers.base import MailServer

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

FIRST_NAME = 1_700_000_000  # names sort in the order of delivery, and servers number new mails in the order of names


class MaildirServer(MailServer):
    """A server that keeps its mail in Maildir++ under `folder/mail/USER`."""

    owner: tuple[int, int] | None = None  # uid and gid of the files, where the server runs as somebody else

    def __init__(self) -> None:
        super().__init__()
        self._deliveries = count(FIRST_NAME)

    @abstractmethod
    def encode_name(self, mailbox: str) -> str:
        """Say how the server writes a mailbox's name on disk."""

    def mailbox_path(self, user: str, mailbox: str) -> Path:
        """Say where a mailbox lies: INBOX is the user's folder itself, the others are `.Name.Child` below it."""
        home = self.folder / "mail" / user
        if mailbox.upper() == "INBOX":
            return home
        return home / ("." + self.encode_name(mailbox).replace("/", "."))

    def add_user(self, username: str) -> None:
        self.create(username, "INBOX")

    def create(self, user: str, mailbox: str) -> None:
        path = self.mailbox_path(user, mailbox)
        if (path / "cur").is_dir():
            return
        for part in ("tmp", "new", "cur"):
            (path / part).mkdir(parents=True)
            self._own(path / part)
        self._own(path)
        if mailbox.upper() != "INBOX":
            (path / "maildirfolder").touch()
            self._own(path / "maildirfolder")

    def deliver(self, user: str, mailbox: str, source: bytes, received_at: datetime, flags: str = "") -> str:
        self.create(user, mailbox)
        path = self.mailbox_path(user, mailbox)
        name = f"{next(self._deliveries)}.M1P1.test"
        written = path / "tmp" / name
        written.write_bytes(source)
        os.utime(written, (received_at.timestamp(), received_at.timestamp()))
        self._own(written)
        written.rename(path / "cur" / with_flags(name, flags))
        return name

    def flag(self, user: str, mailbox: str, name: str, flags: str) -> None:
        found = self._find(user, mailbox, name)
        found.rename(found.with_name(with_flags(name, flags)))

    def expunge(self, user: str, mailbox: str, name: str) -> None:
        self._find(user, mailbox, name).unlink()

    def snapshot(self, user: str) -> dict[str, str]:
        home = self.folder / "mail" / user
        mails = (path for path in home.rglob("*") if path.parent.name in {"cur", "new"} and path.is_file())
        return {
            path.relative_to(
                home
            ).as_posix(): f"{path.stat().st_mtime:.0f} {hashlib.sha256(path.read_bytes()).hexdigest()}"
            for path in sorted(mails)
        }

    def _find(self, user: str, mailbox: str, name: str) -> Path:
        (found,) = (self.mailbox_path(user, mailbox) / "cur").glob(f"{name}*")
        return found

    def _own(self, path: Path) -> None:
        if self.owner is not None:
            os.chown(path, *self.owner)


def with_flags(name: str, flags: str) -> str:
    """Write flags behind a Maildir name, in the order of the alphabet as the format wants."""
    return f"{name}:2,{''.join(sorted(flags))}"
