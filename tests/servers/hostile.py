"""A small IMAP server in memory that misbehaves on cue: for the faults no real server gives when asked.

Without cues it is a plain IMAP4rev1 server, good enough for a client that only looks::

    mailboxes = {"INBOX": Mailbox({1: Mail(b"Subject: hi\\r\\n\\r\\n")})}
    with HostileServer(mailboxes, {"UID FETCH": cut_in_literal()}) as server:
        ...  # connect to server.host, server.port; any name and password will do
        assert server.received[-1].startswith("UID FETCH")

A cue is a behaviour by the name of a command (`LOGIN`, `LIST`, `EXAMINE`, `UID SEARCH`, …), or by `GREETING` or `*` for
all. A behaviour is a function of the `Exchange`; the ready-made ones stand at the end.
"""

from __future__ import annotations

import base64
import contextlib
import re
import socket
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal, Self

from tests.servers.base import HOST

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from tests.servers.base import Certificate

    Behaviour = Callable[["Exchange"], None]

Security = Literal["none", "starttls", "tls"]

FETCH_ITEM = re.compile(
    r"BODY(?:\.PEEK)?\[(?P<section>[^]]*)\](?:<(?P<start>\d+)\.(?P<length>\d+)>)?|[A-Z0-9.-]+", re.IGNORECASE
)
LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r\n\Z")

LOGIN_REFUSALS = {
    "gmail": "[AUTHENTICATIONFAILED] Invalid credentials (Failure)",
    "gmail app password": "[ALERT] Application-specific password required: https://support.example/185833 (Failure)",
    "microsoft": "LOGIN failed.",
    "microsoft basic": "[AUTHENTICATIONFAILED] Basic authentication is disabled.",
    "icloud": "[AUTHENTICATIONFAILED] Authentication failed",
    "yahoo": "[AUTHENTICATIONFAILED] LOGIN Invalid credentials",
    "dovecot": "[AUTHENTICATIONFAILED] Authentication failed.",
    "escape sequence": "\x1b]52;c;ZXZpbA==\x07\x1b[2J\x9b31m Login failed",
}
TRY_LATER = {
    "gmail connections": "[ALERT] Too many simultaneous connections. (Failure)",
    "gmail bandwidth": "[OVERQUOTA] Account exceeded command or bandwidth limits.",
    "gmail throttled": "[THROTTLED] Rate limit hit.",
    "yahoo": "[UNAVAILABLE] Server error, please try again later",
    "yahoo temporary": "[TEMPFAIL] Temporary failure",
    "dovecot in use": "[INUSE] Mailbox is locked",
    "dovecot limit": "[LIMIT] Maximum number of connections from user+IP exceeded",
}


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail; `received_at` stands as on the wire, so that it can be `NIL` or absurd."""

    source: bytes
    received_at: str = '"21-Nov-2026 16:30:05 +0000"'
    flags: str = ""


@dataclass(slots=True)
class Mailbox:
    """Mails by UID. `attributes` are those of LIST; `more` are further untagged lines that EXAMINE gives."""

    mails: dict[int, Mail] = field(default_factory=dict)
    uidvalidity: int = 1
    attributes: str = r"\HasNoChildren"
    more: tuple[str, ...] = ()

    @property
    def next_uid(self) -> int:
        return max(self.mails, default=0) + 1

    def chosen(self, uid_set: str) -> list[int]:
        """The UIDs in a set; `n:*` holds the last one even when it is below n (RFC 3501, section 6.4.8)."""
        last = self.next_uid - 1
        found: set[int] = set()
        for part in uid_set.split(","):
            first, _, second = part.partition(":")
            ends = sorted(last if end == "*" else int(end) for end in (first, second or first))
            found.update(uid for uid in self.mails if ends[0] <= uid <= ends[1])
        return sorted(found)


class HostileServer:
    """The server; `mailboxes` and `on` may be changed while it runs, `received` holds every command that came.

    The names of `mailboxes` go out as they stand, in UTF-8: `R&D` is then not modified UTF-7. A command that would
    change something is answered with BAD, unless a cue says otherwise.
    """

    def __init__(
        self,
        mailboxes: Mapping[str, Mailbox] | None = None,
        on: Mapping[str, Behaviour] | None = None,
        *,
        capabilities: str = "IMAP4rev1",
        delimiter: str = '"/"',
        security: Security = "none",
        certificate: Certificate | None = None,
    ) -> None:
        if security != "none" and certificate is None:
            raise ValueError("a server with TLS needs a certificate")
        self.mailboxes = dict({"INBOX": Mailbox()} if mailboxes is None else mailboxes)
        self.on = dict(on or {})
        self.capabilities = capabilities
        self.delimiter = delimiter
        self.security = security
        self.certificate = certificate
        self.received: list[str] = []
        self.connections = 0
        self.stopped = threading.Event()
        self._open: set[Connection] = set()
        self._listener = socketserver.ThreadingTCPServer((HOST, 0), self._serve)  # type: ignore[arg-type] # any callable will do
        self._listener.daemon_threads = False  # so that closing waits for them and no socket is left behind
        self._thread = threading.Thread(
            target=self._listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self.host = HOST
        self.port: int = self._listener.server_address[1]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopped.set()
        self._listener.shutdown()
        for connection in list(self._open):
            connection.interrupt()
        self._listener.server_close()

    def _serve(self, request: socket.socket, _address: object, _listener: object) -> None:
        self.connections += 1
        connection = Connection(self, request)
        self._open.add(connection)
        # A client that leaves, also in the middle of a handshake, is what these tests are about.
        with contextlib.suppress(OSError, ValueError):
            connection.talk()
        self._open.discard(connection)
        connection.close()


@dataclass(frozen=True, slots=True)
class Exchange:
    """One command of a client, and the means to answer it."""

    connection: Connection
    tag: str
    command: str
    arguments: str = ""

    def ordinary(self) -> bytes:
        """What a well-behaved server would answer, to be sent, cut or changed."""
        return self.connection.ordinary(self)

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.connection.socket.sendall(data)

    def line(self, text: str) -> None:
        """Send a line; `{tag}` in it stands for the command's tag."""
        self.send(text.replace("{tag}", self.tag).encode() + b"\r\n")

    def pause(self, seconds: float) -> None:
        """Wait, but not longer than the server lives."""
        self.connection.server.stopped.wait(seconds)

    def hang_up(self) -> None:
        """Close the connection without a word."""
        self.connection.interrupt()


class Connection:
    """One client's connection and what it has selected."""

    def __init__(self, server: HostileServer, connected: socket.socket) -> None:
        self.server = server
        self.socket = connected
        self.selected = Mailbox()
        self._reader = connected.makefile("rb")
        self._tls = False

    def talk(self) -> None:
        """Greet, then answer commands until the client leaves."""
        if self.server.security == "tls":
            self.start_tls()
        self.answer(Exchange(self, "*", "GREETING"))
        while line := self._read_command():
            tag, _, rest = line.decode("latin-1").rstrip("\r\n").partition(" ")
            self.server.received.append(rest)
            words = 2 if rest.upper().startswith("UID ") else 1
            parts = rest.split(" ", words)
            command = " ".join(parts[:words]).upper()
            self.answer(Exchange(self, tag, command, parts[words] if len(parts) > words else ""))
            if command == "LOGOUT":
                return

    def answer(self, exchange: Exchange) -> None:
        """Answer as the cue says, else as is ordinary."""
        cue = self.server.on.get(exchange.command) or self.server.on.get("*") or ordinary
        cue(exchange)

    def start_tls(self) -> None:
        """Speak TLS from now on."""
        assert self.server.certificate is not None  # seen to by HostileServer
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server.certificate.file, self.server.certificate.key)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self._reader.close()
        self._reader = self.socket.makefile("rb")
        self._tls = True

    def interrupt(self) -> None:
        """End the talk, from whichever thread: both sides read the end of the stream."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give back what the talk held."""
        self.interrupt()
        self._reader.close()
        self.socket.close()

    def _read_command(self) -> bytes:
        line = self._reader.readline()
        while literal := LITERAL.search(line):
            if not literal[2]:
                self.socket.sendall(b"+ go on\r\n")
            line += self._reader.read(int(literal[1])) + self._reader.readline()
        return line

    def ordinary(self, exchange: Exchange) -> bytes:
        """The ordinary answer to a command, with what it does to this connection."""
        answers: dict[str, Callable[[str], bytes]] = {
            "GREETING": lambda _: b"",
            "CAPABILITY": lambda _: f"* CAPABILITY {self._capabilities()}\r\n".encode(),
            "AUTHENTICATE": self._authenticate,
            "LIST": self._list,
            "EXAMINE": self._examine,
            "SELECT": self._examine,
            "STATUS": self._status,
            "UID SEARCH": lambda arguments: self._search(arguments, exchange.tag),
            "UID FETCH": self._fetch,
            "NAMESPACE": lambda _: f'* NAMESPACE (("" {self.server.delimiter})) NIL NIL\r\n'.encode(),
            "ID": lambda _: b'* ID ("name" "hostile")\r\n',
            "LOGOUT": lambda _: b"* BYE until next time\r\n",
            **dict.fromkeys(["LOGIN", "NOOP", "ENABLE", "CHECK", "CLOSE", "UNSELECT", "STARTTLS"], lambda _: b""),
        }
        try:
            untagged = answers[exchange.command](exchange.arguments)
        except KeyError as error:
            kind = "BAD" if exchange.command not in answers else "NO [NONEXISTENT]"
            return f"{exchange.tag} {kind} unknown: {error}\r\n".encode()
        return untagged + f"{exchange.tag} OK {exchange.command} done\r\n".encode()

    def _capabilities(self) -> str:
        if self.server.security == "starttls" and not self._tls:
            return f"{self.server.capabilities} STARTTLS LOGINDISABLED"
        return self.server.capabilities

    def _authenticate(self, arguments: str) -> bytes:
        if " " not in arguments:  # without an initial response (SASL-IR) the client waits to be asked
            self.ask()
        return b""

    def ask(self, challenge: bytes = b"") -> None:
        """Ask the client for more (`+`) and put what it says to the commands received."""
        self.socket.sendall(b"+ " + base64.b64encode(challenge) + b"\r\n")
        self.server.received.append(self._reader.readline().decode("latin-1").rstrip("\r\n"))

    def _list(self, arguments: str) -> bytes:
        if arguments.startswith(('"" ""', "NIL")):
            return f'* LIST (\\Noselect) {self.server.delimiter} ""\r\n'.encode()
        rows = (
            f"* LIST ({mailbox.attributes}) {self.server.delimiter} {quoted(name)}\r\n"
            for name, mailbox in self.server.mailboxes.items()
        )
        return "".join(rows).encode()

    def _examine(self, arguments: str) -> bytes:
        self.selected = self.server.mailboxes[first_name(arguments)]
        lines = [
            r"* FLAGS (\Answered \Flagged \Deleted \Seen \Draft)",
            f"* {len(self.selected.mails)} EXISTS",
            "* 0 RECENT",
            f"* OK [UIDVALIDITY {self.selected.uidvalidity}] valid",
            f"* OK [UIDNEXT {self.selected.next_uid}] next",
            *self.selected.more,
        ]
        return "".join(f"{line}\r\n" for line in lines).encode()

    def _status(self, arguments: str) -> bytes:
        name = first_name(arguments)
        mailbox = self.server.mailboxes[name]
        known = {"MESSAGES": len(mailbox.mails), "UIDNEXT": mailbox.next_uid, "UIDVALIDITY": mailbox.uidvalidity}
        asked = re.findall(r"[A-Z]+", arguments.upper().rpartition("(")[2])
        values = " ".join(f"{item} {known.get(item, 0)}" for item in asked)
        return f"* STATUS {quoted(name)} ({values})\r\n".encode()

    def _search(self, arguments: str, tag: str) -> bytes:
        uids = set(self.selected.mails)
        for uid_set in re.findall(r"(?:UID |^)([\d:*,]+)", arguments):
            uids &= set(self.selected.chosen(uid_set))
        if since := re.search(r"SINCE (\S+)", arguments, re.IGNORECASE):
            first = datetime.strptime(since[1].strip('"'), "%d-%b-%Y").date()  # noqa: DTZ007 -- IMAP compares days
            uids = {uid for uid in uids if received_on(self.selected.mails[uid]) >= first}
        found = sorted(uids)
        if arguments.upper().startswith("RETURN"):
            listed = f" ALL {','.join(map(str, found))}" if found else ""
            return f'* ESEARCH (TAG "{tag}") UID COUNT {len(found)}{listed}\r\n'.encode()
        return f"* SEARCH {' '.join(map(str, found))}".rstrip().encode() + b"\r\n"

    def _fetch(self, arguments: str) -> bytes:
        uid_set, _, wanted = arguments.partition(" ")
        numbers = {uid: number for number, uid in enumerate(sorted(self.selected.mails), start=1)}
        return b"".join(
            fetch_row(numbers[uid], uid, self.selected.mails[uid], wanted) for uid in self.selected.chosen(uid_set)
        )


def fetch_row(number: int, uid: int, mail: Mail, wanted: str) -> bytes:
    """One untagged FETCH with the items that were asked for."""
    items = [b"UID %d" % uid]
    for item in FETCH_ITEM.finditer(wanted.partition(" (CHANGEDSINCE")[0]):
        if item["section"] is not None:
            items.append(body_item(mail.source, item))
        elif item[0].upper() != "UID":
            items.append(simple_item(mail, item[0].upper()))
    return b"* %d FETCH (%s)\r\n" % (number, b" ".join(items))


def simple_item(mail: Mail, name: str) -> bytes:
    """An item that is no part of the mail's text; what this server does not know is NIL."""
    values = {"FLAGS": f"({mail.flags})", "INTERNALDATE": mail.received_at, "RFC822.SIZE": str(len(mail.source))}
    return f"{name} {values.get(name, 'NIL')}".encode()


def body_item(source: bytes, item: re.Match[str]) -> bytes:
    """`BODY[…]`, whole or a part of it, as a literal."""
    header, _, text = source.partition(b"\r\n\r\n")
    section = item["section"].upper()
    data = {"": source, "HEADER": header + b"\r\n\r\n", "TEXT": text}.get(section)
    if data is None:
        asked = section.partition("(")[2].rstrip(")").encode().split()
        data = chosen_fields(header, {name.strip(b'"') for name in asked})
    origin = ""
    if item["start"] is not None:
        start = int(item["start"])
        data = data[start : start + int(item["length"])]
        origin = f"<{start}>"
    return f"BODY[{item['section']}]{origin} {{{len(data)}}}\r\n".encode() + data


def chosen_fields(header: bytes, names: set[bytes]) -> bytes:
    """The header fields of these names (upper case), folded lines and all."""
    fields = re.split(rb"\r\n(?![ \t])", header)
    return b"".join(line + b"\r\n" for line in fields if line.partition(b":")[0].upper() in names) + b"\r\n"


def received_on(mail: Mail) -> date:
    """The day of INTERNALDATE; what cannot be read is old."""
    try:
        return datetime.strptime(mail.received_at[1:12].strip(), "%d-%b-%Y").date()  # noqa: DTZ007 -- IMAP compares days
    except ValueError:
        return date.min


def first_name(arguments: str) -> str:
    """The mailbox's name at the start of arguments: an atom or quoted."""
    found = re.match(r'"((?:[^"\\]|\\.)*)"|(\S+)', arguments)
    assert found is not None, arguments
    name = found[2] if found[1] is None else re.sub(r"\\(.)", r"\1", found[1])
    return name.encode("latin-1").decode()


def quoted(name: str) -> str:
    """A quoted string of IMAP."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


# Behaviours, ready-made. Each returns a function of the exchange.


def ordinary(exchange: Exchange) -> None:
    """Answer as a well-behaved server does."""
    exchange.send(exchange.ordinary())
    if exchange.command == "STARTTLS":
        exchange.connection.start_tls()


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """The first time the first, the second time the second …, and from then on as is ordinary."""
    rest = iter(behaviours)

    def behave(exchange: Exchange) -> None:
        next(rest, ordinary)(exchange)

    return behave


def silent(seconds: float = 600.0) -> Behaviour:
    """Say nothing for as long as the server lives."""
    return lambda exchange: exchange.pause(seconds)


def drip(interval: float = 0.2) -> Behaviour:
    """Answer byte by byte: each is in time for a socket's timeout, the whole is not."""

    def behave(exchange: Exchange) -> None:
        data = exchange.ordinary()
        for position in range(len(data)):
            exchange.send(data[position : position + 1])
            exchange.pause(interval)

    return behave


def say(text: str) -> Behaviour:
    """Answer with this text alone, `{tag}` in it replaced: `say("{tag} NO [ALERT] …")`."""
    return lambda exchange: exchange.line(text)


def refuse(text: str) -> Behaviour:
    """Answer with a tagged NO."""
    return say("{tag} NO " + text)


def refuse_token(status: str = "400") -> Behaviour:
    """Refuse XOAUTH2 as Google does: tell why in a challenge, which the client has to answer before it hears NO."""

    def behave(exchange: Exchange) -> None:
        exchange.ordinary()
        exchange.connection.ask(b'{"status":"%s","schemes":"Bearer"}' % status.encode())
        exchange.line("{tag} NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)")

    return behave


def bye(text: str = "Too many simultaneous connections") -> Behaviour:
    """Say BYE and hang up."""

    def behave(exchange: Exchange) -> None:
        exchange.line(f"* BYE {text}")
        exchange.hang_up()

    return behave


def hang_up() -> Behaviour:
    """Close the connection without a word."""
    return lambda exchange: exchange.hang_up()


def cut_in_literal(kept: int = 5) -> Behaviour:
    """Hang up after the first bytes of the answer's first literal."""

    def behave(exchange: Exchange) -> None:
        data = exchange.ordinary()
        exchange.send(data[: data.index(b"}\r\n") + 3 + kept])
        exchange.hang_up()

    return behave


def refuse_after_rows(rows: int = 1, text: str = "Some of the requested messages no longer exist") -> Behaviour:
    """Send the first rows of a FETCH, then NO: imapclient throws the good rows away."""

    def behave(exchange: Exchange) -> None:
        data = exchange.ordinary()
        starts = [found.start() for found in re.finditer(rb"\* \d+ FETCH ", data)]
        exchange.send(data[: starts[rows] if rows < len(starts) else data.rindex(exchange.tag.encode())])
        exchange.line("{tag} NO " + text)

    return behave


def refuse_uid(poisoned: int, text: str = "[SERVERBUG] Internal error occurred") -> Behaviour:
    """Refuse every FETCH that asks for one certain mail, answer the others: the client has to bisect."""

    def behave(exchange: Exchange) -> None:
        asked = exchange.connection.selected.chosen(exchange.arguments.partition(" ")[0])
        (refuse(text) if poisoned in asked else ordinary)(exchange)

    return behave


def huge_literal(size: int = 4_000_000_000) -> Behaviour:
    """Announce a literal of absurd size, send a little of it, and wait."""

    def behave(exchange: Exchange) -> None:
        exchange.send(b"* 1 FETCH (UID 1 BODY[] {%d}\r\n" % size + b"x" * 1000)
        exchange.pause(600)

    return behave


def after_lines(*lines: str) -> Behaviour:
    """First lines nobody asked for, such as `* 2 FETCH (FLAGS (\\Seen))` without a UID, then as is ordinary."""

    def behave(exchange: Exchange) -> None:
        for text in lines:
            exchange.line(text)
        ordinary(exchange)

    return behave


def changed(change: Callable[[bytes], bytes]) -> Behaviour:
    """The ordinary answer, changed on its way."""
    return lambda exchange: exchange.send(change(exchange.ordinary()))
