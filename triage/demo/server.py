"""The sample shop behind an embedded IMAP server (pymap, an extra), so that the demo can fetch it over the wire."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import secrets
import socket
import subprocess
import sys
import time
from base64 import b64encode
from contextlib import contextmanager
from typing import TYPE_CHECKING

from triage.demo.maildir import write_maildir
from triage.demo.script import demo_config
from triage.errors import ConfigurationError, ConnectionFailedError
from triage.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from triage.demo.compose import SampleMail

_USER = "demo"
_STARTS_WITHIN = 15.0  # seconds


@contextmanager
def serve(folder: Path, mails: Iterable[SampleMail]) -> Iterator[str]:
    """Serve the mails from an IMAP server on this machine alone; gives the configuration that fetches them.

    Raises:
        ConfigurationError: pymap is not installed, or does not run here.

    """
    if sys.platform == "win32" or importlib.util.find_spec("pymap") is None:
        raise ConfigurationError(
            _(
                "`triage demo --imap` needs pymap, which runs on Linux and macOS: pip install "
                "'triage[imap-demo]'. `triage demo` works without it."
            )
        )
    password = secrets.token_hex(8)
    root = folder / "imap"
    root.mkdir()
    write_maildir(root / _USER, mails)
    _write_user(root, password)
    port = _free_port()
    process = _start(root, port)
    try:
        _wait(process, port)
        yield _config(folder, port, password)
    finally:
        process.terminate()
        process.wait(10)


def _write_user(root: Path, password: str) -> None:

    salt = secrets.token_bytes(8)
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 1)

    shadow = f"$pbkdf2-sha256$1${b64encode(salt).decode()}${b64encode(digest).decode()}"
    (root / "pymap-etc-passwd").write_text(f"{_USER}:x::::{_USER}:\n", "utf-8")
    (root / "pymap-etc-shadow").write_text(f"{_USER}:{shadow}:::::::\n", "utf-8")


def _free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


def _start(root: Path, port: int) -> subprocess.Popen[bytes]:
    where = ["--host", "127.0.0.1", "--port", str(port), "--no-tls", "maildir", str(root)]
    # pymap sends INTERNALDATE in the machine's own zone without saying which; FQDN spares it a look-up of names.
    environment = {**os.environ, "TZ": "UTC", "FQDN": "localhost"}
    command = [sys.executable, "-c", "import pymap.main; pymap.main.main()", *where]
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    )


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    ends = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < ends and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise ConnectionFailedError(_("The embedded IMAP server did not start. `triage demo` works without it."))


def _config(folder: Path, port: int, password: str) -> str:
    """Give the demo's configuration with a server in the place of the folder."""
    secret = folder / "password"
    secret.touch(mode=0o600)
    secret.write_text(password + "\n", "utf-8")
    lines = demo_config(folder / "mail").splitlines()
    server = f"""host = "127.0.0.1"
port = {port}
security = "none"
username = "{_USER}"
password_file = "{secret.as_posix()}\""""
    return "\n".join(server if line.startswith("path =") else line for line in lines) + "\n"
