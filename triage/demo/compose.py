"""The sample shop's script as real mails: RFC 5322 messages with their dates, threads, quotes and encodings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from html import escape
from typing import TYPE_CHECKING
from zlib import crc32

from triage.demo.moments import moment_of
from triage.demo.script import demo_hours, script, styles

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from triage.clock import OpeningHours
    from triage.demo.script import Expectation, ScriptedMail

ON_THE_ROAD = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class SampleMail:
    """One mail of the sample shop as a server would have it; `flags` are Maildir flags, none for a new mail.

    `message_id` is without angle brackets; `expect` is what triage should make of the mail's conversation.
    """

    mailbox: str
    source: bytes
    received_at: datetime
    flags: str
    message_id: str
    expect: Expectation | None = None


@dataclass(frozen=True, slots=True)
class _Posted:
    """A mail of the script and the instant at which it came in, by the shop's wall clock."""

    mail: ScriptedMail
    at: datetime


def sample_shop(now: datetime, hours: OpeningHours | None = None) -> tuple[SampleMail, ...]:
    """Give the sample shop's mails as they lie there at `now`, oldest first; `hours` defaults to the shop's own."""
    hours = hours or demo_hours(now)
    times = arrivals(now, hours)
    posts = {mail.id: _Posted(mail, times[mail.id]) for mail in script()}
    mails = [_sample(post, posts) for post in posts.values()]
    return tuple(sorted(mails, key=lambda mail: mail.received_at))


def arrivals(now: datetime, hours: OpeningHours) -> dict[str, datetime]:
    """When each mail of the script came in, by its id, in the shop's zone and in whole seconds."""
    return {mail.id: _arrival(mail, now, hours).astimezone(hours.timezone) for mail in script()}


def _arrival(mail: ScriptedMail, now: datetime, hours: OpeningHours) -> datetime:
    # Not all on the same second: some part of a minute earlier, always the same for the same mail.
    earlier = timedelta(seconds=crc32(mail.id.encode()) % 50)
    return moment_of(mail.age, now, hours).replace(microsecond=0) - earlier


def _sample(post: _Posted, posts: Mapping[str, _Posted]) -> SampleMail:
    mail = post.mail
    source = _message(post, posts).as_bytes()
    return SampleMail(mail.mailbox, source, post.at, mail.flags, mail.message_id, mail.expect)


def _message(post: _Posted, posts: Mapping[str, _Posted]) -> EmailMessage:
    """Build the message itself, its headers in the order in which mail programs write them."""
    message = EmailMessage(policy=SMTP)
    for name, value in _headers(post, posts):
        message[name] = value
    if post.mail.raw:
        message.set_payload(_filled_in(post.mail.raw, posts))
    else:
        _add_words(message, post, posts)
    return message


def _headers(post: _Posted, posts: Mapping[str, _Posted]) -> list[tuple[str, str]]:
    mail = post.mail
    ids = [f"<{posts[id_].mail.message_id}>" for id_ in mail.references]
    headers = [
        ("From", mail.sender),
        ("To", mail.to),
        ("Reply-To", mail.reply_to),
        ("Subject", mail.subject),
        ("Date", format_datetime(post.at - ON_THE_ROAD)),
        ("Message-ID", f"<{mail.message_id}>"),
        ("In-Reply-To", "".join(ids[-1:])),
        ("References", " ".join(ids)),
        ("MIME-Version", "1.0"),
        *mail.headers,
    ]
    return [(name, value) for name, value in headers if value]


def _add_words(message: EmailMessage, post: _Posted, posts: Mapping[str, _Posted]) -> None:
    mail = post.mail
    if mail.body:
        message.set_content(_text(post, posts), charset=mail.charset)
    if mail.html and mail.body:
        message.add_alternative(_html(post, posts), subtype="html", charset=mail.charset)
        message.set_boundary(f"=_{mail.id}")  # else one by chance
    elif mail.html:
        message.set_content(_html(post, posts), subtype="html", charset=mail.charset)


def _text(post: _Posted, posts: Mapping[str, _Posted]) -> str:
    """Give the whole text of a mail, with what it quotes, and what that quotes in turn."""
    mail = post.mail
    if not mail.quote:
        return mail.body
    quoted, style = posts[mail.quotes], styles()[mail.quote]
    heading = _heading(quoted, style["heading"], style["language"])
    if "{{quote-line}}" in mail.body:
        return mail.body.replace("{{quote-line}}", heading.strip())
    lines = [f"{style['prefix']}{line}".rstrip() for line in _text(quoted, posts).splitlines()]
    quote = "\n".join([heading, *lines])
    if "{{quote}}" in mail.body:
        return mail.body.replace("{{quote}}", quote)
    return f"{mail.body}\n{quote}\n"


def _html(post: _Posted, posts: Mapping[str, _Posted]) -> str:
    """Give the HTML of a mail; what it quotes stands in the frame of its style."""
    mail = post.mail
    if not mail.quote:
        return mail.html
    quoted, style = posts[mail.quotes], styles()[mail.quote]
    heading = _heading(quoted, style["heading"].strip(), style["language"])
    frame: str = style["html"]
    return mail.html + frame.format(heading=_as_html(heading), text=_as_html(_text(quoted, posts))) + "\n"


def _heading(quoted: _Posted, template: str, language: str) -> str:
    names = styles()["names"][language]
    name, address = parseaddr(quoted.mail.sender)
    return template.format(
        weekday=names["weekdays"][quoted.at.weekday()],
        day=quoted.at.day,
        month=names["months"][quoted.at.month - 1],
        year=quoted.at.year,
        time=f"{quoted.at:%H:%M}",
        name=name,
        address=address,
        to=quoted.mail.to,
        subject=quoted.mail.subject,
    )


def _as_html(text: str) -> str:
    return escape(text, quote=False).replace("\n", "<br>\n")


def _filled_in(raw: str, posts: Mapping[str, _Posted]) -> str:
    """Put Message-IDs in place of `{{message-id:some-id}}`, and end lines as RFC 5322 has it."""
    for id_, post in posts.items():
        raw = raw.replace("{{message-id:" + id_ + "}}", post.mail.message_id)
    return raw.replace("\n", "\r\n")
