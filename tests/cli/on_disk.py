"""A shop whose mailbox is a Maildir, and the mails of a Wednesday at noon: every lane, one of each oddity."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from tests.shop import NOON, OURS, Shop, write_mail
from triage.store import Store

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
AT = ("--at", NOON.isoformat())
STORED = (*AT, "--no-sync")
WIDE = {"since": '"3650d"'}

RULES = """
[[rule]]
text = "ik wil ze graag kopen"
kind = "buy"
[[rule]]
text = "mijn pakket is er nog niet"
kind = "bought"
[[rule]]
text = "zijn jullie zaterdag open"
kind = "knock"
[[rule]]
text = "dit is een schande"
kind = "angry"
[[rule]]
text = "ik wil 50 procent korting terug"
kind = "haggle"
[[rule]]
text = "onze factuur staat nog open"
kind = "other"
"""
"""Kinds that do not hang on the classifier: what these tests are about is how they are shown."""


@dataclass(slots=True)
class Maildir:
    """Mail on disk; each mail's file carries the time of its receipt."""

    folder: Path
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def deliver(self, mailbox: str = "", received_at: datetime = NOON, flags: str = "S", **fields: Any) -> Path:  # noqa: ANN401
        """Put a mail into INBOX or, by name, into a subfolder."""
        return self.put(write_mail(sent_at=received_at, **fields), received_at, mailbox, flags)

    def put(self, source: bytes, received_at: datetime = NOON, mailbox: str = "", flags: str = "S") -> Path:
        """Put a mail as it is."""
        folder = self.folder / mailbox if mailbox else self.folder
        for part in ("cur", "new", "tmp"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        file = folder / "cur" / f"{next(self._numbers)}.mail:2,{flags}"
        file.write_bytes(source)
        os.utime(file, (received_at.timestamp(), received_at.timestamp()))
        return file


@dataclass(slots=True)
class DiskShop(Shop):
    """A shop with one account, on disk."""

    mail: Maildir = field(init=False)

    def __post_init__(self) -> None:
        Shop.__post_init__(self)
        self.mail = Maildir(self.folder / "mail")

    def open(self, language: str = "en", rest: str = "", name: str = "De Schoenmaker") -> None:
        """Write the configuration."""
        self.configure(self.account(), rest=rest)
        text = self.config.read_text("utf-8").replace('language = "en"', f'language = "{language}"')
        self.config.write_text(text.replace('name = "De Schoenmaker"', f'name = "{name}"') + RULES, "utf-8")

    def account(self, name: str = "shop", folder: str = "mail") -> str:
        """Give an account on disk as TOML."""
        path = (self.folder / folder).as_posix()
        return f'name = "{name}"\npath = "{path}"\naddresses = ["{OURS}"]\nsince = "3650d"'

    def note_sync(self, finished_at: datetime = NOON) -> None:
        """Let the last successful sync have been then; it was not the first."""
        with Store(self.folder / "data") as store, store.transaction():
            store.save_run("shop", finished_at)


def deliver_a_wednesday(mail: Maildir) -> None:
    """Deliver one mail for every lane and every oddity of the table."""
    ask = mail.deliver
    ask(received_at=NOON - 50 * MINUTE, message_id="buy1@klant.example")
    ask(
        received_at=NOON - 80 * MINUTE, message_id="buy2@klant.example", sender="李小龍 <li@klant.example>",
        subject="鞋子有四十二號嗎？可以送到比利時嗎？謝謝你們的回覆，我等你們的消息",
        text="Ik wil ze graag kopen. 👟👟",
    )  # fmt: skip
    ask(
        received_at=NOON - 100 * MINUTE, message_id="bought1@klant.example", sender="griet@kotmail.example",
        subject="Waar blijft mijn bestelling 10476?", text="Mijn pakket is er nog niet.",
    )  # fmt: skip
    ask(
        received_at=NOON - 2 * DAY, message_id="bought2@klant.example", subject="Retour",
        sender='"Anne-Sophie van den Broeck-de Vries tot Sint-Maartensdijk" <a.s@klant.example>',
        text="Mijn pakket is er nog niet.",
    )  # fmt: skip
    ask(received_at=NOON - 5 * MINUTE, message_id="knock1@klant.example", subject="", text="Zijn jullie zaterdag open?")
    ask(
        received_at=NOON - 4 * 60 * MINUTE, message_id="angry1@klant.example", sender="Ronald Blom <r@klant.example>",
        subject="DIT IS NIET NORMAAL", text="Dit is een schande! Ik stap naar mijn advocaat.",
    )  # fmt: skip
    ask(
        received_at=NOON - 30 * MINUTE, message_id="haggle1@klant.example", subject="Korting",
        sender='"info@bank.example" <x@elders.example>', text="Ik wil 50 procent korting terug.",
    )  # fmt: skip
    ask(
        received_at=NOON - 20 * DAY, message_id="old1@klant.example", sender="Ineke de Boer <ineke@klant.example>",
        subject="Schoenen voor mijn moeder", text="Ik wil ze graag kopen.",
    )  # fmt: skip
    ask(
        received_at=NOON - 60 * MINUTE, message_id="other1@klant.example", sender="Marcel <m@leer.example>",
        subject="Factuur 2026-118", text="Onze factuur staat nog open.",
    )  # fmt: skip
    ask(
        received_at=NOON - DAY,
        message_id="answered1@klant.example",
        sender="Tineke <t@klant.example>",
        subject="Veters",
    )
    ask(
        "Sent", NOON - DAY + 60 * MINUTE, sender=f"Shop <{OURS}>", to="t@klant.example", subject="Re: Veters",
        text="Ja hoor.", message_id="a1@shop.example", answers="answered1@klant.example",
    )  # fmt: skip
