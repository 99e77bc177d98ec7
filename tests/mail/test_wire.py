"""How the line to a server is kept busy: what is sent ahead, in what order answers may come, how often is waited."""

from __future__ import annotations

import re
import socket
import threading
from collections import deque
from datetime import timedelta
from itertools import accumulate, groupby
from typing import TYPE_CHECKING, Any

import pytest

from tests.servers.base import PASSWORD, make_certificate
from tests.servers.hostile import HostileServer, Mail, Mailbox, hang_up, in_turn, ordinary, refuse, silent
from tests.shop import NOON, deliver, imap_account, write_mail
from triage.mail.ahead import read_ahead
from triage.mail.fetching import Job, in_flight
from triage.mail.imap import Deadline, ImapSource
from triage.mail.source import MailboxName
from triage.mail.wire import Wire
from triage.settings import AccountSettings, Security

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.base import MailAccount
    from tests.servers.hostile import Exchange
    from tests.shop import Shop

INBOX = MailboxName("INBOX", "INBOX")
PHOTO = (
    b"From: jan@klant.example\r\nMessage-ID: <photo@klant.example>\r\nSubject: Foto\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: image/jpeg\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\n" + b"QUJD\r\n" * 4000
)


def mailbox(size: int) -> Mailbox:
    return Mailbox({uid: Mail(write_mail(message_id=f"q{uid}@klant.example")) for uid in range(1, size + 1)})


def connect(server: HostileServer, **changes: Any) -> ImapSource:  # noqa: ANN401
    settings = AccountSettings("shop", server.host, server.port, Security.NONE, username="anybody")
    return ImapSource(settings, PASSWORD, Deadline(timedelta(minutes=1)), **changes)


class Answers:
    """Waits until as many commands came as are expected, then answers them in the order that is asked for."""

    def __init__(self, expected: int, *, backwards: bool) -> None:
        self.expected, self.backwards = expected, backwards
        self.waiting: list[Exchange] = []

    def __call__(self, exchange: Exchange) -> None:
        self.waiting.append(exchange)
        if len(self.waiting) == self.expected:
            for each in reversed(self.waiting) if self.backwards else self.waiting:
                ordinary(each)
            self.waiting.clear()


@pytest.mark.parametrize("backwards", [False, True])
def test_four_batches_are_under_way_and_may_be_answered_in_any_order(
    monkeypatch: pytest.MonkeyPatch, *, backwards: bool
) -> None:
    monkeypatch.setattr("triage.mail.imap.BATCH", 2)
    with HostileServer({"INBOX": mailbox(8)}, {"UID FETCH": Answers(4, backwards=backwards)}) as server:
        source = connect(server)
        source.examine(INBOX)
        batches = [[fetched.uid for fetched in batch] for batch in source.fetch(range(1, 9))]
        source.close()

    assert [sorted(batch) for batch in batches] == [[7, 8], [5, 6], [3, 4], [1, 2]]


def test_never_more_than_the_window_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    send, until = Wire.send, Wire.until

    def counted_send(wire: Wire, command: bytes) -> bytes:
        asked.append(1)
        return send(wire, command)

    def counted_until(wire: Wire, tag: bytes) -> Iterator[list[bytes]]:
        yield from until(wire, tag)
        asked.append(-1)

    monkeypatch.setattr(Wire, "send", counted_send)
    monkeypatch.setattr(Wire, "until", counted_until)
    with HostileServer({"INBOX": mailbox(30)}) as server:
        source = connect(server)
        source.examine(INBOX)
        asked.clear()
        jobs = deque(Job([uid], "(UID FLAGS)") for uid in range(1, 31))
        found = [uid for _job, rows in in_flight(source._wire, jobs, 4) for uid in rows]  # noqa: SLF001
        source.close()

    assert found == list(range(1, 31))
    assert max(accumulate(asked)) == 4


class Line(socket.socket):
    """A socket that remembers who spoke when: `>` is us, `<` the server."""

    made: list[Line]

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401
        super().__init__(*arguments, **named)
        self.spoke: list[str] = []

    def connect(self, address: Any) -> None:  # noqa: ANN401
        super().connect(address)
        self.made.append(self)

    def sendall(self, *arguments: Any) -> None:  # noqa: ANN401
        self.spoke.append(">")
        super().sendall(*arguments)

    def recv_into(self, *arguments: Any) -> int:  # noqa: ANN401
        self.spoke.append("<")
        return super().recv_into(*arguments)

    @property
    def turns(self) -> list[str]:
        """The conversation with what was said in one go as one: the server's turns are the round trips."""
        return [who for who, _ in groupby(self.spoke)]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[Line]:
    """Every line that is opened from now on."""
    made: list[Line] = []
    monkeypatch.setattr(Line, "made", made, raising=False)
    monkeypatch.setattr(socket, "socket", Line)
    return made


def test_a_sync_with_nothing_new_takes_few_round_trips(
    shop: Shop, dovecot_account: MailAccount, lines: list[Line]
) -> None:
    dovecot_account.create("Sent")
    deliver(dovecot_account, "INBOX")
    deliver(dovecot_account, "Sent", NOON, sender="info@shop.example", to="ali@x.example", message_id="s@shop.example")
    shop.configure(imap_account(dovecot_account))
    assert shop.run("sync").status == 0
    lines.clear()

    assert shop.run("sync").status == 0

    assert [line.turns.count("<") for line in lines] == [6]  # greeting, LOGIN, LIST, INBOX twice, Sent


def test_eight_round_trips_are_enough_for_a_server_that_tells_nothing_by_itself(lines: list[Line]) -> None:
    with HostileServer({"INBOX": mailbox(3), "Sent": mailbox(1)}) as server:
        source = connect(server)
        for each in source.mailboxes():
            source.examine(each)
            source.flags([1])
        source.close()

    # Greeting, CAPABILITY, LOGIN, LIST, and for each mailbox EXAMINE with SEARCH, and FETCH.
    assert [line.turns.count("<") for line in lines] == [8]


def test_after_a_break_one_command_waits_for_the_other(shop: Shop, lines: list[Line]) -> None:
    """A server may break because it was hurried."""
    with HostileServer({"INBOX": mailbox(3)}, {"UID FETCH": in_turn(hang_up())}) as server:
        host, port = server.host, server.port
        keys = f'name = "shop"\nhost = "{host}"\nport = {port}\nsecurity = "none"\nusername = "anybody"'
        shop.configure(f'{keys}\npassword_env = "SHOP_PASSWORD"\naddresses = ["info@shop.example"]\nsince = "3650d"')
        assert shop.run("sync").status == 0

    hurried, careful = lines
    assert [">>" in re.sub("<+", "<", "".join(line.spoke)) for line in (hurried, careful)] == [True, False]


def test_a_message_whose_structure_is_refused_is_kept_as_far_as_it_came() -> None:
    def refuse_structure(exchange: Exchange) -> None:
        (refuse("no") if "BODYSTRUCTURE" in exchange.arguments else ordinary)(exchange)

    with HostileServer({"INBOX": Mailbox({1: Mail(PHOTO), 2: Mail(write_mail())})}) as server:
        server.on["UID FETCH"] = refuse_structure
        source = connect(server)
        source.examine(INBOX)
        fetched = {each.uid: (each.source, each.is_truncated) for batch in source.fetch([1, 2]) for each in batch}
        source.close()

    assert fetched == {1: (PHOTO[:16_384], True), 2: (write_mail(), False)}


def test_who_leaves_early_leaves_no_thread_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triage.mail.imap.BATCH", 1)
    with HostileServer({"INBOX": mailbox(3)}, {"UID FETCH": in_turn(ordinary, silent())}) as server:
        source = connect(server)
        source.examine(INBOX)
        before = threading.active_count()
        batches = source.fetch([1, 2, 3])
        first = [fetched.uid for fetched in next(batches)]
        batches.close()  # type: ignore[attr-defined]
        after = threading.active_count()
        source.close()

    assert (first, after) == ([3], before)


def test_what_came_before_an_error_is_given_first() -> None:
    def two_and_a_mishap() -> Iterator[int]:
        yield from (1, 2)
        raise OSError("broken")

    given: list[int] = []
    with pytest.raises(OSError, match="broken"):
        given.extend(each for each in read_ahead(two_and_a_mishap(), 5, lambda: None))

    assert given == [1, 2]


def test_no_more_is_read_ahead_than_is_allowed() -> None:
    asked: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(100):
            asked.append(number)
            yield number

    ahead = [len(asked) - number for number in read_ahead(numbers(), 3, lambda: None)]

    assert max(ahead) <= 4


def test_what_was_said_before_the_encryption_is_forgotten(shop: Shop, tmp_path: Path) -> None:
    """Somebody on the way may have said it (CVE-2011-0411)."""

    def with_something_behind_it(exchange: Exchange) -> None:
        exchange.send(exchange.ordinary() + b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\nT2 OK all done\r\n")
        exchange.connection.start_tls()

    certificate = make_certificate(tmp_path)
    server = HostileServer(
        {"INBOX": mailbox(1)}, {"STARTTLS": with_something_behind_it}, security="starttls", certificate=certificate
    )
    with server:
        keys = f'name = "shop"\nhost = "{server.host}"\nport = {server.port}\nsecurity = "starttls"'
        shop.configure(
            f'{keys}\nca_file = "{certificate.file}"\nusername = "anybody"\npassword_env = "SHOP_PASSWORD"\n'
            'addresses = ["info@shop.example"]\nsince = "3650d"'
        )
        result = shop.run("sync")

    assert (result.status, result.err) == (0, "")


@pytest.mark.parametrize("name", ["in\r\nT9 DELETE INBOX", "in\nbox", "in\0box"])
def test_no_name_smuggles_in_a_command(name: str) -> None:
    with HostileServer({"INBOX": mailbox(1)}) as server:
        source = connect(server)
        with pytest.raises(Exception, match="a command is one line"):
            source.examine(MailboxName(name, name))
        source.close()

    assert not [command for command in server.received if "DELETE " in command or "box" in command]


def test_a_line_that_takes_no_options_is_a_line_all_the_same() -> None:
    """So does macOS see one that the server has cut already; it is told when it is read."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"* OK ready\r\n")
        wire = Wire(ours)
        assert wire.greeting() == [b"OK ready"]
        wire.close()
