"""Reading mails: golden pairs, hostile input, and the odd mails of four parsers' test suites where they are at hand."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.mail.message import needs_more, read_message, scrub
from triage.model import Address, DeliveryReport, Message

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

GOLDENS = sorted((Path(__file__).parent / "golden_message").glob("*.eml"))
SHARED = Path(os.environ.get("TRIAGE_SHARED", Path(__file__).parents[3] / "shared" / "data"))
ODD_MAILS = SHARED / "odd-mails"
NOW = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
LINEAR = 1.0
"""Seconds of processor time: a quiet machine needs less than 0.2, a busy one more, quadratic code minutes."""
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufdd0-\ufdef]"
)


def strings(value: object) -> Iterator[str]:
    """Every text in a value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from strings(item)
    elif dataclasses.is_dataclass(value):
        for name in value.__dataclass_fields__:
            yield from strings(getattr(value, name))


def read_timed(source: bytes, *, truncated: bool = False) -> tuple[Message, float]:
    """A message and the seconds it took: the best of a few readings, for the machine may be busy."""
    best = float("inf")
    for _ in range(5):
        start = time.process_time()
        message = read_message(source, NOW, truncated=truncated)
        best = min(best, time.process_time() - start)
        if best < 0.1:
            break
    return message, best


# -- Golden mails ------------------------------------------------------------------------------------------------------


def shown(address: Address) -> str:
    return f"{address.name} <{address.email}>" if address.name else address.email


def as_golden(message: Message, source: bytes) -> dict[str, Any]:
    """The fields that goldens may name, in the form of JSON."""
    values = {name: getattr(message, name) for name in Message.__dataclass_fields__}
    lists = {name: list(values[name]) for name in ("in_reply_to", "references", "defects")}
    report = message.report and dataclasses.asdict(message.report)
    return {
        **values,
        **lists,
        "sender": shown(message.sender),
        "person": shown(message.person),
        "sent_at": message.sent_at and message.sent_at.isoformat(),
        "automatic": message.automatic.sender.value,
        "proven": message.automatic.proven,
        "report": report and {**report, "recipients": list(report["recipients"])},
        "needs_more": needs_more(source),
    }


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_golden_mail_is_read_as_its_json_says(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    source = path.read_bytes()
    found = as_golden(read_message(source, NOW, truncated=expected.pop("truncated", False)), source)
    assert expected == {name: found[name] for name in expected}


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_line_ends_do_not_matter(path: Path) -> None:
    """IMAP sends CRLF, a Maildir holds LF: the same mail, and the same made-up Message-ID."""
    source = path.read_bytes()
    assert read_message(source, NOW) == read_message(source.replace(b"\n", b"\r\n"), NOW)


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_made_id_does_not_depend_on_how_much_was_fetched(path: Path) -> None:
    source = re.sub(rb"(?im)^message-id:.*\n", b"", path.read_bytes(), count=1) + b"\n" + b"x" * 5000
    first = read_message(source, NOW)
    assert first.message_id == read_message(source + b"more" * 5000, NOW).message_id


# -- Fields ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        pytest.param("a\r\nb\rc\u2028d", "a\nb\nc\nd", id="line ends"),
        pytest.param("\x1b]52;c;x\x07\x9b31m", "]52;c;x31m", id="escape sequences lose their teeth"),
        pytest.param("\u202eevil\u2066\u200b\u200d\ufeff\u00ad", "evil", id="bidi, zero width, soft hyphen"),
        pytest.param("a\ud800b\udfffc", "abc", id="lone surrogates"),
        pytest.param("\ttab\nnewline é €", "\ttab\nnewline é €", id="the rest stays"),
    ],
)
def test_scrub_removes_what_acts_and_does_not_show(text: str, clean: str) -> None:
    assert clean == scrub(text)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param("jan@x.nl", Address("jan@x.nl"), id="bare"),
        pytest.param("<jan@x.nl>", Address("jan@x.nl"), id="angles only"),
        pytest.param("jan@x.nl (Jan Bos)", Address("jan@x.nl", "Jan Bos"), id="name in a comment"),
        pytest.param('"Bos, Jan" <Jan@X.nl>', Address("jan@x.nl", "Bos, Jan"), id="quoted comma"),
        pytest.param("'jan@x.nl' <jan@x.nl>", Address("jan@x.nl"), id="name that only repeats"),
        pytest.param('"Jan \\"de\\" Bos" <jan@x.nl>', Address("jan@x.nl", 'Jan "de" Bos'), id="escaped quotes"),
        pytest.param("Jan <@relay.nl:jan@x.nl>", Address("jan@x.nl", "Jan"), id="source route"),
        pytest.param("Jan <mailto:jan@x.nl>", Address("jan@x.nl", "Jan"), id="mailto"),
        pytest.param("Jan <jan@x.nl", Address("jan@x.nl", "Jan"), id="angle never closed"),
        pytest.param('"Jan <jan@x.nl>', Address("jan@x.nl", "Jan"), id="quote never closed"),
        pytest.param("Vrienden: jan@x.nl, piet@x.nl;", Address("jan@x.nl"), id="group"),
        pytest.param("undisclosed-recipients:;", Address(""), id="empty group"),
        pytest.param("(c):", Address(""), id="only a comment"),
        pytest.param("MAILER-DAEMON", Address("", "MAILER-DAEMON"), id="no address"),
        pytest.param("=?utf-8?q?J=C3=B6rg_=3Cj=40x.nl=3E?=", Address("j@x.nl", "Jörg"), id="all of it encoded"),
        pytest.param("=?utf-8?q?a=2Cb?= <j@x.nl>", Address("j@x.nl", "a,b"), id="comma inside an encoded word"),
        pytest.param("=?x-nix?b?SmFu?= <j@x.nl>", Address("j@x.nl", "Jan"), id="unknown charset"),
        pytest.param("=?utf-8?b?SmF?= <j@x.nl>", Address("j@x.nl", "Ja"), id="base64 cut short"),
        pytest.param("Jan Bos jan@x.nl", Address("jan@x.nl", "Jan Bos"), id="angles forgotten"),
    ],
)
def test_sender_is_read_however_it_is_written(raw: str, expected: Address) -> None:
    assert expected == read_message(f"From: {raw}\n\nx".encode(), NOW).sender


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param("Mon, 3 Nov 2025 10:12:00 +0100", "2025-11-03T10:12:00+01:00", id="as it should be"),
        pytest.param("3 Nov 25 10:12 CET", "2025-11-03T10:12:00+00:00", id="a zone that nobody knows is UTC"),
        pytest.param("Mon, 3 Nov 2025 10:12:00 -0000", "2025-11-03T10:12:00+00:00", id="no zone"),
        pytest.param("Mon, 3 Nov 1925 10:12:00 +0100", None, id="before mail"),
        pytest.param("Mon, 3 Nov 2125 10:12:00 +0100", None, id="from the future"),
        pytest.param("Mon, 3 Nov 2025 10:12:00 +99999999999999", None, id="absurd zone"),
        pytest.param("Mon, 31 Feb 2025 10:12:00 +0100", None, id="no such day"),
        pytest.param("gisteren", None, id="words"),
        pytest.param("", None, id="empty"),
    ],
)
def test_sent_at_is_the_claim_or_none(raw: str, expected: str | None) -> None:
    sent_at = read_message(f"From: a@b.nl\nDate: {raw}\n\nx".encode(), NOW).sent_at
    assert expected == (sent_at and sent_at.isoformat())


def test_of_many_references_the_first_and_the_last_99_are_kept() -> None:
    source = "References: " + " ".join(f"<{number}>" for number in range(300)) + "\n\nx"
    expected = ("0", *(str(number) for number in range(201, 300)))
    assert expected == read_message(source.encode(), NOW).references


def test_several_to_headers_are_read_as_one() -> None:
    source = b"To: a@x.nl\nTo: B <b@x.nl>\nCc: c@x.nl\n\nx"
    message = read_message(source, NOW)
    assert ((Address("a@x.nl"), Address("b@x.nl", "B")), (Address("c@x.nl"),)) == (message.to, message.cc)


def test_boundary_in_pieces_is_joined() -> None:
    """RFC 2231, section 3."""
    source = (
        b"Content-Type: multipart/mixed; boundary*0=gr; boundary*1*=%65ns\n\n"
        b"--grens\nContent-Type: text/plain; charset*=utf-8'nl'utf-8\n\n\xc3\xa9\xc3\xa9n\n--grens--\n"
    )
    assert read_message(source, NOW).text == "één"


def test_a_bounce_in_the_words_of_its_server_is_read() -> None:
    source = (
        b"Return-Path: <>\nFrom: Mailer-Daemon@x.nl\nX-Failed-Recipients: klant@y.nl\n"
        b"Subject: Mail delivery failed\nIn-Reply-To: <a1@shop>\n\nSorry.\n"
    )
    assert DeliveryReport("failed", "a1@shop", ("klant@y.nl",)) == read_message(source, NOW).report


# -- Hostile input -----------------------------------------------------------------------------------------------------

NESTED = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(1000))
MIXED = b"Content-Type: multipart/mixed; boundary=b\n\n"
HOSTILE = {
    "5,000 parentheses in From": b"From: " + b"(" * 5000 + b" a@b.nl\n\nx",
    "100,000 bare words in From": b"From: " + b"word " * 100_000 + b"\n\nx",
    "50,000 quotes in From": b"From: " + b'"' * 50_000 + b"\n\nx",
    "escaped quotes in From": b"From: " + b'"\\"' * 25_000 + b"\n\nx",
    "1,000 nested multiparts": NESTED + b"\nx",
    "one boundary nested 1,000 times": MIXED.replace(b"\n\n", b"\n\n--b\n") * 1000,
    "20,000 parts": MIXED + b"--b\n\nx\n" * 20_000,
    "5,000 HTML parts": MIXED + b"--b\nContent-Type: text/html\n\n<p>x\n" * 5000,
    "50,000 near-boundaries": MIXED + b"--bb\n" * 50_000,
    "50,000 half encoded words": b"Subject: " + b"=?a?q?" * 50_000 + b"\n\nx",
    "20,000 header fields": b"A:\n" * 20_000 + b"\nx",
    "20,000 semicolons": b"Content-Type: text/plain" + b";" * 20_000 + b"\n\nx",
    "punycode as charset": b"Content-Type: text/plain; charset=punycode\n\n" + b"a\xe9" * 25_000,
    "zlib as charset": b"Content-Type: text/plain; charset=zlib\n\n" + b"a\xe9" * 25_000,
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_structure_costs_no_time(source: bytes) -> None:
    message, seconds = read_timed(source)
    assert "failed" not in message.defects
    assert seconds < LINEAR


@pytest.mark.parametrize("kind", ["text/plain", "text/html", "multipart/report; report-type=delivery-status"])
@pytest.mark.parametrize("sender", ["a@b.nl", "noreply@b.nl", "x@verkopen.bol.com"])
@pytest.mark.parametrize(
    "unit",
    [
        *("<", " ", "-", "=", "*", ":", "&lt;", "x heeft ", "verzonden message ", "http://", "html support "),
        *(
            "Naam: x\n",
            "E-mail: a@b.nl\n",
            "Bericht:\n",
            "Van: a\nVerzonden: b\n",
            "Message-ID: <a@b>\n",
            "</td" + " " * 20,
        ),
    ],
)
def test_50_kilobytes_of_one_thing_cost_no_time(unit: str, sender: str, kind: str) -> None:
    head = f"From: {sender}\nReply-To: k@l.nl\nContent-Type: {kind}\n\n"
    message, seconds = read_timed((head + unit * (50_000 // len(unit))).encode())
    assert "failed" not in message.defects
    assert seconds < LINEAR


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=2000))
def test_random_bytes_are_read(source: bytes) -> None:
    message = read_message(source, NOW)
    assert "failed" not in message.defects
    assert not [text for text in strings(message) if FORBIDDEN.search(text)]


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(GOLDENS), st.randoms(use_true_random=False), st.integers(1, 30))
def test_mutated_mails_are_read(path: Path, chance: random.Random, changes: int) -> None:
    source = bytearray(path.read_bytes())
    for _ in range(changes):
        start = chance.randrange(len(source))
        source[start : start + chance.choice([0, 1, 1, 20])] = chance.choice(
            [
                bytes([chance.randrange(256)]),
                b"",
                b"\n",
                b"\n\n",
                b"--b1",
                b'"',
                b"=?utf-8?b?",
                b"(",
                b"\x1b",
                b"\xff" * 9,
            ],
        )
    message = read_message(bytes(source), NOW, truncated=chance.random() < 0.5)
    needs_more(bytes(source))
    assert "failed" not in message.defects
    assert not [text for text in strings(message) if FORBIDDEN.search(text)]


# -- Other people's odd mails ------------------------------------------------------------------------------------------


@pytest.mark.skipif(not ODD_MAILS.is_dir(), reason="the odd mails of other parsers are not beside the checkout")
@pytest.mark.parametrize("limit", [None, 16_384, 3_000])
def test_odd_mails_are_read_clean_and_fast(limit: int | None) -> None:
    """Not one of 531 fails, takes 0.2 s, or leaves a control character in any field."""
    trouble = []
    for path in sorted(path for path in ODD_MAILS.rglob("*") if path.is_file() and not path.name.startswith("LICENSE")):
        source = path.read_bytes()
        message, seconds = read_timed(source[:limit], truncated=limit is not None and len(source) > limit)
        if "failed" in message.defects or seconds > 0.2 or any(FORBIDDEN.search(text) for text in strings(message)):
            trouble.append((path.name, message.defects, seconds))
    assert trouble == []
