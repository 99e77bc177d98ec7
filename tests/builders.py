"""Entries written in a line, for tests of what is built of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from triage.mail.text import is_forward_subject, stripped_subject
from triage.model import Address, Automatic, Copy, DeliveryReport, Entry, Kind, Role, Sender, Verdict
from triage.settings import OurAddresses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from triage.model import Closing

SHOP = "info@shop.example"
OURS = OurAddresses.of(SHOP)
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
QUESTION = Verdict(Kind.BUY, 0.9)
OUT_OF_OFFICE = Automatic(Sender.AUTO_REPLY, proven=True)
NEWSLETTER = Automatic(Sender.BULK, signs=("List-Unsubscribe: <https://krant.example>",))


def entry(
    name: str,
    from_: str = "jan@klant.example",
    to: str = SHOP,
    at: timedelta = timedelta(),
    subject: str = "Maat 42?",
    re: Sequence[str] = (),
    **more: object,
) -> Entry:
    """Write a mail called `name`, received `at` after Monday nine o'clock UTC; `re` are the mails that it names.

    Further fields of `Entry` by their names. Our mails lie in Sent, the others in INBOX.
    """
    ours = OURS.contains(from_)
    copy = Copy("shop", "Sent", Role.SENT) if ours else Copy("shop", "INBOX", Role.WATCHED)
    fields: dict[str, object] = {
        "key": name,
        "message_id": name,
        "received_at": MONDAY + at,
        "sender": Address(from_),
        "person": Address(from_),
        "recipients": tuple(to.split(",")),
        "subject": subject,
        "subject_key": stripped_subject(subject),
        "is_forward": is_forward_subject(subject),
        "links": tuple(re),
        "verdict": Verdict(Kind.NONE, 1.0) if ours else QUESTION,
        "copies": (copy,),
    }
    return Entry(**{**fields, **more})  # type: ignore[arg-type]


def closing(kind: Closing) -> Verdict:
    """Judge a mail to hold nothing but closing words."""
    return Verdict(Kind.NONE, 0.9, closing=kind)


def about_order(number: str, verdict: Verdict = QUESTION) -> Verdict:
    """Judge a mail to name an order number."""
    return Verdict(verdict.kind, verdict.confidence, closing=verdict.closing, order_numbers=(number,))


def bounce(name: str, of: str, at: timedelta, action: str = "failed") -> Entry:
    """Write a delivery report about the mail `of`."""
    return entry(
        name, "mailer-daemon@mx.example", at=at, subject="Undelivered Mail", verdict=Verdict(Kind.NONE, 1.0),
        automatic=Automatic(Sender.BOUNCE, proven=True), report=DeliveryReport(action, of),
    )  # fmt: skip
