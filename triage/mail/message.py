"""Bytes to `Message`: never raises, whatever the bytes, and takes time in proportion to them.

The hard truth: a mail is read by what it is, not by what it should be. So what cannot be read becomes one of its
`defects`, and the rest of it is read all the same. `headers` reads the fields, `mime` finds the words, `automatic` says
whether a machine sent them, `unwrap` finds the person behind a form or a marketplace; here they are put together.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from triage.mail import automatic
from triage.mail.headers import decode_words, raw_text, read_addresses, read_date, read_fields, read_ids, read_own_id
from triage.mail.html import ALL
from triage.mail.mime import CELL, TEXTS, Part, Reader, has_words, read_parts, read_text
from triage.mail.scrub import one_line, scrub
from triage.mail.unwrap import Letter, unwrap
from triage.model import Address, Message, Sender

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from triage.model import Automatic

__all__ = ["needs_more", "read_message", "scrub"]

_MAX_SUBJECT = 1000
_MAX_WORDS = 64 * 1024  # characters of the text that is looked at
_MAX_LINES = 3000
_GLANCE = 2000  # characters of HTML that show well enough that there are words
_BODY_IN_MADE_ID = 4 * 1024


def read_message(source: bytes, received_at: datetime, *, truncated: bool = False) -> Message:
    """Read a mail from its header and the first bytes of its body.

    Never raises: what cannot be read is named in `defects`. `received_at` is the server's INTERNALDATE; `truncated`
    says that the source is not the whole mail, so that an end in mid-air is no defect.
    """
    try:
        return _Mail(source, truncated=truncated).message(received_at)
    except Exception:  # noqa: BLE001  # one message's failure is one row, counted and shown (mail-facts, section 4)
        nobody = Address("")
        name = _made_id(source[:_BODY_IN_MADE_ID])
        return Message(name, received_at, nobody, nobody, defects=("failed",), has_own_id=False)


def needs_more(source: bytes) -> bool:
    """Whether a source that is not the whole mail holds no words yet although more parts are to come.

    So it is when the photo stands before the words (iPhone), or when the HTML begins with a long style sheet.
    """
    try:
        at_a_glance = _Mail(source, truncated=True, enough=_GLANCE)
        return at_a_glance.awaits_words() and _Mail(source, truncated=True).awaits_words()
    except Exception:  # noqa: BLE001  # as in `read_message()`
        return False


class _Mail:
    """One mail while it is read."""

    def __init__(self, source: bytes, *, truncated: bool, enough: int = ALL) -> None:
        self.truncated = truncated
        self.source = source.replace(b"\r\n", b"\n").replace(b"\r", b"\n").lstrip(b"\n")
        self.root, self.tree_defects = read_parts(self.source, truncated=truncated)
        self.reader = Reader(enough)
        words = self.reader.words(self.root)[:_MAX_WORDS]
        self.words = "\n".join(words.split("\n", _MAX_LINES)[:_MAX_LINES])

    def message(self, received_at: datetime) -> Message:
        """All fields together."""
        own_id = read_own_id(self.line("message-id"))
        unwrapped = unwrap(self.letter())
        report = automatic.read_report(self.headers, self.report_parts) if self.judged.sender is Sender.BOUNCE else None
        return Message(
            message_id=own_id or self.made_id(),
            received_at=received_at,
            sender=self.sender,
            person=unwrapped.person,
            subject=self.line("subject")[:_MAX_SUBJECT],
            text=scrub(unwrapped.text).strip(),
            history=scrub(unwrapped.history).strip(),
            sent_at=read_date(self.line("date")),
            reply_to=self.addresses("reply-to"),
            to=self.addresses("to"),
            cc=self.addresses("cc"),
            in_reply_to=self.answered_ids(),
            references=read_ids(self.line("references")),
            automatic=self.judged,
            report=report,
            defects=self.defects(),
            has_own_id=bool(own_id),
            via=unwrapped.via,
        )

    def awaits_words(self) -> bool:
        """Whether no words were found although a part that may hold some is still open."""
        if has_words(self.words.replace(CELL, "")) or "encrypted" in self.reader.defects:
            return False
        open_text = any(part.type in TEXTS and part.body.strip() and not part.whole for part in self.root.walk())
        return open_text or (self.root.type.startswith("multipart/") and not self.root.whole)

    def line(self, name: str) -> str:
        """Return a header's decoded, scrubbed value."""
        return _shown(self.root.text(name))

    def addresses(self, name: str) -> tuple[Address, ...]:
        """Read the addresses of all headers of a name: some mailers send several To."""
        return read_addresses(", ".join(self.root.texts(name)))

    @cached_property
    def sender(self) -> Address:
        """Who wrote: From, where that has no address the next best header; before Google Groups rewrote it."""
        groups = ("x-original-from", "x-original-sender") if " via " in self.line("from") else ()
        names = (*groups, "from", "sender", "reply-to", "return-path")
        first = (address for name in names for address in self.addresses(name) if address.email)
        named = next(iter(self.addresses("from")), Address(""))
        return next(first, named)

    @cached_property
    def headers(self) -> list[tuple[str, str]]:
        """What `automatic` looks at."""
        return [
            (name, _shown(raw_text(value))) for name, value in self.root.fields if name.lower() in automatic.WATCHED
        ]

    @cached_property
    def judged(self) -> Automatic:
        return automatic.judge_headers(self.headers, (part.type for part in self.root.walk()))

    @cached_property
    def report_parts(self) -> list[tuple[str, str]]:
        """Every part as text, as a report is read: the returned mail too."""
        return [(kind, text) for part in self.root.walk() for kind, text in _as_report(part, self.root)]

    def answered_ids(self) -> tuple[str, ...]:
        """In-Reply-To; a read receipt names the mail in its report only."""
        ids = read_ids(self.line("in-reply-to"))
        if not ids and self.judged.sender is Sender.RECEIPT and (returned := automatic.returned_id(self.report_parts)):
            return (returned,)
        return ids

    def letter(self) -> Letter:
        """Gather what the unwrapping of forms and relays needs to know."""
        bulk = self.judged.sender is not Sender.PERSON and any("List-" in sign for sign in self.judged.signs)
        return Letter(
            sender=self.sender,
            reply_to=next((address for address in self.addresses("reply-to") if address.email), Address("")),
            to=frozenset(address.email for address in self.addresses("to")),
            subject=self.line("subject"),
            text=self.words,
            is_bulk=bulk or self.judged.proven,
        )

    def made_id(self) -> str:
        """Make a name for a mail that has none, the same on every reading."""
        start = read_fields(self.source, 0)[1]
        parts = [self.root.text(name).encode("utf-8", "replace") for name in ("from", "to", "date", "subject")]
        parts.append(self.source[start : start + _BODY_IN_MADE_ID].rstrip())
        return _made_id(b"\n".join(parts))

    def defects(self) -> tuple[str, ...]:
        """List what could not be read; a closed wrapping or a missing text counts only where no words stood beside it.

        A mail that never had words, such as a photo, has lost nothing.
        """
        noted = [*self.tree_defects, *self.reader.defects]
        if self.words.strip():
            noted = [code for code in noted if code not in {"winmail.dat", "smime", "no-text"}]
        elif not noted and self.truncated and self.ends_before_words():
            noted = ["no-text"]
        return tuple(dict.fromkeys(noted))

    def ends_before_words(self) -> bool:
        """Whether the source ends before a text that may come; words are not lost where a text was empty."""
        return self.awaits_words() and not any(part.type in TEXTS and part.whole for part in self.root.walk())


@lru_cache(maxsize=64)
def _shown(value: str) -> str:
    """Decode and scrub a header's value; cached, for those of one mail are asked for again and again."""
    return one_line(decode_words(value))


def _made_id(data: bytes) -> str:
    import hashlib  # light start-up

    return "made-" + hashlib.sha1(data).hexdigest()


def _as_report(part: Part, root: Part) -> Iterator[tuple[str, str]]:
    """Yield a part's text; Mail2000 forgets the empty line, so that the returned header becomes the part's own."""
    if part is not root and (returned := part.text("message-id")):
        yield "text/rfc822-headers", f"Message-ID: {read_own_id(returned)}"
    yield part.type, read_text(part)[0]
