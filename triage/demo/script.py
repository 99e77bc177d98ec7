"""What the sample shop's files say, read and with the defaults filled in; `triage.demo` explains the files."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from email.utils import parseaddr
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from triage.clock import OpeningHours, Span
from triage.demo.moments import Age
from triage.model import Flag, Kind, Reason, Status
from triage.settings import WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import PurePath

INBOX = "INBOX"
SENT = "Sent"
SHOP = "De Schoenmaker <info@deschoenmaker.example>"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What triage should make of a conversation: the sample shop's own answer book."""

    status: Status
    kind: Kind
    reason: Reason
    flags: frozenset[Flag] = frozenset()
    forgotten: bool = False
    bounced: bool = False


@dataclass(frozen=True, slots=True)
class ScriptedMail:
    """One mail of the script; `references` are ids of the script, oldest first."""

    id: str
    mailbox: str
    age: Age
    sender: str
    to: str
    subject: str
    flags: str = "S"
    reply_to: str = ""
    references: tuple[str, ...] = ()
    quotes: str = ""
    quote: str = ""
    charset: str = "utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    html: str = ""
    raw: str = ""
    expect: Expectation | None = None

    @property
    def message_id(self) -> str:
        """The Message-ID, without angle brackets; it stays the same whenever the shop is shown."""
        return f"{self.id}@{parseaddr(self.sender)[1].rpartition('@')[2]}"


@cache
def script() -> tuple[ScriptedMail, ...]:
    """Every mail of the sample shop; KeyError, TypeError or ValueError where a file says something impossible."""
    mails: dict[str, ScriptedMail] = {}
    for entry in _entries():
        mail = _mail(entry, mails)
        if mail.id in mails:
            raise ValueError(f'two mails are called "{mail.id}"')
        mails[mail.id] = mail
    return tuple(mails.values())


def demo_config(folder: PurePath) -> str:
    """Give the text of a commented `config.toml` for the sample shop's Maildir in `folder`."""
    # A JSON string is a TOML string too, so a Windows path keeps its backslashes.
    return _read("config.toml").replace('"{path}"', json.dumps(str(folder), ensure_ascii=False))


def demo_hours(now: datetime) -> OpeningHours:
    """Give the opening hours that the sample shop's configuration states, with the holidays around `now`."""
    from triage.config import holiday_dates

    shop = tomllib.loads(_read("config.toml"))["shop"]
    week = tuple(tuple(map(Span.parse, shop["hours"].get(day, ()))) for day in WEEKDAYS)
    holidays = holiday_dates(shop["holidays"], range(now.year - 1, now.year + 2))
    return OpeningHours(ZoneInfo(shop["timezone"]), week, holidays=holidays)


@cache
def styles() -> dict[str, dict[str, Any]]:
    """Every style of quoting in `quotes.toml`, and under `names` the names of days and months per language."""
    return tomllib.loads(_read("quotes.toml"))


def _mail(entry: dict[str, Any], earlier: dict[str, ScriptedMail]) -> ScriptedMail:
    """Read one entry of the script; it may name earlier ones only."""
    parent = earlier[entry.pop("in_reply_to")] if "in_reply_to" in entry else None
    entry = _defaults(entry.get("mailbox", INBOX), parent) | entry
    return ScriptedMail(
        age=Age.parse(entry.pop("age"), entry.pop("at", "")),
        sender=entry.pop("from"),
        references=(*parent.references, parent.id) if parent else (),
        headers=tuple(entry.pop("headers", {}).items()),
        expect=_expectation(entry.pop("expect", None)),
        **{key: text.removeprefix("\n") for key, text in entry.items()},
    )


def _defaults(mailbox: str, parent: ScriptedMail | None) -> dict[str, str]:
    """Fill in what a mail of this mailbox need not say, and what a reply takes from the mail that it answers."""
    defaults = {"mailbox": mailbox} | ({"from": SHOP} if mailbox == SENT else {"to": SHOP})
    if parent is None:
        return defaults
    reply = {"quotes": parent.id, "subject": f"Re: {parent.subject.removeprefix('Re: ')}"}
    return {"to": parent.reply_to or parent.sender} | defaults | reply


def _expectation(entry: dict[str, Any] | None) -> Expectation | None:
    if entry is None:
        return None
    return Expectation(
        status=Status(entry.pop("status")),
        kind=Kind(entry.pop("kind")),
        reason=Reason(entry.pop("reason")),
        flags=frozenset(map(Flag, entry.pop("flags", ()))),
        **entry,
    )


def _entries() -> Iterator[dict[str, Any]]:
    """Every [[mail]] of every file, files by name."""
    folder = resources.files("triage.demo") / "mails"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        yield from tomllib.loads(file.read_text(encoding="utf-8"))["mail"]


def _read(name: str) -> str:
    return (resources.files("triage.demo") / name).read_text(encoding="utf-8")
