"""A small shop for end-to-end tests: mails written in a line, a configuration, and the command line run in-process."""

from __future__ import annotations

import csv
import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cli.app import main
from tests.servers.base import PASSWORD

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.servers.base import MailAccount

ZONE = ZoneInfo("Europe/Amsterdam")
OURS = "info@shop.example"
NOON = datetime(2026, 11, 18, 12, 0, tzinfo=ZONE)
"""A Wednesday; the shop of the tests is open Monday to Friday from nine to five."""


def write_mail(
    sender: str = "Jan Peeters <jan@klant.example>",
    to: str = OURS,
    subject: str = "Maat 42?",
    text: str = "Hebben jullie deze schoenen ook in maat 42? Ik wil ze graag kopen.",
    message_id: str = "q1@klant.example",
    answers: str = "",
    sent_at: datetime = NOON,
    **headers: str,
) -> bytes:
    """Write a mail; further headers by name with `_` for `-`."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Date"] = format_datetime(sent_at)
    mail["Message-ID"] = f"<{message_id}>"
    if answers:
        mail["In-Reply-To"] = mail["References"] = f"<{answers}>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail.as_bytes()


@dataclass(frozen=True, slots=True)
class Result:
    """What a run of the command line printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The conversations of a JSON export."""
        conversations: list[dict[str, Any]] = json.loads(self.out)["conversations"]
        return conversations

    @property
    def csv(self) -> list[dict[str, str]]:
        """The rows of a CSV export."""
        return list(csv.DictReader(io.StringIO(self.out)))


def run(*arguments: str) -> Result:
    """Run the command line in this process."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2))
    status = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main(list(arguments))
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
    sys.stdout.flush()
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode())
    return Result(status, *texts)


@dataclass(slots=True)
class Shop:
    """A configuration and a data folder of its own."""

    folder: Path
    config: Path = field(init=False)

    def __post_init__(self) -> None:
        self.config = self.folder / "config.toml"

    def configure(self, *accounts: str, rest: str = "") -> None:
        """Write the configuration: accounts as TOML without their heading."""
        head = 'language = "en"\n[shop]\nname = "De Schoenmaker"\ntimezone = "Europe/Amsterdam"\nholidays = ""\n'
        tables = "".join(f"\n[[account]]\n{account}\n" for account in accounts)
        self.config.write_text(f"{head}{rest}{tables}", "utf-8")

    def run(self, *arguments: str) -> Result:
        """Run a command with this configuration."""
        return run(*arguments, "--config", str(self.config))

    def export(self, *arguments: str) -> list[dict[str, Any]]:
        """Give every conversation as scripts see it."""
        result = self.run("export", "--all", "--format", "json", *arguments)
        assert (result.status, result.err) == (0, "")
        return result.rows

    def use(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Keep the database here, and give the test servers' password."""
        monkeypatch.setenv("TRIAGE_DATA_DIR", str(self.folder / "data"))
        monkeypatch.setenv("SHOP_PASSWORD", PASSWORD)
        for name in ("NO_COLOR", "FORCE_COLOR", "TRIAGE_CONFIG"):
            monkeypatch.delenv(name, raising=False)


def imap_account(mailbox: MailAccount, **changes: str) -> str:
    """Write the account of a test server's user as TOML; `changes` are TOML values by key."""
    keys = {
        "name": '"shop"',
        "host": f'"{mailbox.server.host}"',
        "port": str(mailbox.server.port),
        "security": '"none"',
        "username": f'"{mailbox.username}"',
        "password_env": '"SHOP_PASSWORD"',
        "addresses": f'["{OURS}"]',
        "since": '"3650d"',
    }
    keys.update(changes)
    return "\n".join(f"{key} = {value}" for key, value in keys.items() if value)


def deliver(mailbox: MailAccount, folder: str, received_at: datetime = NOON, flags: str = "", **fields: Any) -> str:  # noqa: ANN401
    """Put a mail into a mailbox on the server, received just then."""
    return mailbox.deliver(folder, write_mail(sent_at=received_at, **fields), received_at.astimezone(UTC), flags)


HOUR = timedelta(hours=1)
