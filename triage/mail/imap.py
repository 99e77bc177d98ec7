r"""The only user of imapclient: a connection that reads and changes nothing.

Mailboxes are opened with EXAMINE and messages fetched with BODY.PEEK, so no mail is ever marked as read. Servers are
not trusted to be quick, polite or right: silence and the whole run have their limits, every batch stands alone, and
whatever a server says is scrubbed before a person sees it.
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from triage.errors import (
    ConfigurationError,
    ConnectionFailedError,
    LoginRefusedError,
    MailboxMissingError,
    TryLaterError,
)
from triage.i18n import _
from triage.mail.message import needs_more
from triage.mail.oauth_messages import MECHANISMS, sasl_farewell, sasl_response
from triage.mail.providers import login_advice
from triage.mail.scrub import scrub
from triage.mail.source import HEAD_BYTES, TEXT_BYTES, Fetched, LostConnectionError, MailboxName, MailboxState, uid_set
from triage.mail.trust import trust
from triage.settings import Security, is_loopback
from triage.store import Flags

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from imapclient import IMAPClient

    from triage.mail.oauth import SignedIn
    from triage.settings import AccountSettings

BATCH = 200  # messages in one FETCH: at most 200 x 16 KB in memory at once
_FLAGS_BATCH = 5_000  # flags are small, but over 10,000 numbers Dovecot says "Too long argument"
_WINDOW = 50_000  # sequence numbers in one SEARCH: 200,000 UIDs on one line overrun imaplib's limit
_SEARCHED = 500  # numbers in one SEARCH: lines stay below 8 KB
_LARGEST_LITERAL = 16_000_000  # bytes; a LIST or a text part is far below
_WORDS = 300  # of what a server says, as much as a person is shown

_TRY_LATER = re.compile(
    r"too many (simultaneous|concurrent|connections|login)|overquota|throttl|unavailable|tempfail|inuse|try again|"
    r"maximum number of connections|rate limit|server busy|temporarily",
    re.IGNORECASE,
)


class Deadline:
    """The moment at which a whole run ends, however busily the server drips: it cuts the line.

    A socket's timeout alone is defeated by one byte every half second.
    """

    def __init__(self, allowed: timedelta) -> None:
        self.allowed = allowed
        self._ends = time.monotonic() + allowed.total_seconds()

    @property
    def left(self) -> float:
        """Seconds that are left, not below a tenth."""
        return max(self._ends - time.monotonic(), 0.1)

    @property
    def is_over(self) -> bool:
        """Say whether the time is up."""
        return time.monotonic() >= self._ends

    def cut(self, line: socket.socket) -> threading.Timer:
        """Shut a connection down when the time is up; cancel the timer that this gives when done."""
        timer = threading.Timer(self.left, _shut_down, [line])
        timer.daemon = True
        timer.start()
        return timer


def _limit_literals(imap: Any) -> None:  # noqa: ANN401 - imaplib's object
    """Refuse a literal larger than anything that is asked for, before memory is set aside for it."""
    read = imap.read

    def limited(size: int) -> bytes:
        if size > _LARGEST_LITERAL:
            raise imap.abort(_("it announced {size} bytes at once").format(size=size))
        data: bytes = read(size)
        return data

    imap.read = limited


def _shut_down(line: socket.socket) -> None:
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        line.close()


class _TokenRefusedError(LoginRefusedError):
    """The server refuses a token; the text is what it said."""


class ImapSource:
    """A logged-in connection to the account's server, by password or by sign-in (OAuth2).

    Raises the children of `TriageError` only.
    """

    def __init__(self, account: AccountSettings, secret: str | SignedIn, deadline: Deadline) -> None:
        self._account = account
        self._deadline = deadline
        self._has_gmail = False
        self._exists = 0
        if account.security is Security.NONE and not is_loopback(account.host):
            raise ConfigurationError(
                _(
                    "Without encryption everybody on the way to {host} could read your password. "
                    'Take "tls" or "starttls"; "none" is for servers on this computer alone.'
                ).format(host=account.host)
            )
        if isinstance(secret, str):
            self._open(partial(self._show_password, secret))
        else:
            self._open_with_token(secret)

    # -- connecting ------------------------------------------------

    def _open(self, show: Callable[[], None]) -> None:
        """Connect and log in; `show` says who we are."""
        self._client = self._connect()
        self._timer = self._deadline.cut(self._client.socket())
        try:
            with self._talking():
                if self._account.security is Security.STARTTLS:
                    self._start_tls()
                show()
                self._has_gmail = self._client.has_capability("X-GM-EXT-1")
        except BaseException:
            self.close()
            raise

    def _open_with_token(self, signed_in: SignedIn) -> None:
        """Log in by a token; one that the server refuses, whatever its age, is renewed once."""
        try:
            self._open(partial(self._show_token, signed_in.token()))
        except _TokenRefusedError:
            token = signed_in.renewed()
            try:
                self._open(partial(self._show_token, token))
            except _TokenRefusedError as error:
                raise signed_in.refused(str(error)) from error

    def _connect(self) -> IMAPClient:
        import imapclient

        account = self._account
        read = account.timeout.total_seconds()
        timeout = imapclient.SocketTimeout(min(read, self._deadline.left), read)
        try:
            client = imapclient.IMAPClient(
                account.host,
                port=account.port,
                ssl=account.security is Security.TLS,
                ssl_context=trust(account),
                timeout=timeout,
            )
        except Exception as error:
            raise self._no_connection(error) from error
        client.folder_encode = False  # one name that is no modified UTF-7 would make the whole LIST raise
        client.normalise_times = False  # else naive local times
        client._imap.debug = 0  # imapclient logs every line for a logger that nobody reads
        client._imap._encoding = "utf-8"  # some servers name mailboxes in raw UTF-8, and want them back like that
        _limit_literals(client._imap)
        # Else a command takes 44 ms on Cyrus and pymap.
        client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return client

    def _no_connection(  # noqa: PLR0911 - a sentence for each thing that goes wrong
        self, error: Exception
    ) -> ConnectionFailedError | TryLaterError:
        account = self._account
        place = _("{host} port {port}").format(host=account.host, port=account.port)
        words = _server_words(error)
        if isinstance(error, ssl.SSLCertVerificationError):
            return ConnectionFailedError(
                _(
                    "The certificate of {place} cannot be trusted: {reason}. Check the host's name; for a server "
                    "with a certificate of its own, name that file in ca_file."
                ).format(place=place, reason=error.verify_message or words)
            )
        if isinstance(error, ssl.SSLError):
            other = 'security = "starttls"' if account.security is Security.TLS else _("another port")
            return ConnectionFailedError(
                _("No encrypted connection to {place}: {said}. Perhaps it wants {other}.").format(
                    place=place, said=words, other=other
                )
            )
        if isinstance(error, socket.gaierror):
            return ConnectionFailedError(
                _('The host "{host}" is not known. Check the spelling of host, and whether you are online.').format(
                    host=account.host
                )
            )
        if isinstance(error, TimeoutError):
            seconds = f"{account.timeout.total_seconds():g}"
            return ConnectionFailedError(
                _("{place} did not answer within {seconds} s. Check host and port, or try later.").format(
                    place=place, seconds=seconds
                )
            )
        if _TRY_LATER.search(words):
            return TryLaterError(
                _('{host} asks to try later: "{said}". Run triage again in a few minutes.').format(
                    host=account.host, said=words
                )
            )
        if isinstance(error, OSError):
            return ConnectionFailedError(
                _("No connection to {place}: {reason}. Check host and port.").format(
                    place=place, reason=error.strerror or words
                )
            )
        return ConnectionFailedError(
            _('{place} does not speak IMAP as expected: "{said}". Check host and port.').format(place=place, said=words)
        )

    def _show_password(self, password: str) -> None:
        account, client = self._account, self._client
        if client.has_capability("LOGINDISABLED"):
            raise LoginRefusedError(
                _('{host} takes no password on this connection. Set security = "tls" or "starttls".').format(
                    host=account.host
                )
            )
        try:
            if (account.username + password).isascii():
                client.login(account.username, password)
            else:  # LOGIN is ASCII only
                client.plain_login(account.username, password)
        except Exception as error:
            raise self._refused(error, password) from error

    def _show_token(self, token: str) -> None:
        """Authenticate by a token; imapclient's own ways send it again where the server says why it refuses."""
        account = self._account
        offered = (each for each in MECHANISMS if self._client.has_capability(f"AUTH={each}"))
        mechanism = next(offered, None)
        if mechanism is None:
            raise LoginRefusedError(
                _(
                    '{host} takes no OAuth2 (neither {first} nor {second}). Check host, or set auth = "password".'
                ).format(host=account.host, first=MECHANISMS[0], second=MECHANISMS[1])
            )
        said = sasl_response(mechanism, account.username, account.host, account.port, token)
        answers = iter([said.encode("utf-8"), sasl_farewell(mechanism)])
        try:
            self._client._imap.authenticate(mechanism, lambda _: next(answers, None))
        except Exception as error:
            raise self._refused(error, token, by_token=True) from error

    def _start_tls(self) -> None:
        account = self._account
        if not self._client.has_capability("STARTTLS"):
            raise ConnectionFailedError(
                _(
                    '{host} offers no encryption on port {port}. Set security = "tls" and its port, most often 993.'
                ).format(host=account.host, port=account.port)
            )
        try:
            self._client.starttls(trust(account))
        except (OSError, ssl.SSLError) as error:
            raise self._no_connection(error) from error
        self._timer.cancel()
        self._timer = self._deadline.cut(self._client.socket())

    def _refused(self, error: Exception, secret: str, *, by_token: bool = False) -> Exception:
        from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

        if isinstance(error, OSError | IMAPClientAbortError) or not isinstance(error, IMAPClientError):
            return error
        words = _server_words(error).replace(secret, "…") if secret else _server_words(error)
        if _TRY_LATER.search(words):
            return TryLaterError(
                _('{host} asks to try later: "{said}". Run triage again in a few minutes.').format(
                    host=self._account.host, said=words
                )
            )
        if by_token:
            return _TokenRefusedError(words)
        advice = login_advice(self._account.host, words)
        return LoginRefusedError(
            _('{host} refused the login of {username}: "{said}". {advice}').format(
                host=self._account.host, username=self._account.username, said=words, advice=advice
            )
        )

    def close(self) -> None:
        """Say goodbye; never raises."""
        self._timer.cancel()
        with suppress(Exception):  # the connection may be in any state
            if not self._deadline.is_over:
                self._client.socket().settimeout(2)  # a goodbye is not worth waiting for
                self._client.logout()
        with suppress(Exception):
            self._client.shutdown()

    @contextmanager
    def _talking(self) -> Iterator[None]:
        """Turn what goes wrong on the wire into the error that tells what to do."""
        from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

        try:
            yield
        except (IMAPClientError, OSError, ValueError, AttributeError) as error:
            host = self._account.host
            if self._deadline.is_over:
                minutes = self._deadline.allowed.total_seconds() / 60
                raise ConnectionFailedError(
                    _(
                        "{host} was not done within {minutes} minutes (deadline). What came in is kept: run triage "
                        "again to go on."
                    ).format(host=host, minutes=f"{minutes:g}")
                ) from error
            words = _server_words(error)
            if isinstance(error, TimeoutError):
                seconds = f"{self._account.timeout.total_seconds():g}"
                raise LostConnectionError(
                    _("{host} was silent for {seconds} s (timeout). Try again later.").format(
                        host=host, seconds=seconds
                    )
                ) from error
            if _TRY_LATER.search(words):
                raise TryLaterError(
                    _('{host} asks to try later: "{said}". Run triage again in a few minutes.').format(
                        host=host, said=words
                    )
                ) from error
            if isinstance(error, IMAPClientAbortError | OSError | AttributeError):
                raise LostConnectionError(
                    _(
                        "The connection to {host} broke ({said}). What came in is kept: run triage again to go on."
                    ).format(host=host, said=words)
                ) from error
            raise ConnectionFailedError(
                _('{host} answered what triage does not understand: "{said}".').format(host=host, said=words)
            ) from error

    # -- reading ------------------------------------------------

    def mailboxes(self) -> list[MailboxName]:
        """List every mailbox."""
        with self._talking():
            listed = self._client.list_folders()
        return [_mailbox_name(flags, delimiter, name) for flags, delimiter, name in listed]

    def examine(self, mailbox: MailboxName) -> MailboxState:
        """Open a mailbox with EXAMINE.

        Raises:
            MailboxMissingError: The server does not open it.

        """
        from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

        with self._talking():
            try:
                said: dict[bytes, Any] = self._client.select_folder(mailbox.wire, readonly=True)
            except IMAPClientAbortError:
                raise
            except IMAPClientError as error:
                words = _server_words(error)
                if _TRY_LATER.search(words):
                    raise
                raise MailboxMissingError(
                    _('The mailbox "{mailbox}" of {host} cannot be opened: "{said}".').format(
                        mailbox=mailbox.name, host=self._account.host, said=words
                    )
                ) from error
        self._exists = _whole(said.get(b"EXISTS"))
        return MailboxState(_whole(said.get(b"UIDVALIDITY")), _whole(said.get(b"UIDNEXT")), self._exists)

    def uids(self, since: date | None = None, above: int = 0) -> list[int]:
        """List the numbers in the open mailbox: received on or after a day, or above a number.

        `UID n:*` always gives the last message, even one below n (RFC 9051, section 6.4.9).
        """
        if above:
            return sorted(uid for uid in self._search("UID", f"{above + 1}:*") if uid > above)
        criteria = ("SINCE", since.strftime("%d-%b-%Y")) if since else ("ALL",)
        found: list[int] = []
        for first in range(1, self._exists + 1, _WINDOW):
            last = first + _WINDOW - 1
            found.extend(self._search(f"{first}:{last if last < self._exists else '*'}", *criteria))
        return sorted(set(found))

    def deleted(self) -> set[int]:
        """List the numbers of what is marked as deleted."""
        return set(self._search("DELETED"))

    def _search(self, *criteria: str) -> list[int]:
        with self._talking():
            return [int(uid) for uid in self._client.search(list(criteria))]

    def existing(self, uids: Sequence[int]) -> set[int]:
        """Say which of these are there; asked by SEARCH, for a server may refuse to FETCH what it has."""
        found: set[int] = set()
        for start in range(0, len(uids), _SEARCHED):
            found.update(self._search("UID", uid_set(uids[start : start + _SEARCHED])))
        return found & set(uids)

    def flags(self, uids: Sequence[int]) -> dict[int, Flags]:
        """Give the flags of these messages; what is missing has left, or its flags are not to be had."""
        found: dict[int, Flags] = {}
        for start in range(0, len(uids), _FLAGS_BATCH):
            for row in self._bisect(uids[start : start + _FLAGS_BATCH], "(UID FLAGS)"):
                found[row[b"UID"]] = _flags(row.get(b"FLAGS"))
        return found

    def fetch(self, uids: Sequence[int]) -> Iterator[list[Fetched]]:
        """Give these messages batch by batch, the newest first; what is missing has left or could not be fetched."""
        newest_first = sorted(uids, reverse=True)
        for start in range(0, len(newest_first), BATCH):
            yield self._fetch_some(newest_first[start : start + BATCH])

    def _fetch_some(self, uids: Sequence[int]) -> list[Fetched]:
        gmail = " X-GM-THRID" if self._has_gmail else ""
        items = f"(UID FLAGS INTERNALDATE RFC822.SIZE{gmail} BODY.PEEK[]<0.{HEAD_BYTES}>)"
        return [fetched for row in self._bisect(uids, items) if (fetched := self._fetched(row)) is not None]

    def _bisect(self, uids: Sequence[int], items: str) -> list[dict[bytes, Any]]:
        """Fetch a batch; when the server says NO, in halves, so that one bad message spoils no other."""
        from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

        with self._talking():
            try:
                return self._rows(uids, items)
            except IMAPClientAbortError:
                raise
            except (IMAPClientError, ValueError) as error:
                if _TRY_LATER.search(_server_words(error)):
                    raise
        if len(uids) <= 1:
            return []
        half = len(uids) // 2
        return [*self._bisect(uids[:half], items), *self._bisect(uids[half:], items)]

    def _rows(self, uids: Sequence[int], items: str) -> list[dict[bytes, Any]]:
        """Fetch and keep the rows that say their UID and were asked for.

        A FETCH that nobody asked for comes without UID; imapclient would take its sequence number for one.
        """
        from imapclient.response_parser import parse_fetch_response

        imap = self._client._imap
        status, lines = imap.uid("FETCH", uid_set(uids), items)
        if status != "OK":
            raise imap.error(_server_words(lines[-1] if lines else ""))
        parsed = parse_fetch_response([line for line in lines if line is not None], False, False)
        wanted = set(uids)
        return [row for row in parsed.values() if row.get(b"UID") in wanted]

    def _fetched(self, row: dict[bytes, Any]) -> Fetched | None:
        source = row.get(b"BODY[]<0>", row.get(b"BODY[]"))
        if not isinstance(source, bytes):
            return None
        uid, is_truncated = row[b"UID"], _whole(row.get(b"RFC822.SIZE")) > len(source)
        if is_truncated and needs_more(source):
            source = self._with_text(uid, source)
        moment = row.get(b"INTERNALDATE")
        thread = row.get(b"X-GM-THRID")
        return Fetched(
            uid=uid,
            source=source,
            is_truncated=is_truncated,
            received_at=_instant(moment),
            flags=_flags(row.get(b"FLAGS")),
            gmail_thread=f"{thread:x}" if isinstance(thread, int) else "",
        )

    def _with_text(self, uid: int, head: bytes) -> bytes:
        """Fetch the text parts of a message that begins with something else, and put them behind its header."""
        from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

        with self._talking():
            try:
                rows = self._rows([uid], "(UID BODYSTRUCTURE)")
                parts = [] if not rows else text_parts(rows[0].get(b"BODYSTRUCTURE"))
                items = " ".join(f"BODY.PEEK[{part}.MIME] BODY.PEEK[{part}]<0.{TEXT_BYTES}>" for part in parts)
                found = self._rows([uid], f"(UID {items})") if parts else []
            except IMAPClientAbortError:
                raise
            except (IMAPClientError, ValueError, IndexError, TypeError, AttributeError):
                return head  # an odd BODYSTRUCTURE is no reason to lose the mail
        if not found:
            return head
        row = found[0]
        return abridge(head, [(_bytes(row, f"BODY[{part}.MIME]"), _bytes(row, f"BODY[{part}]<0>")) for part in parts])


def text_parts(structure: object, prefix: str = "", depth: int = 0) -> list[str]:
    """Name the text parts in a BODYSTRUCTURE that are no attachments: `["2"]` behind a photo; at most three."""
    if not isinstance(structure, tuple) or depth > 10:
        return []
    if isinstance(structure[0], list):
        found: list[str] = []
        for number, part in enumerate(structure[0], 1):
            found.extend(text_parts(part, f"{prefix}{number}.", depth + 1))
        return found[:3]
    is_text = isinstance(structure[0], bytes) and structure[0].lower() == b"text"
    is_attached = any(
        isinstance(item, tuple) and item and item[0] in (b"attachment", b"ATTACHMENT") for item in structure
    )
    return [prefix.rstrip(".") or "1"] if is_text and not is_attached else []


def abridge(head: bytes, parts: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Build a message of the header that is known and the text parts that were fetched behind it."""
    header = re.split(rb"\r?\n\r?\n", head, maxsplit=1)[0]
    lines = re.split(rb"\r?\n(?![ \t])", header)
    kept = [line for line in lines if not line.lower().startswith((b"content-type:", b"content-transfer-encoding:"))]
    boundary = b"=_abridged_by_triage"
    kept.append(b'Content-Type: multipart/mixed; boundary="' + boundary + b'"')
    bodies = [b"--" + boundary + b"\r\n" + mime.strip() + b"\r\n\r\n" + body + b"\r\n" for mime, body in parts]
    return b"\r\n".join([*kept, b"", b"".join(bodies) + b"--" + boundary + b"--\r\n"])


def decode_name(wire: str) -> str:
    """Decode a mailbox name from modified UTF-7; one that is none (`R&D`, or raw UTF-8) stays as it is."""
    from imapclient.imap_utf7 import decode

    try:
        name = decode(wire.encode("ascii"))
    except (ValueError, IndexError):
        name = wire
    return scrub(name).replace("\n", " ")


def _mailbox_name(flags: Sequence[bytes], delimiter: bytes | None, name: bytes | str | int) -> MailboxName:
    wire = name.decode("utf-8", "surrogateescape") if isinstance(name, bytes) else str(name)
    uses = frozenset(flag.decode("ascii", "replace").lower() for flag in flags)
    return MailboxName(decode_name(wire), wire, uses, (delimiter or b"").decode("ascii", "replace"))


def _server_words(said: object) -> str:
    """Give what a server said, scrubbed and short; it is foreign text."""
    if isinstance(said, BaseException) and said.args and isinstance(said.args[0], bytes):
        said = said.args[0]
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    words = " ".join(scrub(text.removeprefix("b'").removesuffix("'")).split())
    return words[:_WORDS] or type(said).__name__


def _whole(value: object) -> int:
    """Read a number that a server sent; 0 when it is none."""
    if isinstance(value, list | tuple):
        value = value[0] if value else 0
    try:
        return int(value)  # type: ignore[call-overload, no-any-return]
    except (TypeError, ValueError):
        return 0


def _flags(flags: Sequence[bytes] | None) -> Flags:
    lower = {flag.lower() for flag in flags or ()}
    return Flags(rb"\answered" in lower, rb"\deleted" in lower, rb"\draft" in lower)


def _instant(moment: object) -> datetime | None:
    """Keep a sensible INTERNALDATE; some servers send NIL or the year 1."""
    if not isinstance(moment, datetime):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        instant = aware.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return instant if 1980 <= instant.year <= 2200 else None


def _bytes(row: dict[bytes, Any], item: str) -> bytes:
    found = row.get(item.encode(), b"")
    return found if isinstance(found, bytes) else b""
