"""Where a mail is opened and answered: links that the owner's mail program understands.

The hard truth: what stands in them is what strangers wrote. So all of it is percent-encoded behind a scheme of our own,
and what cannot be a Message-ID or an address is left out: no text of theirs becomes another scheme, a further header,
a further recipient or an option of the program that opens the link.

Sources: Gmail's search operator `rfc822msgid:`; Thunderbird's handler of `mid:` (MessengerContentHandler takes what
follows as it stands, without decoding it); `message:` of Apple Mail (IANA, provisional schemes); `mailto:` RFC 6068.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from triage.mail.scrub import one_line
from triage.mail.subject import is_reply_subject
from triage.settings import OpensIn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from triage.cases import Case
    from triage.model import Message
    from triage.settings import AccountSettings

SCHEMES = ("https://", "mid:", "message:", "mailto:")
"""What a link begins with; nothing else is ever opened."""

_LONGEST = 1900  # characters: Windows and some mail programs cut a link at 2,000
_LONGEST_SUBJECT = 250
_LONGEST_ID = 250
_MOST_RECIPIENTS = 5
_MADE_ID = re.compile(r"made-[0-9a-f]{40}")  # of a mail that has no Message-ID (mail.message)
_NOT_IN_ID = re.compile(r"[\s<>]")
_ADDRESS = re.compile(r'[^\s@<>"(),:;\\\[\]]{1,64}@[^\s@<>"(),:;\\\[\]]{1,255}')
_MICROSOFT_AT_HOME = re.compile(r"(?:outlook|hotmail|live|msn|windowslive)\.[a-z.]{2,6}")


@dataclass(frozen=True, slots=True)
class Reply:
    """The reply to a mail: to whom, about what, and which mails it names; `answers` is empty where it has no name."""

    to: tuple[str, ...]
    subject: str = ""
    answers: str = ""
    references: tuple[str, ...] = ()


def link_to(case: Case, account: AccountSettings, reply: Callable[[], Reply | None]) -> str | None:
    """Give the link that opens a conversation's newest mail in the program of its account; None where there is none.

    `reply` is asked where the program can only begin a reply.
    """
    match account.program:
        case OpensIn.GMAIL:
            return _gmail(case, account)
        case OpensIn.OUTLOOK:
            return _outlook(case, account)
        case OpensIn.THUNDERBIRD:
            return f"mid:{_quoted(case.message_id, '@!$*+=:,/')}" if _is_id(case.message_id) else None
        case OpensIn.APPLE_MAIL:
            return f"message:%3C{_quoted(case.message_id, '@')}%3E" if _is_id(case.message_id) else None
        case OpensIn.MAILTO:
            answer = reply()
            return reply_link(answer) if answer else None
        case OpensIn.UNKNOWN:
            return None


def _gmail(case: Case, account: AccountSettings) -> str | None:
    """Search for the mail; several Google accounts may be signed in in one browser, so the address says which."""
    if not _is_id(case.message_id):
        return None
    address = _own_address(account)
    user = f"?authuser={_quoted(address)}" if address else ""
    return f"https://mail.google.com/mail/u/{user or '0/'}#search/{_quoted(f'rfc822msgid:{case.message_id}')}"


def _outlook(case: Case, account: AccountSettings) -> str:
    """Search by sender and subject: Outlook opens a mail by a number of its own alone, which IMAP does not tell."""
    host = "live" if _MICROSOFT_AT_HOME.fullmatch(_own_address(account).rpartition("@")[2]) else "office"
    return f"https://outlook.{host}.com/mail/deeplink/search?query={_quoted(outlook_search(case))}"


def outlook_search(case: Case) -> str:
    """Say what to look for in Outlook to find a conversation."""
    subject = one_line(case.subject.replace('"', " "), _LONGEST_SUBJECT)
    sender = f"from:{case.customer.email}" if _is_address(case.customer.email) else ""
    return " ".join(filter(None, (sender, f'subject:"{subject}"' if subject else "")))


def _own_address(account: AccountSettings) -> str:
    exact = sorted(account.addresses.exact)
    candidates = [account.username, *(exact if len(exact) == 1 else ())]
    return next((address.lower() for address in candidates if _is_address(address)), "")


def reply_to(message: Message, is_ours: Callable[[str], bool]) -> Reply:
    """Answer a mail as mail programs do: to Reply-To, else to the sender; behind a form or a relay to the person.

    A Reply-To that leads to ourselves is none.
    """
    wanted = () if message.via else message.reply_to
    addresses = [address.email for address in wanted if _is_address(address.email) and not is_ours(address.email)]
    names = [*(message.references or message.in_reply_to), message.message_id]
    return Reply(
        to=tuple(dict.fromkeys(addresses))[:_MOST_RECIPIENTS] or (message.person.email,),
        subject=message.subject,
        answers=message.message_id if message.has_own_id else "",
        references=tuple(names),
    )


def reply_link(reply: Reply) -> str | None:
    """Give the `mailto:` link that begins a reply, quoting nothing; None where there is nobody to write to."""
    to = [address for address in reply.to if _is_address(address)]
    if not to:
        return None
    subject = one_line(reply.subject, _LONGEST_SUBJECT)
    fields = [("subject", subject if not subject or is_reply_subject(subject) else f"Re: {subject}")]
    fields += [("in-reply-to", f"<{reply.answers}>")] if _is_id(reply.answers) else []
    start = f"mailto:{','.join(_quoted(address, '@') for address in to)}"
    names = [name for name in reply.references if _is_id(name)]
    fields += [("references", _fitting(names, _LONGEST - len(start) - len(_query(fields)) - len("?&references=")))]
    query = _query(fields)
    return f"{start}?{query}" if query else start


def _fitting(names: Sequence[str], room: int) -> str:
    """Write as many of the mails that a reply names as there is room for, the nearest last as RFC 5322 has it."""
    kept: list[str] = []
    for name in reversed(names):
        room -= len(_quoted(f"<{name}> "))
        if room < 0:
            break
        kept.insert(0, f"<{name}>")
    return " ".join(kept)


def _query(fields: Sequence[tuple[str, str]]) -> str:
    return "&".join(f"{name}={_quoted(value)}" for name, value in fields if value)


def _quoted(text: str, safe: str = "") -> str:
    return quote(text, safe=safe, errors="replace")


def _is_id(name: str) -> bool:
    """Say whether a mail can be found by this Message-ID; one that we made up for it nobody else knows."""
    is_one = 0 < len(name) <= _LONGEST_ID and name.isprintable() and not _NOT_IN_ID.search(name)
    return is_one and not _MADE_ID.fullmatch(name)


def _is_address(email: str) -> bool:
    return email.isprintable() and bool(_ADDRESS.fullmatch(email))
