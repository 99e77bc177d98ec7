"""Reads the situations: a line a mail, a line a row; pure, but for reading the files."""

from __future__ import annotations

import re
import shlex
import tomllib
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from email.header import Header
from email.utils import format_datetime, formataddr, parseaddr
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ZONE = ZoneInfo("Europe/Amsterdam")
MONDAY = date(2026, 11, 23)
OURS = ("info@shop.example", "verkoop@shop.example")
FOLDER = Path(__file__).parent

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"(\d+)([dhms])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_FIELDS = {
    "from": "from_email",
    "name": "from_name",
    "since": "waiting_since",
    "due": "due_at",
    "received": "received_at",
    "answered": "answered_at",
    "response": "response_minutes",
    "waited": "waited_minutes",
    "target": "target_minutes",
    "unanswered": "unanswered_messages",
    "order": "order_number",
    "message": "message_id",
}
_TIMES = frozenset({"waiting_since", "due_at", "received_at", "answered_at"})
_NUMBERS = frozenset(
    {"messages", "unanswered_messages", "response_minutes", "waited_minutes", "target_minutes", "rank"}
)
_LISTS = frozenset({"flags", "notices"})


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as bytes, and where it lies; `then` are its flags after the first look, or `gone`."""

    label: str
    message_id: str
    references: tuple[str, ...]
    received_at: datetime
    sender: str
    subject: str
    text: str
    source: bytes
    places: tuple[tuple[str, str], ...]  # account and mailbox
    flags: str = ""
    then: str | None = None
    gmail: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """What lay in the mailboxes, at which moment to judge, and the rows that must come of it."""

    name: str
    theme: str
    mails: tuple[Mail, ...]
    at: datetime
    rows: tuple[Mapping[str, object], ...]
    config: str = ""
    accounts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    on: str = ""  # "disk" where Dovecot's special use would say otherwise

    @property
    def needs_gmail(self) -> bool:
        """Whether only Gmail shows what matters here."""
        return any(mail.gmail for mail in self.mails)


def read_situations() -> Iterator[Situation]:
    """Read every situation of every file."""
    for path in sorted(FOLDER.glob("*.toml")):
        for table in tomllib.loads(path.read_text("utf-8"))["situation"]:
            yield read_situation(table, path.stem)


def read_situation(table: Mapping[str, Any], theme: str) -> Situation:
    """Read one situation; a key that nobody knows is an error."""
    unknown = table.keys() - {"name", "mails", "expect", "at", "config", "accounts", "on"}
    if unknown:
        raise ValueError(f"{table['name']}: unknown {sorted(unknown)}")
    mails: dict[str, Mail] = {}
    for line in table["mails"].strip().splitlines():
        mail = read_mail(line, mails)
        mails[mail.label] = mail
    at = when(table["at"], mails) if "at" in table else max(m.received_at for m in mails.values()) + timedelta(hours=1)
    rows = tuple(read_row(line, mails) for line in table["expect"].strip().splitlines())
    accounts = {"shop": OURS, **table.get("accounts", {})}
    config, on = table.get("config", ""), table.get("on", "")
    return Situation(table["name"], theme, tuple(mails.values()), at, rows, config, accounts, on)


# -- when -------------------------------------------------------------------------------------------------------------


def when(text: str, mails: Mapping[str, Mail]) -> datetime:
    """Read a moment: `mon 10:00`, `mon+1 10:00:30`, `2026-03-28 23:00`, `q1 +30d1s`, or `q1`."""
    day, _, clock = text.strip().partition(" ")
    if day in mails:
        return mails[day].received_at + _span(clock)
    weekday, plus, weeks = day.partition("+")
    if weekday in _DAYS:
        chosen = MONDAY + timedelta(days=_DAYS.index(weekday), weeks=int(weeks) if plus else 0)
    else:
        chosen = date.fromisoformat(day)
    wall = time.fromisoformat(clock)
    return datetime.combine(chosen, wall, wall.tzinfo or ZONE).astimezone(UTC)


def _span(text: str) -> timedelta:
    return sum((timedelta(**{_UNITS[unit]: int(amount)}) for amount, unit in _SPAN.findall(text)), timedelta())


# -- rows -------------------------------------------------------------------------------------------------------------


def read_row(line: str, mails: Mapping[str, Mail]) -> dict[str, object]:
    """Read `waiting | from jan | since q1`: the fields of an exported row, by their names."""
    status, *fields = (part.strip() for part in line.split(" | "))
    row: dict[str, object] = {"status": status}
    for name, _, value in (part.partition(" ") for part in fields):
        row[_FIELDS.get(name, name)] = _value(_FIELDS.get(name, name), value.strip(), mails)
    return row


def _value(name: str, text: str, mails: Mapping[str, Mail]) -> object:
    if name in _LISTS:
        return sorted(text.replace("-", "").split())
    if text == "-":
        return None
    if name in _TIMES:
        return when(text, mails).astimezone(ZONE).isoformat(timespec="seconds")
    if name in _NUMBERS:
        return int(text)
    if name == "message_id":
        return mails[text].message_id
    return address(text)[1].lower() if name == "from_email" else text


# -- mails ------------------------------------------------------------------------------------------------------------


def address(text: str) -> tuple[str, str]:
    """Give the name and the address behind `jan`, `shop`, `info@shop.example` or `Jan <jan@klant.example>`."""
    if text == "shop":
        return "De Schoenmaker", OURS[0]
    return parseaddr(text) if "@" in text else (text.capitalize(), f"{text}@klant.example")


def read_mail(line: str, known: Mapping[str, Mail]) -> Mail:
    """Read one line of the little language; `known` are the mails above it."""
    head, subject, text = (part.strip() for part in f"{line} | | ".split(" |", 3)[:3])
    label, _, head = head.partition(":")
    day, clock, sender, _, to, *options = shlex.split(head)
    given: dict[str, str] = {}
    headers: list[tuple[str, str]] = []
    for name, _, value in (option.partition("=") for option in options):
        if name == "header":
            headers.append(_pair(value))
        else:
            given[name] = value
    received_at = when(f"{day} {clock}", known)
    return _Writer(label.strip(), received_at, sender, to, subject, text, given, known).mail(headers)


def _pair(value: str) -> tuple[str, str]:
    name, _, rest = value.partition(":")
    return name, rest.strip()


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes a mail as a mail program would."""

    label: str
    received_at: datetime
    sender: str
    to: str
    subject: str
    text: str
    given: Mapping[str, str]
    known: Mapping[str, Mail]

    def mail(self, headers: Sequence[tuple[str, str]]) -> Mail:
        email = address(self.sender)[1]
        named = self.given.get("id", f"{self.label}@{email.partition('@')[2]}")
        references = tuple(self._references())
        source = _source([*self._headers(named, references), *headers, *self._kind()], self._body())
        mail = Mail(
            self.label, named, references, self.received_at, email, self.subject, self._text(), source, self._places()
        )
        options = {name: self.given[name] for name in ("flags", "then", "gmail") if name in self.given}
        return replace(mail, **options)  # type: ignore[arg-type]

    def _headers(self, named: str, references: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        yield "From", _written(self.sender)
        yield "To", ", ".join(map(_written, self.to.split(",")))
        for name in ("cc", "reply-to"):
            if name in self.given:
                yield name.title(), ", ".join(map(_written, self.given[name].split(",")))
        yield "Subject", self.subject
        claimed = when(self.given["date"], self.known) if "date" in self.given else self.received_at
        yield "Date", format_datetime(claimed.astimezone(ZONE))
        if named != "none":
            yield "Message-ID", f"<{named}>"
        if answered := self.given.get("re") or self.given.get("irt"):
            yield "In-Reply-To", " ".join(f"<{self._id(label)}>" for label in answered.split(","))
        if references:
            yield "References", " ".join(f"<{reference}>" for reference in references)
        if "auto" in self.given:
            yield "Auto-Submitted", self.given["auto"]

    def _references(self) -> Iterator[str]:
        if "refs" in self.given:
            yield from map(self._id, self.given["refs"].split(","))
        elif "re" in self.given:
            answered = self.given["re"].split(",")[0]
            if answered in self.known:
                yield from self.known[answered].references
            yield self._id(answered)

    def _id(self, label: str) -> str:
        return label if "@" in label else self.known[label].message_id

    def _places(self) -> tuple[tuple[str, str], ...]:
        usual = "Sent" if address(self.sender)[1] in OURS and "reply-to" not in self.given else "INBOX"
        places = (place.rpartition(":") for place in self.given.get("in", usual).split("+"))
        return tuple((account or "shop", mailbox) for account, _, mailbox in places)

    def _kind(self) -> Iterator[tuple[str, str]]:
        report = "delivery-status" if "bounce-of" in self.given else "disposition-notification"
        if self._reported:
            yield "Content-Type", f'multipart/report; report-type={report}; boundary="part"'
        else:
            yield "Content-Type", "text/plain; charset=utf-8"
            yield "Content-Transfer-Encoding", "8bit"

    @property
    def _reported(self) -> str:
        return self.given.get("bounce-of") or self.given.get("receipt-of") or ""

    def _text(self) -> str:
        return self.text.replace(" ¶ ", "\n").replace("¶", "\n")

    def _body(self) -> str:
        if self._reported:
            return self._report(self.known[self._reported])
        text = self._text()
        if label := self.given.get("quotes"):
            text += _quoted(self.known[label])
        if label := self.given.get("forwards"):
            text += _forwarded(self.known[label])
        return text

    def _report(self, about: Mail) -> str:
        recipient = address(self.given.get("for", "jan"))[1]
        if "receipt-of" in self.given:
            kind, report = (
                "disposition-notification",
                f"Original-Message-ID: <{about.message_id}>\nDisposition: displayed",
            )
        else:
            kind = "delivery-status"
            status = (
                f"Final-Recipient: rfc822; {recipient}\nAction: {self.given.get('action', 'failed')}\nStatus: 5.1.1"
            )
            report = f"Reporting-MTA: dns; mx.example\n\n{status}"
        copy = f"From: {about.sender}\nSubject: {about.subject}\nMessage-ID: <{about.message_id}>\n"
        parts = (("text/plain", self._text()), (f"message/{kind}", report), ("text/rfc822-headers", copy))
        return "".join(f"--part\nContent-Type: {kind}\n\n{text}\n\n" for kind, text in parts) + "--part--\n"


def _source(headers: Sequence[tuple[str, str]], body: str) -> bytes:
    lines = [f"{name}: {value if value.isascii() else Header(value, 'utf-8').encode()}" for name, value in headers]
    return "\r\n".join([*lines, "", *body.split("\n"), ""]).encode()


def _written(who: str) -> str:
    return formataddr(address(who))


def _moment(mail: Mail) -> str:
    return mail.received_at.astimezone(ZONE).strftime("%d-%m-%Y om %H:%M")


def _quoted(mail: Mail) -> str:
    lines = "".join(f"> {line}\n" for line in mail.text.split("\n"))
    return f"\n\nOp {_moment(mail)} schreef {mail.sender}:\n{lines}"


def _forwarded(mail: Mail) -> str:
    return (
        "\n\n---------- Doorgestuurd bericht ----------\n"
        f"Van: {mail.sender}\nDatum: {_moment(mail)}\nOnderwerp: {mail.subject}\nAan: {OURS[0]}\n\n{mail.text}\n"
    )
