"""Whose addresses stand on the mail that was sent: those of the shop."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from triage.mail.headers import raw_text, read_addresses, read_fields

if TYPE_CHECKING:
    from collections.abc import Iterable

    from triage.mail.source import MailboxName, MailSource

NEWEST = 200  # mails that are looked at
_MOST = 12  # addresses that are named


def senders(source: MailSource, mailboxes: Iterable[MailboxName]) -> list[tuple[str, int]]:
    """Count who sent the newest mails of these mailboxes, the most frequent first; nothing is changed by looking."""
    found: Counter[str] = Counter()
    for mailbox in mailboxes:
        source.examine(mailbox)
        for batch in source.fetch(source.uids()[-NEWEST:]):
            for fetched in batch:
                found.update(_from(fetched.source))
    return sorted(found.most_common(_MOST), key=lambda counted: (-counted[1], counted[0]))


def _from(message: bytes) -> list[str]:
    fields, _ = read_fields(message.replace(b"\r\n", b"\n"), 0)
    values = [value for name, value in fields if name.lower() == "from"][:1]
    return [
        address.email.lower() for value in values for address in read_addresses(raw_text(value)) if "@" in address.email
    ]
