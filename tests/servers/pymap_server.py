"""pymap as a test server: pure Python, from PyPI, with neither CONDSTORE nor SPECIAL-USE: the plain path."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import os
import subprocess
import sys
from itertools import count
from typing import TYPE_CHECKING, ClassVar

from tests.servers.base import PASSWORD, UnavailableError, free_port, make_certificate, short_folder
from tests.servers.maildir import MaildirServer, with_flags

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

FIRST_UIDVALIDITY = 1_600_000_000


class PymapServer(MaildirServer):
    """pymap with its Maildir backend.

    It never listens for implicit TLS, and even with `starttls` it takes a login in plain text from loopback. It reads a
    mail with the email package and writes it anew: lines end in LF alone and odd mails come out changed. It numbers new
    mails in the order of the disk, so the numbers are given here. New mail is seen at the next EXAMINE, not before.
    """

    name: ClassVar[str] = "pymap"

    def __init__(self, *, starttls: bool = False) -> None:
        super().__init__()
        self.starttls = starttls
        self._validities = count(FIRST_UIDVALIDITY)

    def start(self) -> None:
        if sys.platform == "win32":
            raise UnavailableError("pymap does not run on Windows (it wants the event loop's signal handlers)")
        if importlib.util.find_spec("pymap") is None:
            raise UnavailableError("pymap is not installed (pip install pymap)")
        self.folder = short_folder("tp-")
        (self.folder / "mail").mkdir()
        if self.starttls:
            self.certificate = make_certificate(self.folder)
        self._start_with_retries(self._launch, self.folder / "pymap.log")

    def _launch(self) -> subprocess.Popen[bytes]:
        self.port = free_port()
        tls = ["--no-tls"]
        if self.certificate is not None:
            tls = ["--cert", str(self.certificate.file), "--key", str(self.certificate.key)]
        where = ["--host", self.host, "--port", str(self.port), *tls, "maildir", str(self.folder / "mail")]
        # It sends INTERNALDATE in the machine's own zone without saying which; FQDN spares it a look-up of names.
        environment = {**os.environ, "TZ": "UTC", "FQDN": "localhost"}
        command = [sys.executable, "-c", "import pymap.main; pymap.main.main()", *where]
        with (self.folder / "pymap.log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, env=environment)

    def encode_name(self, mailbox: str) -> str:
        return mailbox

    def add_user(self, username: str) -> None:
        super().add_user(username)
        with (self.folder / "mail" / "pymap-etc-passwd").open("a") as users:
            users.write(f"{username}:x::::{username}:\n")
        with (self.folder / "mail" / "pymap-etc-shadow").open("a") as passwords:
            passwords.write(f"{username}:{quick_hash(PASSWORD)}:::::::\n")

    def create(self, user: str, mailbox: str) -> None:
        super().create(user, mailbox)
        uidlist = self.mailbox_path(user, mailbox) / "dovecot-uidlist"
        if not uidlist.exists():
            write_uidlist(uidlist, next(self._validities), [])

    def deliver(self, user: str, mailbox: str, source: bytes, received_at: datetime, flags: str = "") -> str:
        name = super().deliver(user, mailbox, source, received_at, flags)
        uidlist = self.mailbox_path(user, mailbox) / "dovecot-uidlist"
        head, *lines = uidlist.read_text().splitlines()
        validity, next_uid, guid = (field[1:] for field in head.split()[1:])
        lines.append(f"{next_uid} :{with_flags(name, flags)}")
        replace_file(uidlist, [f"3 V{validity} N{int(next_uid) + 1} G{guid}", *lines])
        return name

    def bump_uidvalidity(self, user: str, mailbox: str) -> None:
        path = self.mailbox_path(user, mailbox)
        write_uidlist(
            path / "dovecot-uidlist", next(self._validities), sorted(mail.name for mail in (path / "cur").iterdir())
        )


def write_uidlist(uidlist: Path, validity: int, names: list[str]) -> None:
    """Number mails from 1; the format is Dovecot's, version 3."""
    guid = hashlib.md5(f"{uidlist}{validity}".encode(), usedforsecurity=False).hexdigest()
    numbered = [f"{uid} :{name}" for uid, name in enumerate(names, start=1)]
    replace_file(uidlist, [f"3 V{validity} N{len(names) + 1} G{guid}", *numbered])


def replace_file(path: Path, lines: list[str]) -> None:
    """Write a file at one stroke, since the server may be reading it."""
    fresh = path.with_suffix(".fresh")
    fresh.write_text("".join(f"{line}\n" for line in lines))
    fresh.replace(path)


def quick_hash(password: str) -> str:
    """Write a password as pymap wants it, with one round instead of 500,000: each login costs that much."""
    salt = b"no salt for tests"
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 1)
    return f"$pbkdf2-sha256$1${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"
