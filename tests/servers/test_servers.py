"""The test servers keep their promises; everything else in the tests stands on this."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from tests.servers.base import PASSWORD, running
from tests.servers.dovecot import DovecotServer
from tests.servers.pymap_server import PymapServer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers.base import MailAccount, MailServer

SATURDAY = datetime(2026, 11, 21, 16, 30, 5, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 22, 9, 0, 0, tzinfo=UTC)
QUESTION = b"From: jan@customer.example\r\nSubject: parcel\r\n\r\nWhere is it?\r\n"
NUDGE = b"From: jan@customer.example\r\nSubject: Re: parcel\r\n\r\nHello?\r\n"


def connect(account: MailAccount) -> IMAPClient:
    client = IMAPClient(account.server.host, account.server.port, ssl=False, timeout=20)
    client.normalise_times = False
    client.login(account.username, account.password)
    return client


def uidvalidity(account: MailAccount) -> int:
    with connect(account) as client:
        validity: int = client.select_folder("INBOX", readonly=True)[b"UIDVALIDITY"]
        return validity


def without_recent(flags: tuple[bytes, ...]) -> set[bytes]:
    return set(flags) - {b"\\Recent"}


def trusting(server: MailServer) -> ssl.SSLContext:
    assert server.certificate is not None
    return ssl.create_default_context(cafile=str(server.certificate.file))


def test_delivered_mail_has_its_number_time_and_flags(imap_account: MailAccount) -> None:
    imap_account.deliver("INBOX", QUESTION, SUNDAY, "SR")
    imap_account.deliver("INBOX", NUDGE, SATURDAY)
    with connect(imap_account) as client:
        client.select_folder("INBOX", readonly=True)
        fetched = client.fetch(client.search(), ["INTERNALDATE", "FLAGS"])
    rows = {uid: (row[b"INTERNALDATE"], without_recent(row[b"FLAGS"])) for uid, row in fetched.items()}
    assert rows == {1: (SUNDAY, {b"\\Seen", b"\\Answered"}), 2: (SATURDAY, set())}


def test_delivered_mail_comes_out_as_it_went_in(dovecot_account: MailAccount) -> None:
    """Byte for byte, but for NUL, which IMAP cannot carry: Dovecot sends 0x80 for it."""
    odd = b"Subject: \xffcaf\xe9\r\nFrom nobody\r\n\r\n" + b"\x80" * 100
    dovecot_account.deliver("INBOX", odd, SATURDAY)
    with connect(dovecot_account) as client:
        client.select_folder("INBOX", readonly=True)
        assert client.fetch([1], ["BODY.PEEK[]"])[1][b"BODY[]"] == odd


def test_mailboxes_of_all_names_are_listed(imap_account: MailAccount) -> None:
    imap_account.create("Klanten/R&D")
    imap_account.deliver("Gelöscht", QUESTION, SATURDAY)
    with connect(imap_account) as client:
        names = {name for _flags, _delimiter, name in client.list_folders()}
    assert names >= {"INBOX", "Klanten/R&D", "Gelöscht"}


def test_looking_changes_nothing(imap_account: MailAccount) -> None:
    imap_account.deliver("INBOX", QUESTION, SATURDAY)
    before = imap_account.snapshot()
    with connect(imap_account) as client:
        client.select_folder("INBOX", readonly=True)
        client.fetch([1], ["BODY.PEEK[]"])
    assert (len(before), imap_account.snapshot()) == (1, before)


def test_the_snapshot_shows_what_was_changed(imap_account: MailAccount) -> None:
    imap_account.deliver("INBOX", QUESTION, SATURDAY)
    before = imap_account.snapshot()
    with connect(imap_account) as client:
        client.select_folder("INBOX")
        client.fetch([1], ["BODY[]"])  # without PEEK: marks it read
    assert imap_account.snapshot() != before


def test_flags_and_removals_are_seen(imap_account: MailAccount) -> None:
    removed = imap_account.deliver("INBOX", QUESTION, SATURDAY)
    flagged = imap_account.deliver("INBOX", NUDGE, SUNDAY)
    with connect(imap_account) as client:
        client.select_folder("INBOX", readonly=True)
        imap_account.flag("INBOX", flagged, "F")
        imap_account.expunge("INBOX", removed)
        client.select_folder("INBOX", readonly=True)
        fetched = client.fetch(client.search(), ["FLAGS"])
    assert {uid: without_recent(row[b"FLAGS"]) for uid, row in fetched.items()} == {2: {b"\\Flagged"}}


def test_a_new_uidvalidity_keeps_the_mails_and_numbers_them_anew(imap_account: MailAccount) -> None:
    imap_account.expunge("INBOX", imap_account.deliver("INBOX", QUESTION, SATURDAY))
    imap_account.deliver("INBOX", NUDGE, SUNDAY, "S")
    before = uidvalidity(imap_account)
    imap_account.bump_uidvalidity("INBOX")
    with connect(imap_account) as client:
        after = client.select_folder("INBOX", readonly=True)
        fetched = client.fetch(client.search(), ["INTERNALDATE", "FLAGS"])
    rows = {uid: (row[b"INTERNALDATE"], without_recent(row[b"FLAGS"])) for uid, row in fetched.items()}
    assert (after[b"UIDVALIDITY"] > before, rows) == (True, {1: (SUNDAY, {b"\\Seen"})})


def test_users_see_only_their_own_mail(imap_server: MailServer) -> None:
    one, other = imap_server.account(), imap_server.account()
    one.deliver("INBOX", QUESTION, SATURDAY)
    with connect(other) as client:
        assert client.select_folder("INBOX", readonly=True)[b"EXISTS"] == 0


def test_a_wrong_password_is_refused(imap_account: MailAccount) -> None:
    with pytest.raises(LoginError), IMAPClient(imap_account.server.host, imap_account.server.port, ssl=False) as client:
        client.login(imap_account.username, "wrong")


def test_capabilities_are_what_the_class_says(imap_account: MailAccount) -> None:
    server = imap_account.server
    with connect(imap_account) as client:
        offered = (client.has_capability("SPECIAL-USE"), client.has_capability("CONDSTORE"))
    assert offered == (server.has_special_use, server.has_condstore)


def test_dovecot_marks_special_uses(dovecot_account: MailAccount) -> None:
    with connect(dovecot_account) as client:
        assert client.find_special_folder(b"\\Sent") == "Sent"


def test_dovecot_speaks_tls_to_who_trusts_its_certificate(dovecot_account: MailAccount) -> None:
    server = dovecot_account.server
    assert server.tls_port is not None
    for name in ("localhost", "127.0.0.1"):
        with IMAPClient(name, server.tls_port, ssl=True, ssl_context=trusting(server), timeout=20) as client:
            client.login(dovecot_account.username, dovecot_account.password)


def test_dovecot_is_not_trusted_without_its_certificate(dovecot: DovecotServer) -> None:
    assert dovecot.tls_port is not None
    with pytest.raises(ssl.SSLCertVerificationError):
        IMAPClient(dovecot.host, dovecot.tls_port, ssl=True, timeout=20)


@pytest.mark.parametrize(
    "make", [lambda: DovecotServer(plaintext_login=False), lambda: PymapServer(starttls=True)], ids=["dovecot", "pymap"]
)
def test_starttls_protects_a_login(make: Callable[[], MailServer]) -> None:
    for server in running(make(), required=True):
        account = server.account()
        with IMAPClient(server.host, server.port, ssl=False, timeout=20) as client:
            client.starttls(trusting(server))
            client.login(account.username, account.password)


def test_a_strict_dovecot_takes_no_password_in_plain_text() -> None:
    for server in running(DovecotServer(plaintext_login=False), required=True):
        with IMAPClient(server.host, server.port, ssl=False, timeout=20) as client:
            assert client.has_capability("LOGINDISABLED")
            with pytest.raises(LoginError):
                client.login("anybody", PASSWORD)


def test_dovecot_says_it_can_what_it_is_told_to_say() -> None:
    for server in running(DovecotServer(capability="IMAP4rev1 UIDPLUS", special_use=False), required=True):
        with connect(server.account()) as client:
            assert set(client.capabilities()) == {b"IMAP4REV1", b"UIDPLUS"}
