"""A shop's mail to measure with: customers' words, our answers with quotes, what machines send; as a Maildir.

    python -m tests.benchmarks.mailbox FOLDER [--inbox 20000] [--sent 8000] [--waiting 300]

The words are those of the training set, so four languages, all kinds, one-liners and long letters. The rest is what
mail programs do with words: long headers, quoted history, HTML beside text or alone, photos, base64. The same numbers
give the same mail, byte for byte; only `--newest` (now) moves it in time.
"""

from __future__ import annotations

import argparse
import base64
import os
import quopri
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.header import Header
from email.utils import format_datetime, parseaddr
from functools import cache
from html import escape
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from triage.classify.rows import read_rows
from triage.model import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from triage.classify.rows import Row

WORDS = Path(__file__).parents[2] / "triage" / "classify" / "training" / "mails"
SHOP = ("Sokken & Zo", "info@sokkenenzo.example")
SPAN = timedelta(days=700)  # over which all of it came in
_RECENT = timedelta(days=4)  # in which those who wait have written
_WRITES_AGAIN = 0.16  # of the customers, before we answer
_THANKS = 0.22  # of those who were answered
_PHOTO = 0.10  # of the customers' mails
_BLOBS = 12
_ANSWERS = {
    "nl": "Dag {name},\n\nBedankt voor je bericht. We hebben het nagekeken: het komt in orde, morgen gaat het de deur "
    "uit.\nLaat gerust weten als er nog iets is.\n\nVriendelijke groeten,\nAnke van Sokken & Zo",
    "en": "Hi {name},\n\nThanks for writing. We have looked it up and set it right; it leaves us tomorrow.\nDo tell us "
    "if there is anything else.\n\nKind regards,\nAnke, Sokken & Zo",
    "de": "Guten Tag {name},\n\nvielen Dank für Ihre Nachricht. Wir haben es geprüft und in Ordnung gebracht, morgen "
    "geht es auf den Weg.\n\nMit freundlichen Grüßen\nAnke von Sokken & Zo",
    "fr": "Bonjour {name},\n\nMerci pour votre message. Nous avons vérifié et tout est réglé, cela part demain.\n\n"
    "Bien cordialement,\nAnke de Sokken & Zo",
}
_WROTE = {
    "nl": "Op {day} om {time} schreef {name} <{address}>:",
    "en": "On {day} at {time}, {name} <{address}> wrote:",
    "de": "Am {day} um {time} schrieb {name} <{address}>:",
    "fr": "Le {day} à {time}, {name} <{address}> a écrit :",
}
_STYLE = (
    "<style>\n" + "".join(f"p.Mso{n}, li.Mso{n} {{margin:0cm;font-size:11.0pt;}}\n" for n in range(30)) + "</style>"
)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail before it is written: `answers` is the one that it quotes and names."""

    name: str
    sender: tuple[str, str]
    to: tuple[str, str]
    subject: str
    text: str
    at: datetime
    language: str = "nl"
    answers: Mail | None = None
    headers: tuple[tuple[str, str], ...] = ()
    is_html: bool = False

    @property
    def message_id(self) -> str:
        """Message-ID, with its brackets."""
        return f"<{self.name}@{self.sender[1].partition('@')[2]}>"


@dataclass(slots=True)
class Shop:
    """All mail of a shop, in the order in which it was made up."""

    inbox: list[Mail] = field(default_factory=list)
    sent: list[Mail] = field(default_factory=list)


def make_up(inbox: int, sent: int, waiting: int, newest: datetime) -> Shop:
    """Make up `inbox` mails that came in and `sent` answers; in `waiting` conversations somebody waits."""
    random = Random(1)  # noqa: S311  # the same mail every time is what is wanted
    people, machines, thanks = _rows()
    shop = Shop()
    for number in range(sent + waiting):
        is_waiting = number >= sent
        age = random.random() * (_RECENT if is_waiting else SPAN) + (timedelta() if is_waiting else _RECENT)
        row = people[number % len(people)]
        question = _from(row, f"q{number}", f"k{number}", newest - age)
        shop.inbox.append(question)
        if random.random() < _WRITES_AGAIN:
            again = people[(number + 4_711) % len(people)]
            shop.inbox.append(
                _written(again, f"r{number}", question.sender, question.at + age * 0.1, f"Re: {question.subject}")
            )
        if is_waiting:
            continue
        answer = _answer(question, f"a{number}", question.at + min(age * 0.5, timedelta(hours=20)))
        shop.sent.append(answer)
        if random.random() < _THANKS:
            said = thanks[number % len(thanks)]
            at = answer.at + min(age * 0.2, timedelta(hours=30))
            shop.inbox.append(
                _written(said, f"t{number}", question.sender, at, f"Re: {question.subject}", answers=answer)
            )
    missing = inbox - len(shop.inbox)
    if missing < 0:
        raise SystemExit(f"{len(shop.inbox)} mails are more than {inbox}: ask for fewer answers.")
    shop.inbox.extend(_by_machine(machines, number, newest - random.random() * SPAN) for number in range(missing))
    return shop


@cache
def _rows() -> tuple[list[Row], list[Row], list[Row]]:
    """Read the mails of people who want something, of machines, and of people who want nothing more."""
    rows = [row for path in sorted(WORDS.glob("*.jsonl")) for row in read_rows(path.read_text("utf-8").splitlines())]
    Random(2).shuffle(rows)  # noqa: S311
    people = [row for row in rows if row.kind is not Kind.NONE and not row.headers]
    machines = [row for row in rows if row.kind is Kind.NONE and row.headers]
    return people, machines, [row for row in rows if row.kind is Kind.NONE and not row.headers]


def _from(row: Row, name: str, person: str, at: datetime) -> Mail:
    """Let a new customer write the words of a row."""
    called, address = parseaddr(row.sender)
    local, _, domain = address.partition("@")
    return _written(row, name, (called or local, f"{local}.{person}@{domain or 'klant.example'}"), at, row.subject)


def _written(
    row: Row, name: str, sender: tuple[str, str], at: datetime, subject: str, answers: Mail | None = None
) -> Mail:
    language = row.language if row.language in _ANSWERS else "nl"
    return Mail(name, sender, SHOP, subject, row.body, at, language, answers, row.headers, row.is_html)


def _answer(question: Mail, name: str, at: datetime) -> Mail:
    called = question.sender[0].partition(" ")[0]
    text = _ANSWERS[question.language].format(name=called)
    subject = question.subject if question.subject.startswith("Re:") else f"Re: {question.subject}"
    return Mail(name, SHOP, question.sender, subject, text, at, question.language, question)


def _by_machine(machines: Sequence[Row], number: int, at: datetime) -> Mail:
    """Two in three are newsletters and notices with much markup; the others as the training set has them."""
    row = machines[number % len(machines)]
    if number % 3 == 0:
        return _from(row, f"m{number}", f"m{number % 40}", at)
    offers = "".join(
        f'<tr><td style="padding:8px;border:1px solid #dddddd"><a href="https://nieuws.example/{number}/{line}">'
        f'<img src="https://nieuws.example/{number}/{line}.png" width="280" alt=""></a></td>'
        f"<td>{escape(row.body[:160])}</td></tr>\n"
        for line in range(8 + number % 40)
    )
    sender = (f"Nieuws {number % 40}", f"nieuws@n{number % 40}.example")
    headers = (
        ("List-Id", f"<nieuws.n{number % 40}.example>"),
        ("List-Unsubscribe", f"<https://nieuws.example/u/{number}>"),
        ("Precedence", "bulk"),
    )
    html = f"<html><head>{_STYLE}</head><body><table>{offers}</table></body></html>"
    return Mail(f"m{number}", sender, SHOP, f"{row.subject} {number}", html, at, headers=headers, is_html=True)


def source(mail: Mail) -> bytes:
    """Write a mail as its sender's program would, with what servers put before it."""
    random = Random(mail.name)  # noqa: S311
    lines = [*_carried(mail, random), *_headers(mail)]
    return "\n".join([*lines, *_body(mail, random)]).encode("utf-8", "replace").replace(b"\n", b"\r\n")


def _carried(mail: Mail, random: Random) -> Iterator[str]:
    """Yield what servers on the way write: two or three kilobytes, as in real mail."""
    date = format_datetime(mail.at)
    domain = mail.sender[1].partition("@")[2]
    yield f"Return-Path: <{mail.sender[1]}>\nDelivered-To: {mail.to[1]}"
    for hop in range(4):
        yield (
            f"Received: from mx{hop}.{domain} (mx{hop}.{domain} [192.0.2.{random.randrange(250)}])\n"
            f"\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))\n"
            f"\tby mx{hop}.provider.example (Postfix) with ESMTPS id {random.getrandbits(40):X}\n"
            f"\tfor <{mail.to[1]}>; {date}"
        )
    for selector in ("s1", "s2"):
        signature = base64.b64encode(random.randbytes(256)).decode()
        folded = "\n\t ".join(signature[at : at + 70] for at in range(0, len(signature), 70))
        yield (
            f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s={selector};\n"
            f"\tt=1763400000; h=from:to:cc:subject:date:message-id:mime-version:content-type;\n\tbh="
            f"{base64.b64encode(random.randbytes(32)).decode()};\n\tb={folded}"
        )
    yield (
        "Authentication-Results: mx.provider.example;\n"
        f"\tdkim=pass header.i=@{domain} header.s=s1;\n\tspf=pass smtp.mailfrom={mail.sender[1]};\n"
        f"\tdmarc=pass (p=QUARANTINE) header.from={domain}"
    )
    yield "X-Spam-Score: -2.1\nX-Spam-Status: No, score=-2.1 required=5.0 tests=[BAYES_00=-1.9,DKIM_VALID=-0.1]"


def _headers(mail: Mail) -> Iterator[str]:
    yield f"From: {_named(mail.sender)}"
    yield f"To: {_named(mail.to)}"
    yield f"Subject: {_encoded(mail.subject)}"
    yield f"Date: {format_datetime(mail.at)}"
    yield f"Message-ID: {mail.message_id}"
    if mail.answers:
        yield f"In-Reply-To: {mail.answers.message_id}"
        before = mail.answers.answers
        yield f"References: {f'{before.message_id} ' if before else ''}{mail.answers.message_id}"
    for name, value in mail.headers:
        yield f"{name}: {_encoded(' '.join(value.split()))}"
    yield "MIME-Version: 1.0"


def _named(address: tuple[str, str]) -> str:
    name = address[0]
    return f'"{name}" <{address[1]}>' if name.isascii() else f"{_encoded(name)} <{address[1]}>"


def _encoded(text: str) -> str:
    return text if text.isascii() else Header(text, "utf-8", maxlinelen=200).encode(linesep="\n")


def _body(mail: Mail, random: Random) -> Iterator[str]:
    """Yield the last headers and the body: text, HTML, both, with or without a photo."""
    boundary = f"=_{random.getrandbits(64):x}"
    has_photo = not mail.is_html and mail.sender != SHOP and random.random() < _PHOTO
    if has_photo:
        yield f'Content-Type: multipart/mixed; boundary="{boundary}"\n\n--{boundary}'
    yield from _words(mail, random)
    if has_photo:
        yield f'--{boundary}\nContent-Type: image/jpeg; name="IMG_{random.randrange(9999)}.jpg"'
        yield "Content-Transfer-Encoding: base64\nContent-Disposition: attachment\n"
        yield _photos()[random.randrange(_BLOBS)]
        yield f"--{boundary}--"


def _words(mail: Mail, random: Random) -> Iterator[str]:
    if mail.is_html:
        yield from _part("html", mail.text, "quoted-printable")
        return
    text = mail.text + _quoted(mail)
    if random.random() < 0.45:
        boundary = f"=_a{random.getrandbits(64):x}"
        yield f'Content-Type: multipart/alternative; boundary="{boundary}"\n\n--{boundary}'
        yield from _part("plain", text, "quoted-printable")
        yield f"--{boundary}"
        yield from _part("html", _as_html(mail), "quoted-printable")
        yield f"--{boundary}--"
    else:
        yield from _part("plain", text, random.choice(("8bit", "8bit", "quoted-printable", "base64")))


def _part(kind: str, text: str, encoding: str) -> Iterator[str]:
    yield f'Content-Type: text/{kind}; charset="utf-8"\nContent-Transfer-Encoding: {encoding}\n'
    if encoding == "base64":
        yield base64.encodebytes(text.encode()).decode().rstrip()
    elif encoding == "quoted-printable":
        yield quopri.encodestring(text.encode()).decode()
    else:
        yield text


def _quoted(mail: Mail) -> str:
    """Quote what a mail answers, and what that quoted in its turn."""
    if mail.answers is None:
        return ""
    text = mail.answers.text + _quoted(mail.answers)
    return f"\n\n{_wrote(mail.answers)}\n" + "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _wrote(mail: Mail) -> str:
    day, time = f"{mail.at:%d-%m-%Y}", f"{mail.at:%H:%M}"
    return _WROTE[mail.language].format(day=day, time=time, name=mail.sender[0], address=mail.sender[1])


def _as_html(mail: Mail) -> str:
    def lines(text: str) -> str:
        return "".join(f'<p class="Mso1">{escape(line)}</p>\n' for line in text.splitlines())

    quote = (
        f"<div>{escape(_wrote(mail.answers))}<blockquote>{lines(mail.answers.text)}</blockquote></div>"
        if mail.answers
        else ""
    )
    return f"<html><head>{_STYLE}</head><body>{lines(mail.text)}{quote}</body></html>"


@cache
def _photos() -> list[str]:
    random = Random(3)  # noqa: S311
    sizes = (random.randrange(60_000, 400_000) for _ in range(_BLOBS))
    return [base64.encodebytes(random.randbytes(size)).decode().rstrip() for size in sizes]


def write(shop: Shop, folder: Path) -> None:
    """Write a Maildir whose subfolder is `.Sent`, in the order in which the mails came in."""
    for mails, place in ((shop.inbox, folder), (shop.sent, folder / ".Sent")):
        for name in ("cur", "new", "tmp"):
            (place / name).mkdir(parents=True, exist_ok=True)
        for number, mail in enumerate(sorted(mails, key=lambda each: each.at)):
            write_mail(mail, place, number)


def write_mail(mail: Mail, place: Path, number: int) -> None:
    """Write one mail into a mailbox; the file's time is when it was received."""
    moment = int(mail.at.timestamp())
    path = place / "cur" / f"{moment}.M{number:06}.host:2,S"
    path.write_bytes(source(mail))
    os.utime(path, (moment, moment))


def main() -> None:
    """Write a mailbox where the arguments say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--inbox", type=int, default=20_000)
    parser.add_argument("--sent", type=int, default=8_000)
    parser.add_argument("--waiting", type=int, default=300)
    options = parser.parse_args()
    write(
        make_up(options.inbox, options.sent, options.waiting, datetime.now(UTC).replace(microsecond=0)), options.folder
    )


if __name__ == "__main__":
    main()
