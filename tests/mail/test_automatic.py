"""Automatic mail: what is proven, what is only suggested, and what must stay a person's."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from triage.mail.automatic import is_robot, judge_headers, read_report, returned_id
from triage.mail.message import read_message
from triage.model import Automatic, DeliveryReport, Message, Sender

SHARED = Path(os.environ.get("TRIAGE_SHARED", Path(__file__).parents[3] / "shared" / "data"))
BOUNCES = SHARED / "sisimai-bounces"
PEOPLE = SHARED / "spamassassin-en"
NOW = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
MESSAGE_ID = re.compile(rb"(?im)^[> \t|]*(?:x-)?(?:original-)?message-id:\s*<?([^<>\s]+)>?")


def judge(*headers: str, parts: tuple[str, ...] = ()) -> Automatic:
    """Judge headers written as they stand in a mail."""
    pairs = [(name, value.strip()) for name, _, value in (header.partition(":") for header in headers)]
    return judge_headers(pairs, parts)


PERSON = "From: Jan Jansen <jan@example.net>"
NULL = "Return-Path: <>"


@pytest.mark.parametrize(
    ("headers", "sender"),
    [
        pytest.param(["Content-Type: multipart/report; report-type=delivery-status"], Sender.BOUNCE, id="RFC 3464"),
        pytest.param(
            ["Content-Type: multipart/report; report-type=disposition-notification"], Sender.RECEIPT, id="RFC 8098"
        ),
        pytest.param(["From: MAILER-DAEMON@mx.example.net", NULL], Sender.BOUNCE, id="daemon with null path"),
        pytest.param(["From: postmaster@example.net", NULL], Sender.BOUNCE, id="postmaster with null path"),
        pytest.param(
            ["From: Mail <MAILER-DAEMON>", "Subject: Returned mail"], Sender.BOUNCE, id="daemon without address"
        ),
        pytest.param(
            ["From: postmaster@outlook.example", "Subject: Onbestelbaar: Uw bestelling"],
            Sender.BOUNCE,
            id="Dutch bounce",
        ),
        pytest.param(
            ["From: postmaster@outlook.example", "Subject: Unzustellbar: Ihre Bestellung"], Sender.BOUNCE, id="German"
        ),
        pytest.param(
            ["From: postmaster@outlook.example", "Subject: Non remis : votre commande"], Sender.BOUNCE, id="French"
        ),
        pytest.param([PERSON, "X-Failed-Recipients: a@b.nl"], Sender.BOUNCE, id="exim's header"),
        pytest.param([PERSON, "Subject: Automatisch antwoord: Uw pakket"], Sender.AUTO_REPLY, id="Dutch vacation"),
        pytest.param([PERSON, "Subject: Afwezig: Uw pakket"], Sender.AUTO_REPLY, id="Dutch, short"),
        pytest.param([PERSON, "Subject: Réponse automatique : Votre colis"], Sender.AUTO_REPLY, id="French vacation"),
        pytest.param([PERSON, "Subject: Automatische Antwort: Ihr Paket"], Sender.AUTO_REPLY, id="German vacation"),
        pytest.param([PERSON, "Subject: Out of Office: your parcel"], Sender.AUTO_REPLY, id="English vacation"),
        pytest.param(
            [PERSON, "Auto-Submitted: auto-replied", "Subject: Afwezig tot maandag"], Sender.AUTO_REPLY, id="both"
        ),
        pytest.param([PERSON, NULL, "Subject: Gelezen: Uw pakket"], Sender.RECEIPT, id="Dutch receipt"),
        pytest.param([PERSON, NULL, "Subject: Lu : Votre colis"], Sender.RECEIPT, id="French receipt"),
    ],
)
def test_proof_needs_no_answer(headers: list[str], sender: Sender) -> None:
    judged = judge(*headers)
    assert (sender, True) == (judged.sender, judged.proven)


def test_a_part_proves_as_well_as_the_top_type() -> None:
    """Amazon WorkMail and McAfee send delivery reports as multipart/mixed."""
    assert Automatic(Sender.BOUNCE, proven=True, signs=("Content-Type: multipart/mixed",)) == judge(
        PERSON, "Content-Type: multipart/mixed", parts=("text/plain", "message/delivery-status")
    )


@pytest.mark.parametrize(
    ("headers", "sender"),
    [
        pytest.param(["Auto-Submitted: auto-replied"], Sender.AUTO_REPLY, id="auto-replied without vacation subject"),
        pytest.param(["X-Autoreply: yes"], Sender.AUTO_REPLY, id="X-Autoreply"),
        pytest.param(["X-POST-MessageClass: 9; Autoresponder"], Sender.AUTO_REPLY, id="Autoresponder class"),
        pytest.param(["Precedence: auto_reply"], Sender.AUTO_REPLY, id="Precedence auto_reply"),
        pytest.param(["Precedence: bulk"], Sender.BULK, id="Precedence bulk"),
        pytest.param(["X-Precedence: list"], Sender.BULK, id="X-Precedence list"),
        pytest.param(["List-Unsubscribe: <mailto:u@x.nl>"], Sender.BULK, id="List-Unsubscribe"),
        pytest.param(["Feedback-ID: 1:2:3"], Sender.BULK, id="Feedback-ID"),
        pytest.param(["Auto-Submitted: auto-generated"], Sender.NOTICE, id="auto-generated"),
        pytest.param(["X-FC-MachineGenerated: true"], Sender.NOTICE, id="X-FC-MachineGenerated"),
        pytest.param(["X-Amazon-Mail-Relay-Type: notification"], Sender.NOTICE, id="Amazon"),
        pytest.param(["Return-Path: <>"], Sender.NOTICE, id="null path"),
        pytest.param(["Subject: Afwezig bij bezorging pakket"], Sender.AUTO_REPLY, id="a customer was out"),
        pytest.param(["Return-Path: <>", "Subject: Undeliverable Message"], Sender.BOUNCE, id="a bounce by no daemon"),
    ],
)
def test_hints_never_prove(headers: list[str], sender: Sender) -> None:
    judged = judge(PERSON, *headers)
    assert (sender, False, True) == (judged.sender, judged.proven, headers[0] in judged.signs)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([PERSON, "Subject: Waar blijft mijn pakket?"], id="plain mail"),
        pytest.param([PERSON, "Auto-Submitted: no"], id="Auto-Submitted: no"),
        pytest.param([PERSON, "X-Auto-Response-Suppress: All"], id="Exchange on ordinary mail"),
        pytest.param(["From: info@bedrijf.example"], id="info@ is no robot"),
        pytest.param(["From: noreply@shop.example", "Reply-To: jan@example.net"], id="a form"),
        pytest.param([PERSON, "Subject: Re: Automatisch antwoord: Uw pakket"], id="an answer to our auto-reply"),
        pytest.param([PERSON, "Subject: Onbestelbaar pakket, wat nu?"], id="a customer's undeliverable parcel"),
        pytest.param([PERSON, "Subject: Read: the manual, still broken"], id="receipt mark without null path"),
        pytest.param(["From: postmaster@klein-bedrijf.example", "Subject: Offerte"], id="a postmaster who buys"),
    ],
)
def test_people_stay_people(headers: list[str]) -> None:
    assert Automatic() == judge(*headers)


def test_a_forwarding_rule_of_microsoft_365_makes_no_robot() -> None:
    """zammad#6025: the rule stamps a customer's mail; the stamps stay visible as hints."""
    stamps = ("Auto-Submitted: auto-generated", "X-MS-Exchange-Inbox-Rules-Loop: info@shop.example")
    assert Automatic(Sender.PERSON, proven=False, signs=stamps) == judge(PERSON, *stamps)


def test_signs_are_short() -> None:
    assert (f"List-Id: {'x' * 80}",) == judge(PERSON, "List-Id: " + "x" * 5000).signs


@pytest.mark.parametrize(
    ("email", "robot"),
    [
        ("noreply@x.nl", True),
        ("no-reply@x.nl", True),
        ("No_Reply@x.nl", True),
        ("donotreply@x.nl", True),
        ("noreply-dmarc@x.nl", True),
        ("wordpress@x.nl", True),
        ("mailer@shopify.com", True),
        ("geen-antwoord@x.nl", True),
        ("info@x.nl", False),
        ("contact@x.nl", False),
        ("norbert@x.nl", False),
    ],
)
def test_robots_are_known_by_name(email: str, robot: bool) -> None:
    assert robot is is_robot(email)


STATUS = """Reporting-MTA: dns; mx

Final-Recipient: rfc822; a@b.nl
Action: delayed

Final-Recipient: rfc822;C@d.nl
Action: failed"""


@pytest.mark.parametrize(
    ("headers", "parts", "expected"),
    [
        pytest.param(
            [],
            [("message/delivery-status", STATUS), ("text/rfc822-headers", "Subject: x\nMessage-ID:\n <id@shop>\n")],
            DeliveryReport("failed", "id@shop", ("c@d.nl",)),
            id="the gravest action and whom it hit",
        ),
        pytest.param(
            [],
            [("message/delivery-status", "Original-Message-ID: <o@shop>\nAction: delivered"), ("message/rfc822", "")],
            DeliveryReport("delivered", "o@shop"),
            id="Original-Message-ID",
        ),
        pytest.param(
            [("Subject", "Warning: could not send message for past 4 hours")],
            [("text/plain", "Your message to <a@b.nl> is delayed\n\n> Message-Id: <q@shop>")],
            DeliveryReport("delayed", "q@shop", ("a@b.nl",)),
            id="a warning in words",
        ),
        pytest.param(
            [("X-Failed-Recipients", "A@b.nl, c@d.nl"), ("References", "<x@shop> <y@shop>")],
            [("text/plain", "Address not found")],
            DeliveryReport("failed", "y@shop", ("a@b.nl", "c@d.nl")),
            id="Gmail names the mail in its own header",
        ),
        pytest.param(
            [],
            [("text/html", "<pre>Message-ID: &lt;h@shop&gt;</pre><br>\nMessage-ID: &lt;h@shop&gt;")],
            DeliveryReport("failed", "h@shop"),
            id="Exchange in HTML",
        ),
        pytest.param([], [], DeliveryReport("failed"), id="nothing to read"),
    ],
)
def test_reports_are_read(
    headers: list[tuple[str, str]], parts: list[tuple[str, str]], expected: DeliveryReport
) -> None:
    assert expected == read_report(headers, parts)


def test_a_receipt_names_its_mail() -> None:
    assert returned_id([("message/disposition-notification", "Original-Message-ID: <a@shop>")]) == "a@shop"


# -- Other people's mails ----------------------------------------------------------------------------------------------


def read_all(folder: Path) -> list[tuple[str, bytes, Message]]:
    paths = sorted(path for path in folder.rglob("*") if path.suffix in {".eml", ".txt"})
    return [(path.name, path.read_bytes(), read_message(path.read_bytes(), NOW)) for path in paths]


@pytest.mark.skipif(not BOUNCES.is_dir(), reason="sisimai's set of bounces is not beside the checkout")
def test_bounces_of_many_servers_are_known() -> None:
    """Measured: 142 of 148 (three of the others are complaints in ARF, which are notices)."""
    mails = read_all(BOUNCES)
    known = [name for name, _, mail in mails if mail.automatic.sender in {Sender.BOUNCE, Sender.AUTO_REPLY}]
    assert len(known) >= len(mails) * 0.95


@pytest.mark.skipif(not BOUNCES.is_dir(), reason="sisimai's set of bounces is not beside the checkout")
def test_returned_mail_is_named_where_the_bounce_names_it() -> None:
    """Measured: 115 of 115 whose body holds a Message-ID; one is broken over two lines in the bytes."""
    missed = []
    for name, source, mail in read_all(BOUNCES):
        body = re.split(rb"\r?\n\r?\n", source, maxsplit=1)[1]
        ids = {found.decode("latin-1") for found in MESSAGE_ID.findall(body)}
        if mail.report and ids and mail.report.returned_id not in ids:
            missed.append(name)
    assert missed in ([], ["rhost-microsoft-03.eml"])


@pytest.mark.skipif(not PEOPLE.is_dir(), reason="SpamAssassin's mails are not beside the checkout")
def test_no_letter_of_a_person_is_taken_for_proven() -> None:
    """The one that is proven among them is a real bounce."""
    mails = [mail for folder in ("easy-ham-1", "easy-ham-2", "hard-ham-1") for _, _, mail in read_all(PEOPLE / folder)]
    proven = [mail.subject for mail in mails if mail.automatic.proven]
    assert proven in ([], ["Mail delivery failure"])
