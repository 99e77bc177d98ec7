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
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.header import Header
from email.utils import format_datetime, parseaddr
from functools import cache
from html import escape
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from triage.classify.rows import read_rows
from triage.model import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from triage.classify.rows import Row

WORDS = Path(__file__).parents[2] / "triage" / "classify" / "training" / "mails"
SHOP = ("Sokken & Zo", "info@sokkenenzo.example")
SPAN = timedelta(days=700)  # over which all of it came in
_RECENT = timedelta(days=4)  # in which those who wait have written
_WRITES_AGAIN = 0.16  # of the customers, before we answer
_LONG = 300  # letters; a thank you is shorter
_THANKS = 0.22  # of those who were answered
_ASKS_ON = 0.15  # of those who were answered
_PHOTO = 0.10  # of the customers' mails
_PHOTO_FIRST = 0.3  # of those with a photo, as an iPhone writes
_LATIN = 0.1  # of the mails in text alone
_PHOTOS = 12  # different ones
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
_MARKUP = re.compile(r"<[^>]*>")
_NEWS = (
    (
        "De nieuwe collectie is binnen",
        "Wollen truien in zeven kleuren",
        "Gratis verzending vanaf 50 euro",
        "Bekijk alles",
    ),
    ("Laatste dagen van de uitverkoop", "Tot 60% korting op jassen", "Alleen deze week", "Naar de winkel"),
    ("Neu im Herbst", "Handgemachte Schuhe aus Portugal", "Jetzt entdecken", "Kostenloser Versand ab 60 Euro"),
    ("This week at the market", "Fresh ideas for small kitchens", "Five gifts under 20 euros", "Read on our blog"),
    ("Nos nouveautés de saison", "Des lampes en verre soufflé", "Livraison offerte dès 45 euros", "Découvrir"),
    ("Uw weekoverzicht", "Bezoekers: 1.204", "Best bekeken pagina: sokken", "Open het dashboard"),
)
_FOOTERS = (  # in the languages of the above
    "Je ontvangt deze mail omdat je je hebt ingeschreven. Uitschrijven | Bekijk in je browser | KvK 12345678",
    "Je krijgt deze nieuwsbrief als klant. Afmelden kan hier. Bekijk online. Volg ons op Instagram",
    "Sie erhalten diese E-Mail, weil Sie sich angemeldet haben. Abmelden | Im Browser ansehen | Impressum",
    "You are receiving this because you subscribed. Unsubscribe | View in browser | Privacy policy",
    "Vous recevez cet e-mail car vous êtes inscrit à notre newsletter. Se désabonner | Voir en ligne",
    "Dit overzicht sturen wij elke maandag. Meldingen uitzetten kan bij uw voorkeuren.",
)
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
    flags: str = "S"  # as Maildir writes them

    @property
    def message_id(self) -> str:
        """Message-ID, with its brackets."""
        return f"<{self.name}@{self.sender[1].partition('@')[2]}>"


@dataclass(slots=True)
class Shop:
    """All mail of a shop, in the order in which it was made up."""

    inbox: list[Mail] = field(default_factory=list)
    sent: list[Mail] = field(default_factory=list)


def make_up(inbox: int, sent: int, waiting: int, newest: datetime, series: str = "") -> Shop:
    """Make up `inbox` mails that came in and `sent` answers; in `waiting` conversations somebody waits.

    Another `series` gives other mails of other people.
    """
    random = Random(f"1{series}")  # noqa: S311  # the same mail every time is what is wanted
    shop = Shop()
    number = 0
    while len(shop.sent) < sent:
        begun = newest - _RECENT - random.random() * SPAN
        is_long = random.random() < _ASKS_ON and len(shop.sent) + 1 < sent
        _converse(shop, f"{series}{number}", begun, random, rounds=1 + is_long)
        number += 1
    for number in range(number, number + waiting):  # noqa: B020 - it counts on
        _converse(shop, f"{series}{number}", newest - random.random() * _RECENT, random, rounds=0)
    missing = inbox - len(shop.inbox)
    if missing < 0:
        raise SystemExit(f"{len(shop.inbox)} mails are more than {inbox}: ask for fewer answers.")
    shop.inbox.extend(_by_machine(f"{series}{each}", each, newest - random.random() * SPAN) for each in range(missing))
    return shop


def _converse(shop: Shop, name: str, begun: datetime, random: Random, *, rounds: int) -> None:
    """Let a new customer ask, and us answer so many times; with no answer he waits."""
    flags = "RS" if rounds else random.choice(("", "S"))
    # A form's words name the person to answer, who is not the sender: of those we answer none.
    asking = _rows().writing if rounds else people()
    asked = replace(_from(random.choice(asking), f"q{name}", f"k{name}", begun), flags=flags)
    shop.inbox.append(asked)
    if random.random() < _WRITES_AGAIN:
        again = random.choice(_rows().writing)
        at = asked.at + min(timedelta(hours=10), _RECENT / 20)
        shop.inbox.append(_written(again, f"r{name}", asked.sender, at, f"Re: {asked.subject}", flags=flags))
    for turn in range(rounds):
        answer = _answer(asked, f"a{turn}-{name}", asked.at + timedelta(hours=11 + 30 * random.random()))
        shop.sent.append(answer)
        if turn + 1 < rounds:
            row = random.choice(_rows().writing)
            at = answer.at + timedelta(hours=20 * random.random())
            asked = _written(row, f"q{turn}-{name}", asked.sender, at, answer.subject, answer, flags="RS")
            shop.inbox.append(asked)
        elif random.random() < _THANKS:
            row = random.choice(_rows().thanks)
            at = answer.at + timedelta(hours=30 * random.random())
            shop.inbox.append(_written(row, f"t{name}", asked.sender, at, answer.subject, answer))


class _Rows(NamedTuple):
    """The words of the training set, by who writes: people who want something, machines, people who want no more.

    `writing` are those of the first who write themselves and not by a form.
    """

    people: tuple[Row, ...]
    writing: tuple[Row, ...]
    machines: tuple[Row, ...]
    thanks: tuple[Row, ...]


def people() -> tuple[Row, ...]:
    """Give the mails of people who want something."""
    return _rows().people


@cache
def _rows() -> _Rows:
    rows = [row for path in sorted(WORDS.glob("*.jsonl")) for row in read_rows(path.read_text("utf-8").splitlines())]
    Random(2).shuffle(rows)  # noqa: S311
    people = tuple(row for row in rows if row.kind is not Kind.NONE and not row.headers)
    machines = tuple(row for row in rows if row.kind is Kind.NONE and row.headers)
    return _Rows(
        people,
        tuple(row for row in people if "@" not in row.body),
        machines,
        tuple(row for row in rows if row.kind is Kind.NONE and not row.headers and len(row.body) < _LONG),
    )


def _from(row: Row, name: str, person: str, at: datetime) -> Mail:
    """Let a new customer write the words of a row."""
    called, address = parseaddr(row.sender)
    local, _, domain = address.partition("@")
    return _written(row, name, (called or local, f"{local}.{person}@{domain or 'klant.example'}"), at, row.subject)


def _written(
    row: Row,
    name: str,
    sender: tuple[str, str],
    at: datetime,
    subject: str,
    answers: Mail | None = None,
    flags: str = "S",
) -> Mail:
    language = row.language if row.language in _ANSWERS else "nl"
    return Mail(name, sender, SHOP, subject, row.body, at, language, answers, row.headers, row.is_html, flags)


def _answer(question: Mail, name: str, at: datetime) -> Mail:
    called = question.sender[0].partition(" ")[0]
    text = _ANSWERS[question.language].format(name=called)
    subject = question.subject if question.subject.startswith("Re:") else f"Re: {question.subject}"
    return Mail(name, SHOP, question.sender, subject, text, at, question.language, question)


def _by_machine(name: str, number: int, at: datetime) -> Mail:
    """Two in three are newsletters with much markup; the others are notices and what else the training set has."""
    random = Random(name)  # noqa: S311
    if number % 3 == 0:
        return _from(random.choice(_rows().machines), f"m{name}", f"m{number % 40}", at)
    (subject, *lines), footer = random.choice(list(zip(_NEWS, _FOOTERS, strict=True)))
    offers = "".join(
        f'<tr><td style="padding:8px;border:1px solid #dddddd"><a href="https://nieuws.example/{number}/{line}">'
        f'<img src="https://nieuws.example/{number}/{line}.png" width="280" alt=""></a></td>'
        f"<td>{lines[line % len(lines)]}</td></tr>\n"
        for line in range(random.choice((4, 12, 30, 80, 160)))  # two to seventy kilobytes
    )
    sender = (f"Nieuws {number % 40}", f"nieuws@n{number % 40}.example")
    headers = (
        ("List-Id", f"<nieuws.n{number % 40}.example>"),
        ("List-Unsubscribe", f"<https://nieuws.example/u/{number}>"),
        ("Precedence", "bulk"),
    )
    body = f"<body><table>{offers}</table><p>{footer}</p></body>"
    html = f"<html><head>{_STYLE * random.choice((1, 1, 1, 8))}</head>{body}</html>"
    flags = random.choice(("", "S"))
    return Mail(f"m{name}", sender, SHOP, f"{subject} {number}", html, at, "nl", None, headers, True, flags)


def source(mail: Mail) -> bytes:
    """Write a mail as its sender's program would, with what servers put before it."""
    random = Random(mail.name)  # noqa: S311
    lines = [*_carried(mail, random), *_headers(mail)]
    return "\n".join([*lines, *_body(mail, random)]).encode("utf-8", "surrogateescape").replace(b"\n", b"\r\n")


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
        yield "References: " + "\n ".join(each.message_id for each in reversed(list(_before(mail))))
    for name, value in mail.headers:
        yield f"{name}: {_encoded(' '.join(value.split()))}"
    yield "MIME-Version: 1.0"


def _before(mail: Mail) -> Iterator[Mail]:
    """Yield the mails that went before, the newest first."""
    before = mail.answers
    while before:
        yield before
        before = before.answers


def _named(address: tuple[str, str]) -> str:
    name = address[0]
    return f'"{name}" <{address[1]}>' if name.isascii() else f"{_encoded(name)} <{address[1]}>"


def _encoded(text: str) -> str:
    return text if text.isascii() else Header(text, "utf-8", maxlinelen=200).encode(linesep="\n")


def _body(mail: Mail, random: Random) -> Iterator[str]:
    """Yield the last headers and the body: text, HTML, both, with or without a photo."""
    if mail.is_html or mail.sender == SHOP or random.random() >= _PHOTO:
        yield from _words(mail, random)
        return
    boundary = f"=_{random.getrandbits(64):x}"
    parts = [list(_words(mail, random)), list(_photo(random))]
    yield f'Content-Type: multipart/mixed; boundary="{boundary}"\n'
    for part in reversed(parts) if random.random() < _PHOTO_FIRST else parts:
        yield f"--{boundary}"
        yield from part
    yield f"--{boundary}--"


def _photo(random: Random) -> Iterator[str]:
    yield f'Content-Type: image/jpeg; name="IMG_{random.randrange(9999)}.jpg"'
    yield "Content-Transfer-Encoding: base64\nContent-Disposition: attachment\n"
    yield random.choice(_photos())


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
        charset = "windows-1252" if random.random() < _LATIN else "utf-8"
        yield from _part("plain", text, random.choice(("8bit", "8bit", "quoted-printable", "base64")), charset)


def _part(kind: str, text: str, encoding: str, charset: str = "utf-8") -> Iterator[str]:
    yield f'Content-Type: text/{kind}; charset="{charset}"\nContent-Transfer-Encoding: {encoding}\n'
    coded = text.encode(charset, "replace")
    if encoding == "base64":
        yield base64.encodebytes(coded).decode().rstrip()
    elif encoding == "quoted-printable":
        yield quopri.encodestring(coded).decode()
    else:
        yield coded.decode("utf-8", "surrogateescape")


def _quoted(mail: Mail) -> str:
    """Quote what a mail answers, and what that quoted in its turn."""
    if mail.answers is None:
        return ""
    words = _MARKUP.sub("", mail.answers.text) if mail.answers.is_html else mail.answers.text
    text = words + _quoted(mail.answers)
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
    sizes = (random.randrange(60_000, 400_000) for _ in range(_PHOTOS))
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
    path = place / "cur" / f"{moment}.M{number:06}.host:2,{mail.flags}"
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
