"""The scripted server answers as a server should without cues, and goes wrong exactly as it is told."""

from __future__ import annotations

import base64
import imaplib
import socket
import ssl
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError

from tests.servers.base import PASSWORD, make_certificate
from tests.servers.hostile import (
    LOGIN_REFUSALS,
    TRY_LATER,
    HostileServer,
    Mail,
    Mailbox,
    after_lines,
    bye,
    changed,
    cut_in_literal,
    drip,
    hang_up,
    huge_literal,
    in_turn,
    refuse,
    refuse_after_rows,
    refuse_token,
    refuse_uid,
    say,
    silent,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.hostile import Behaviour

SOURCE = b"From: jan@customer.example\r\nSubject: Where\r\n is it?\r\nX-Other: x\r\n\r\nHello?\r\n"


def some_mailboxes() -> dict[str, Mailbox]:
    inbox = Mailbox({uid: Mail(SOURCE, flags=r"\Seen") for uid in (3, 5, 9)}, uidvalidity=7)
    inbox.mails[9] = Mail(SOURCE, received_at='"22-Nov-2026 09:00:00 +0100"')
    return {"INBOX": inbox, "Sent": Mailbox(attributes=r"\HasNoChildren \Sent")}


@contextmanager
def connect(server: HostileServer, timeout: float = 10) -> Iterator[IMAPClient]:
    with IMAPClient(server.host, server.port, ssl=False, timeout=timeout) as client:
        client.normalise_times = False
        client.login("anybody", PASSWORD)
        yield client


def test_without_cues_it_is_an_ordinary_server() -> None:
    with HostileServer(some_mailboxes()) as server, connect(server) as client:
        assert client.find_special_folder(b"\\Sent") == "Sent"
        assert client.select_folder("INBOX", readonly=True)[b"UIDVALIDITY"] == 7
        assert client.search(["SINCE", date(2026, 11, 22)]) == [9]
        assert client.search(["UID", "4:*"]) == [5, 9]
        fields = client.fetch([3], ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "BODY.PEEK[HEADER.FIELDS (SUBJECT)]"])[3]
        part = client.fetch([9], ["BODY.PEEK[]<5.3>"])[9]
    assert fields == {
        b"SEQ": 1,
        b"FLAGS": (b"\\Seen",),
        b"INTERNALDATE": datetime(2026, 11, 21, 16, 30, 5, tzinfo=UTC),
        b"RFC822.SIZE": len(SOURCE),
        b"BODY[HEADER.FIELDS (SUBJECT)]": b"Subject: Where\r\n is it?\r\n\r\n",
    }
    assert part[b"BODY[]<5>"] == SOURCE[5:8]


def test_it_remembers_what_came_in() -> None:
    with HostileServer() as server, connect(server) as client:
        client.select_folder("INBOX", readonly=True)
        assert server.received[-1] == 'EXAMINE "INBOX"'


def test_a_command_that_changes_something_is_bad() -> None:
    with HostileServer(some_mailboxes()) as server, connect(server) as client:
        client.select_folder("INBOX", readonly=True)
        with pytest.raises(imaplib.IMAP4.error, match="BAD"):
            client.add_flags([3], [b"\\Seen"])


def test_a_missing_mailbox_is_refused() -> None:
    with HostileServer() as server, connect(server) as client, pytest.raises(IMAPClientError, match="NONEXISTENT"):
        client.select_folder("Nowhere", readonly=True)


@pytest.mark.parametrize("text", [*LOGIN_REFUSALS.values(), *TRY_LATER.values()], ids=[*LOGIN_REFUSALS, *TRY_LATER])
def test_a_login_is_refused_with_the_words_of_a_provider(text: str) -> None:
    with HostileServer(on={"LOGIN": refuse(text)}) as server, pytest.raises(LoginError) as refused, connect(server):
        pass
    assert str(refused.value) == str(text.encode())


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(silent(), id="silence"),
        pytest.param(huge_literal(), id="huge literal"),
        pytest.param(cut_in_literal(), id="end inside a literal"),
        pytest.param(bye(), id="bye"),
        pytest.param(hang_up(), id="hang up"),
        pytest.param(refuse_after_rows(), id="refused after a row"),
        pytest.param(refuse_uid(5), id="one poisoned mail"),
    ],
)
def test_a_fetch_fails(behaviour: Behaviour) -> None:
    with HostileServer(some_mailboxes(), {"UID FETCH": behaviour}) as server, connect(server, timeout=0.3) as client:
        client.select_folder("INBOX", readonly=True)
        with pytest.raises((OSError, imaplib.IMAP4.error)):
            client.fetch([3, 5], ["BODY.PEEK[]"])


def test_silence_instead_of_a_greeting() -> None:
    with (
        HostileServer(on={"GREETING": silent()}) as server,
        socket.create_connection((server.host, server.port), timeout=0.3) as client,
        pytest.raises(TimeoutError),
    ):
        client.recv(1)


def test_a_drip_defeats_the_timeout() -> None:
    with HostileServer(on={"NOOP": drip(0.02)}) as server, connect(server, timeout=0.3) as client:
        started = datetime.now(UTC)
        client.noop()
        assert (datetime.now(UTC) - started).total_seconds() > 0.3


def test_one_poisoned_mail_leaves_the_others_readable() -> None:
    with HostileServer(some_mailboxes(), {"UID FETCH": refuse_uid(5)}) as server, connect(server) as client:
        client.select_folder("INBOX", readonly=True)
        assert set(client.fetch([3, 9], ["FLAGS"])) == {3, 9}


def test_lines_nobody_asked_for_come_first() -> None:
    flags = "* 2 FETCH (FLAGS (\\Answered))"
    with HostileServer(some_mailboxes(), {"UID FETCH": after_lines(flags)}) as server, connect(server) as client:
        client.select_folder("INBOX", readonly=True)
        assert client.fetch([3], ["FLAGS"])[3][b"FLAGS"] == (b"\\Seen",)


def test_behaviours_come_in_turn() -> None:
    cue = in_turn(say("{tag} NO [INUSE] later"), changed(lambda answer: answer.replace(b"EXISTS", b"RECENT")))
    with HostileServer(some_mailboxes(), {"EXAMINE": cue}) as server, connect(server) as client:
        with pytest.raises(IMAPClientError, match="INUSE"):
            client.select_folder("INBOX", readonly=True)
        counts = [client.select_folder("INBOX", readonly=True).get(b"EXISTS") for _ in range(2)]
    assert counts == [None, 3]


def test_a_folder_name_need_not_be_modified_utf7() -> None:
    with HostileServer({"R&D": Mailbox()}) as server, connect(server) as client:
        client.folder_encode = False
        assert [name for _flags, _delimiter, name in client.list_folders()] == [b"R&D"]


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_it_speaks_tls(tmp_path: Path, security: str) -> None:
    certificate = make_certificate(tmp_path)
    trusting = ssl.create_default_context(cafile=str(certificate.file))
    implicit = security == "tls"
    with HostileServer(security="tls" if implicit else "starttls", certificate=certificate) as server:
        context = trusting if implicit else None
        with IMAPClient(server.host, server.port, ssl=implicit, ssl_context=context, timeout=10) as client:
            if not implicit:
                client.starttls(trusting)
            client.login("anybody", PASSWORD)
            assert client.select_folder("INBOX", readonly=True)[b"EXISTS"] == 0


def test_a_token_is_taken() -> None:
    with HostileServer(capabilities="IMAP4rev1 AUTH=XOAUTH2") as server:
        with IMAPClient(server.host, server.port, ssl=False, timeout=10) as client:
            client.oauth2_login("anybody", "token")
        assert [base64.b64decode(line) for line in server.received if " " not in line and line.endswith("=")] == [
            b"user=anybody\1auth=Bearer token\1\1"
        ]


def test_a_token_is_refused() -> None:
    with (
        HostileServer(capabilities="IMAP4rev1 AUTH=XOAUTH2", on={"AUTHENTICATE": refuse_token()}) as server,
        IMAPClient(server.host, server.port, ssl=False, timeout=10) as client,
        pytest.raises(LoginError, match="AUTHENTICATIONFAILED"),
    ):
        client.oauth2_login("anybody", "stale")
