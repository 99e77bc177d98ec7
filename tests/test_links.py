"""Where a mail is opened: each program's own link, and nothing that a stranger wrote acts in one."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from tests.shop import NOON, write_mail
from triage.cases import Case
from triage.links import SCHEMES, Reply, link_to, outlook_search, reply_link, reply_to
from triage.mail.message import read_message
from triage.mail.subject import is_reply_subject
from triage.model import Address, Kind, Status, Verdict
from triage.settings import AccountSettings, OpensIn, OurAddresses

if TYPE_CHECKING:
    from triage.model import Message

OURS = OurAddresses.of("info@shop.example")
ACCOUNT = AccountSettings("shop", host="imap.example.com", username="info@shop.example", addresses=OURS)
CASE = Case(
    account="shop", status=Status.WAITING, verdict=Verdict(Kind.BUY, 1.0), customer=Address("jan@klant.example", "Jan"),
    subject="Maat 42?", received_at=NOON, message_id="q1/$2+a=b@klant.example", mailbox="INBOX", snippet="", messages=1,
)  # fmt: skip
REPLY = Reply(("jan@klant.example",), "Maat 42?", "q1@klant.example", ("q0@klant.example", "q1@klant.example"))
LINKED = [program for program in OpensIn if program is not OpensIn.UNKNOWN]
GMAIL, OUTLOOK = "https://mail.google.com/mail/u/", "https://outlook.office.com/mail/deeplink/search"
NAMED = "&in-reply-to=%3Cq1%40klant.example%3E&references=%3Cq0%40klant.example%3E%20%3Cq1%40klant.example%3E"
CHARACTERS = re.compile(r"(?:[A-Za-z0-9!$*+=:,/@?&#._~-]|%[0-9A-F]{2})+")
"""What may stand in a link: nothing that a shell, a console or a terminal would act upon."""


def link(program: OpensIn, case: Case = CASE, account: AccountSettings = ACCOUNT, reply: Reply = REPLY) -> str | None:
    return link_to(case, replace(account, opens_in=program), lambda: reply)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a mail program makes of a `mailto:` link (RFC 6068)."""

    to: list[str]
    fields: dict[str, str]


def draft(url: str | None) -> Draft:
    assert url is not None
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc, parts.fragment) == ("mailto", "", "")
    pairs = (pair.partition("=") for pair in parts.query.split("&") if pair)
    fields = [(name, unquote(value)) for name, _, value in pairs]
    assert len(dict(fields)) == len(fields)
    return Draft([unquote(address) for address in parts.path.split(",")], dict(fields))


def message(source: bytes) -> Message:
    return read_message(source, NOON)


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        (OpensIn.GMAIL, f"{GMAIL}?authuser=info%40shop.example#search/rfc822msgid%3Aq1%2F%242%2Ba%3Db%40klant.example"),
        (OpensIn.OUTLOOK, f"{OUTLOOK}?query=from%3Ajan%40klant.example%20subject%3A%22Maat%2042%3F%22"),
        (OpensIn.THUNDERBIRD, "mid:q1/$2+a=b@klant.example"),  # it looks for what stands there, undecoded
        (OpensIn.APPLE_MAIL, "message:%3Cq1%2F%242%2Ba%3Db@klant.example%3E"),
        (OpensIn.MAILTO, f"mailto:jan@klant.example?subject=Re%3A%20Maat%2042%3F{NAMED}"),
        (OpensIn.UNKNOWN, None),
    ],
)
def test_each_program_has_a_link_of_its_own(program: OpensIn, expected: str | None) -> None:
    assert link(program) == expected


@pytest.mark.parametrize(
    ("account", "start"),
    [
        pytest.param(replace(ACCOUNT, host="IMAP.Gmail.com"), "https://mail.google.com/", id="Gmail's server"),
        pytest.param(replace(ACCOUNT, host="imap.googlemail.com"), "https://mail.google.com/", id="its other name"),
        pytest.param(
            replace(ACCOUNT, host="imap.gmail.com", opens_in=OpensIn.THUNDERBIRD), "mid:", id="the owner's word"
        ),
        pytest.param(replace(ACCOUNT, host="imap.gmail.com.evil.example"), "None", id="another server"),
        pytest.param(replace(ACCOUNT, host="outlook.office365.com"), "None", id="Microsoft: which program is not sure"),
    ],
)
def test_without_a_word_the_provider_decides_where_there_is_no_doubt(account: AccountSettings, start: str) -> None:
    assert str(link_to(CASE, account, lambda: REPLY)).startswith(start)


@pytest.mark.parametrize(
    ("username", "addresses", "address"),
    [
        pytest.param("Info@Shop.example", OURS, "info%40shop.example", id="the username"),
        pytest.param("info", OURS, "info%40shop.example", id="the only address"),
        pytest.param("", OurAddresses.of("a@shop.example", "b@shop.example"), None, id="several: the browser knows"),
    ],
)
def test_gmail_is_told_which_account(username: str, addresses: OurAddresses, address: str | None) -> None:
    account = replace(ACCOUNT, username=username, addresses=addresses)

    url = link(OpensIn.GMAIL, account=account)

    where = f"?authuser={address}" if address else "0/"
    assert str(url).startswith(f"https://mail.google.com/mail/u/{where}#search/")


@pytest.mark.parametrize(
    ("username", "host"),
    [("x@hotmail.nl", "live"), ("x@outlook.com", "live"), ("x@shop.example", "office"), ("x@notlive.com", "office")],
)
def test_outlook_at_home_and_at_work_have_their_own_address(username: str, host: str) -> None:
    url = link(OpensIn.OUTLOOK, account=replace(ACCOUNT, username=username))

    assert str(url).startswith(f"https://outlook.{host}.com/mail/deeplink/search?query=")


@pytest.mark.parametrize("program", [OpensIn.GMAIL, OpensIn.THUNDERBIRD, OpensIn.APPLE_MAIL])
def test_a_mail_without_a_name_is_not_found_by_one(program: OpensIn) -> None:
    nameless = message(write_mail().replace(b"Message-ID: <q1@klant.example>\n", b""))

    assert link(program, replace(CASE, message_id=nameless.message_id)) is None


# -- replies ------------------------------------------------


@pytest.mark.parametrize(
    ("source", "to"),
    [
        pytest.param(write_mail(), ["jan@klant.example"], id="the sender"),
        pytest.param(write_mail(Reply_To="Jan <thuis@elders.example>"), ["thuis@elders.example"], id="Reply-To"),
        pytest.param(
            write_mail(Reply_To="thuis@elders.example, Ria <ria@elders.example>"),
            ["thuis@elders.example", "ria@elders.example"],
            id="two of them",
        ),
        pytest.param(write_mail(Reply_To="info@shop.example"), ["jan@klant.example"], id="Reply-To is ourselves"),
        pytest.param(write_mail(Reply_To="nobody"), ["jan@klant.example"], id="Reply-To is no address"),
        pytest.param(
            write_mail(sender="info@shop.example", Reply_To="jan@klant.example"), ["jan@klant.example"], id="a form"
        ),
    ],
)
def test_a_reply_goes_where_it_is_wanted(source: bytes, to: list[str]) -> None:
    assert draft(reply_link(reply_to(message(source), OURS.contains))).to == to


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Maat 42?", "Re: Maat 42?"),
        ("Re: Maat 42?", "Re: Maat 42?"),
        ("RE[2]: Maat 42?", "RE[2]: Maat 42?"),
        ("Antw: Maat 42?", "Antw: Maat 42?"),
        ("AW: Größe 42?", "AW: Größe 42?"),
        ("[EXTERN] Re: Maat 42?", "[EXTERN] Re: Maat 42?"),
        ("Fwd: Maat 42?", "Re: Fwd: Maat 42?"),
        ("Retour", "Re: Retour"),
    ],
)
def test_a_subject_gets_one_reply_mark(subject: str, expected: str) -> None:
    assert draft(reply_link(replace(REPLY, subject=subject))).fields["subject"] == expected
    assert is_reply_subject(expected)


def test_a_reply_without_a_subject_has_none() -> None:
    assert "subject" not in draft(reply_link(replace(REPLY, subject=""))).fields


def test_a_reply_names_what_it_answers_and_what_that_answered() -> None:
    mail = message(write_mail(answers="a1@shop.example"))

    assert draft(reply_link(reply_to(mail, OURS.contains))).fields == {
        "subject": "Re: Maat 42?",
        "in-reply-to": "<q1@klant.example>",
        "references": "<a1@shop.example> <q1@klant.example>",
    }


def test_a_long_conversation_makes_no_link_that_is_cut() -> None:
    names = tuple(f"{number:03}-{'x' * 80}@klant.example" for number in range(100))

    url = reply_link(replace(REPLY, subject="é" * 1000, references=names))

    kept = draft(url).fields.get("references", "").split()
    assert len(str(url)) < 2000
    assert kept == [f"<{name}>" for name in names[len(names) - len(kept) :]]


def test_where_there_is_nobody_to_write_to_there_is_no_reply() -> None:
    assert reply_link(Reply(("",), "Maat 42?")) is None


# -- what strangers write ------------------------------------------------

HOSTILE = [
    "x@klant.example?bcc=evil@evil.example", "x&bcc=evil@evil.example", "x\r\nBcc: evil@evil.example",
    "x%0d%0aBcc:%20evil@evil.example", "javascript:alert(1)//@x", "--help@x", "-e@x", '"&calc&"@x', "$(reboot)@x",
    "`id`@x", "';id;'@x", "\\\\evil.example\\share@x", "file:///etc/passwd", "\x1b]52;c;ZXZpbA==\x07@x",
    "x\u202egnp@x", "x\ud800@x", "x\x00@x", "><script>@x", "#fragment@x", "../../@x", "x, evil@evil.example",
    "ö" * 5000 + "@x", "x" * 50_000, "%" * 3000 + "@x", "@", "",
]  # fmt: skip


@pytest.mark.parametrize("program", LINKED)
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_of_a_stranger_acts_in_a_link(program: OpensIn, text: str) -> None:
    case = replace(CASE, message_id=text, subject=text, customer=Address(text, text))
    reply = Reply((text, "jan@klant.example"), text, text, (text, "q1@klant.example"))

    url = link(program, case, reply=reply)

    if url is not None:
        assert url.startswith(SCHEMES)
        assert CHARACTERS.fullmatch(url)
        assert len(url) < 6000


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_nobody_else_gets_the_reply_and_no_header_is_added(text: str) -> None:
    reply = Reply((text, "jan@klant.example"), text, text, (text, "q1@klant.example"))

    made = draft(reply_link(reply))

    assert set(made.to) <= {text, "jan@klant.example"}
    assert made.fields.keys() <= {"subject", "in-reply-to", "references"}
    assert not re.search(r"[\r\n\x00-\x1f]", "".join((*made.to, *made.fields.values())))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_mail_read_from_its_source_is_as_harmless(text: str) -> None:
    line = "".join(character for character in text if character not in "\r\n").encode("utf-8", "replace")
    source = (
        b"From: <jan@klant.example>\r\nReply-To: <" + line + b">\r\nMessage-ID: <" + line + b">\r\nSubject: " + line
        + b"\r\nReferences: <" + line + b">\r\n\r\nHallo\r\n"
    )  # fmt: skip

    url = reply_link(reply_to(message(source), OURS.contains))

    assert CHARACTERS.fullmatch(str(url))
    assert draft(url).fields.keys() <= {"subject", "in-reply-to", "references"}


def test_a_quote_in_a_subject_does_not_end_the_search() -> None:
    case = replace(CASE, subject='Maat" OR from:"x')

    assert outlook_search(case) == 'from:jan@klant.example subject:"Maat OR from: x"'
    assert parse_qsl(urlsplit(str(link(OpensIn.OUTLOOK, case))).query) == [("query", outlook_search(case))]
