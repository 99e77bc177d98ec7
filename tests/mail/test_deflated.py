"""A line on which both ends compress what they say: the same answers, whatever pieces they come in."""

from __future__ import annotations

import io
import random
import tracemalloc
import zlib
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.builders import MONDAY
from tests.mail.test_wire import INBOX, connect, mailbox
from tests.servers.base import PASSWORD, StartFailedError, UnavailableError
from tests.servers.dovecot import DovecotServer
from tests.servers.hostile import HostileServer
from tests.shop import write_mail
from triage.mail import imap
from triage.mail.deflated import Inflated, deflater
from triage.mail.imap import Deadline, ImapSource
from triage.mail.source import LostConnectionError
from triage.mail.wire import BrokenError
from triage.settings import AccountSettings, Security

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.hostile import Exchange
    from triage.mail.source import Fetched

WORDS = b"".join(b"* %d FETCH (UID %d BODY[] {12}\r\nBeste winkel)\r\n" % (uid, uid) for uid in range(3_000))


class InPieces(io.RawIOBase):
    """A line that gives some of its bytes at a time."""

    def __init__(self, data: bytes, sizes: Iterator[int]) -> None:
        self._data = io.BytesIO(data)
        self._sizes = sizes

    def readable(self) -> bool:
        return True

    def readinto(self, room: bytearray | memoryview) -> int:  # type: ignore[override]
        piece = self._data.read(min(len(room), next(self._sizes)))
        room[: len(piece)] = piece
        return len(piece)


def inflated(data: bytes, most: int = 1 << 16) -> io.BufferedReader:
    chance = random.Random(5)  # noqa: S311 - not for secrets
    sizes = iter(lambda: chance.randint(1, most), 0)
    return io.BufferedReader(Inflated(io.BufferedReader(InPieces(data, sizes)), BrokenError))


def compressed(data: bytes) -> bytes:
    compressing = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressing.compress(data) + compressing.flush(zlib.Z_SYNC_FLUSH)


@pytest.mark.parametrize("most", [1, 7, 1000, 1 << 16])
def test_what_was_compressed_comes_back_in_whatever_pieces(most: int) -> None:
    assert inflated(compressed(WORDS), most).read() == WORDS


def test_each_command_can_be_read_as_soon_as_it_was_sent() -> None:
    say, hear = deflater(), zlib.decompressobj(-zlib.MAX_WBITS)

    assert [hear.decompress(say(command)) for command in (b"T1 NOOP\r\n", b"T2 LOGOUT\r\n")] == [
        b"T1 NOOP\r\n",
        b"T2 LOGOUT\r\n",
    ]


def test_a_few_bytes_do_not_fill_the_memory() -> None:
    bomb = compressed(bytes(200_000_000))
    tracemalloc.start()
    try:
        assert inflated(bomb).read(1000) == bytes(1000)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_what_cannot_be_unpacked_is_a_broken_line() -> None:
    with pytest.raises(BrokenError):
        inflated(b"* OK in the clear\r\n").read()


@pytest.fixture
def far_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let servers on this computer be treated like others, and every fetch be worth it."""
    monkeypatch.setattr(imap, "is_loopback", lambda _host: False)
    monkeypatch.setattr(imap, "_WORTH_COMPRESSING", 1)


def fetch(source: ImapSource) -> list[Fetched]:
    """Fetch all of the INBOX; the source is closed."""
    try:
        source.examine(INBOX)
        return [fetched for batch in source.fetch(source.uids()) for fetched in batch]
    finally:
        source.close()


@pytest.mark.usefixtures("far_away")
@pytest.mark.parametrize("security", list(Security))
def test_dovecot_compresses_what_it_sends(security: Security) -> None:
    with _compressing_dovecot() as server:
        account = server.account()
        for number in range(250):
            name = f"q{number}@klant.example"
            text = "Waar blijft mijn pakket? " * (number % 50)
            account.deliver("INBOX", write_mail(message_id=name, text=text), MONDAY)
        assert server.certificate is not None
        assert server.tls_port is not None
        port = server.tls_port if security is Security.TLS else server.port
        settings = AccountSettings(
            "shop", server.host, port, security, server.certificate.file, username=account.username
        )
        sources = [ImapSource(settings, PASSWORD, Deadline(timedelta(minutes=1)), window) for window in (8, 1)]
        compressed_mails, plain_mails = map(fetch, sources)

    assert [source._wire.is_compressed for source in sources] == [True, False]  # noqa: SLF001
    assert compressed_mails == plain_mails
    assert len(plain_mails) == 250


@contextmanager
def _compressing_dovecot() -> Iterator[DovecotServer]:
    server = DovecotServer(extra="protocol imap {\n  mail_plugins = imap_zlib\n}")
    try:
        server.start()
    except (UnavailableError, StartFailedError) as error:  # Dovecot 2.4 has another name for the plugin
        pytest.skip(f"no Dovecot that compresses: {error}")
    try:
        yield server
    finally:
        server.stop()


@pytest.mark.usefixtures("far_away")
@pytest.mark.parametrize(
    ("capabilities", "asked"), [("IMAP4rev1 COMPRESS=DEFLATE", True), ("IMAP4rev1", False)], ids=["refuses", "cannot"]
)
def test_a_server_that_does_not_compress_sends_as_ever(capabilities: str, *, asked: bool) -> None:
    with HostileServer({"INBOX": mailbox(3)}, capabilities=capabilities) as server:
        mails = fetch(connect(server))

    assert [mail.uid for mail in mails] == [3, 2, 1]
    assert ("COMPRESS DEFLATE" in server.received) is asked


@pytest.mark.usefixtures("far_away")
def test_a_server_that_says_so_but_does_not_is_a_broken_line() -> None:
    with HostileServer(
        {"INBOX": mailbox(3)}, {"COMPRESS": _agrees}, capabilities="IMAP4rev1 COMPRESS=DEFLATE"
    ) as server:
        with pytest.raises(LostConnectionError):
            fetch(connect(server))
        patient = fetch(connect(server, window=1))

    assert len(patient) == 3


def _agrees(exchange: Exchange) -> None:
    exchange.line("{tag} OK compressing")
    exchange.line("* OK in the clear")


def test_few_mails_and_servers_on_this_computer_are_not_compressed() -> None:
    with HostileServer({"INBOX": mailbox(60)}, capabilities="IMAP4rev1 COMPRESS=DEFLATE") as server:
        mails = fetch(connect(server))

    assert (len(mails), "COMPRESS DEFLATE" in server.received) == (60, False)
