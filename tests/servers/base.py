"""What every test server offers, whatever program is behind it, and what they all need to start."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NoReturn, Self, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from types import TracebackType

HOST = "127.0.0.1"
PASSWORD = "secret"
START_SECONDS = 20.0
AnyServer = TypeVar("AnyServer", bound="MailServer")

CERTIFICATE_REQUEST = """\
[req]
distinguished_name = name
x509_extensions = extensions
prompt = no
[name]
CN = {common_name}
[extensions]
subjectAltName = {names}
basicConstraints = critical, CA:TRUE
keyUsage = critical, digitalSignature, keyCertSign
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
"""


class UnavailableError(Exception):
    """This server cannot run on this machine; the text says in one sentence what is missing."""


class StartFailedError(Exception):
    """The server is installed but did not come up; the text holds the end of its log."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A self-signed certificate: `file` is also the authority (`ca_file`) that a client has to trust."""

    file: Path
    key: Path


def make_certificate(folder: Path, names: tuple[str, ...] = ("DNS:localhost", "IP:127.0.0.1")) -> Certificate:
    """Let openssl make a certificate for `names`; Python 3.13's strict checks want the key usage spelt out."""
    openssl = shutil.which("openssl")
    if openssl is None:
        raise UnavailableError("openssl is not installed (Debian: apt-get install openssl)")
    request = folder / "request.cnf"
    request.write_text(CERTIFICATE_REQUEST.format(common_name=names[0].partition(":")[2], names=",".join(names)))
    made = Certificate(file=folder / "certificate.pem", key=folder / "key.pem")
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-config", str(request)]
    subprocess.run([*command, "-keyout", str(made.key), "-out", str(made.file)], check=True, capture_output=True)
    return made


def short_folder(prefix: str) -> Path:
    """Make a folder whose path is short: a unix socket's path has room for 108 bytes (macOS: 104)."""
    parent = "/tmp" if len(tempfile.gettempdir()) > 40 and Path("/tmp").is_dir() else None  # noqa: S108
    return Path(tempfile.mkdtemp(prefix=prefix, dir=parent))


def free_port(host: str = HOST) -> int:
    """Find a port that nobody listens on just now; another process may still be faster."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_listening(host: str, port: int, process: subprocess.Popen[bytes]) -> bool:
    """Wait until the port answers with a greeting; False when the process ended or the time is up."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=5) as connection:
            if connection.recv(4).startswith(b"* OK"):
                return process.poll() is None
        time.sleep(0.02)
    return False


def end_process(process: subprocess.Popen[bytes]) -> None:
    """Ask the process to end, insist after five seconds."""
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class MailServer(ABC):
    """A real IMAP server on loopback, with any number of users that all have the password `PASSWORD`.

    Flags are given as Maildir letters: S seen, R answered, F flagged, T deleted, D draft. `deliver()` returns a name by
    which `flag()` and `expunge()` find the mail again.
    """

    name: ClassVar[str]
    has_special_use: ClassVar[bool] = False
    has_condstore: ClassVar[bool] = False

    def __init__(self) -> None:
        self.host = HOST
        self.port = 0
        self.tls_port: int | None = None
        self.certificate: Certificate | None = None
        self.folder = Path()
        self._users = count(1)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @abstractmethod
    def start(self) -> None:
        """Start on free ports; raises UnavailableError where the program is missing."""

    def stop(self) -> None:
        """End the server and remove all that it left."""
        if self._process is not None:
            end_process(self._process)
            self._process = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def account(self) -> MailAccount:
        """Make a fresh user with an empty INBOX, so that tests do not disturb one another."""
        username = f"user{next(self._users)}"
        self.add_user(username)
        return MailAccount(self, username)

    @abstractmethod
    def add_user(self, username: str) -> None:
        """Make a user who can log in with `PASSWORD`."""

    @abstractmethod
    def create(self, user: str, mailbox: str) -> None:
        """Make a mailbox, its levels separated by `/`, unless it is there."""

    @abstractmethod
    def deliver(self, user: str, mailbox: str, source: bytes, received_at: datetime, flags: str = "") -> str:
        """Put a mail into a mailbox, which is made when it is missing; `received_at` becomes its INTERNALDATE."""

    @abstractmethod
    def flag(self, user: str, mailbox: str, name: str, flags: str) -> None:
        """Replace the flags of a mail, as another mail program would."""

    @abstractmethod
    def expunge(self, user: str, mailbox: str, name: str) -> None:
        """Remove a mail, as another mail program would."""

    @abstractmethod
    def snapshot(self, user: str) -> dict[str, str]:
        """Say what every mail of the user is like (mailbox, flags, bytes, time): equal when nothing was changed."""

    @abstractmethod
    def bump_uidvalidity(self, user: str, mailbox: str) -> None:
        """Give the mailbox a new UIDVALIDITY and its mails new UIDs, as a move to another server does."""

    def _start_with_retries(self, launch: Callable[[], subprocess.Popen[bytes]], log: Path) -> None:
        """Launch until the port answers: between picking a free port and using it another worker may take it."""
        for _ in range(3):
            process = launch()
            if wait_until_listening(self.host, self.port, process):
                self._process = process
                return
            end_process(process)
        tail = log.read_text(errors="replace")[-2000:] if log.exists() else "no log"
        shutil.rmtree(self.folder, ignore_errors=True)
        raise StartFailedError(f"{self.name} did not start: {tail}")


@dataclass(frozen=True, slots=True)
class MailAccount:
    """One fresh user on one server: what most tests work with."""

    server: MailServer
    username: str
    password: str = PASSWORD

    def create(self, mailbox: str) -> None:
        """See `MailServer.create()`."""
        self.server.create(self.username, mailbox)

    def deliver(self, mailbox: str, source: bytes, received_at: datetime, flags: str = "") -> str:
        """See `MailServer.deliver()`."""
        return self.server.deliver(self.username, mailbox, source, received_at, flags)

    def flag(self, mailbox: str, name: str, flags: str) -> None:
        """See `MailServer.flag()`."""
        self.server.flag(self.username, mailbox, name, flags)

    def expunge(self, mailbox: str, name: str) -> None:
        """See `MailServer.expunge()`."""
        self.server.expunge(self.username, mailbox, name)

    def snapshot(self) -> dict[str, str]:
        """See `MailServer.snapshot()`."""
        return self.server.snapshot(self.username)

    def bump_uidvalidity(self, mailbox: str) -> None:
        """See `MailServer.bump_uidvalidity()`."""
        self.server.bump_uidvalidity(self.username, mailbox)


def running(server: AnyServer, *, required: bool) -> Iterator[AnyServer]:
    """Run a server for as long as the fixture lives, or say why that cannot be."""
    try:
        server.start()
    except UnavailableError as error:
        give_up(str(error), required=required)
    try:
        yield server
    finally:
        server.stop()


def give_up(reason: str, *, required: bool) -> NoReturn:
    """Fail where real servers are required, else skip."""
    if required and os.environ.get("TRIAGE_REQUIRE_SERVERS") == "1":
        pytest.fail(f"A real mail server is required here: {reason}.", pytrace=False)
    pytest.skip(reason)
