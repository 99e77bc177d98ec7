"""Into a mail server and out again: connecting, encrypting, logging in, and what goes wrong in plain words.

Whatever a server says is scrubbed before a person sees it.
"""

from __future__ import annotations

import base64
import re
import socket
import ssl
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from triage.errors import ConfigurationError, ConnectionFailedError, LoginRefusedError, TryLaterError
from triage.i18n import _
from triage.mail.oauth_messages import MECHANISMS, sasl_farewell, sasl_response
from triage.mail.providers import login_advice
from triage.mail.responses import capabilities
from triage.mail.scrub import scrub
from triage.mail.source import LostConnectionError
from triage.mail.trust import trust
from triage.mail.wire import BrokenError, RefusedError, Wire
from triage.settings import Security, is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from triage.mail.oauth import SignedIn
    from triage.mail.wire import Deadline, Response
    from triage.settings import AccountSettings

_WORDS = 300  # of what a server says, as much as a person is shown

_TRY_LATER = re.compile(
    r"too many (simultaneous|concurrent|connections|login)|overquota|throttl|unavailable|tempfail|inuse|try again|"
    r"maximum number of connections|rate limit|server busy|temporarily",
    re.IGNORECASE,
)


class _TokenRefusedError(LoginRefusedError):
    """The server refuses a token; the text is what it said."""


class Connection:
    """A logged-in connection to the account's server, by password or by sign-in (OAuth2).

    Raises the children of `TriageError` only, also from what is done within `talking()`.
    """

    def __init__(self, account: AccountSettings, secret: str | SignedIn, deadline: Deadline) -> None:
        self.account = account
        self._deadline = deadline
        self._capabilities: frozenset[str] = frozenset()
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

    def _open(self, show: Callable[[], None]) -> None:
        """Connect and log in; `show` says who we are."""
        self.wire = self._connect()
        self._timer = self._deadline.cut(self.wire)
        try:
            with self.talking():
                self._greet()
                if self.account.security is Security.STARTTLS:
                    self._start_tls()
                show()
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

    def _connect(self) -> Wire:
        account = self.account
        encrypted = trust(account) if account.security is Security.TLS else None
        read = account.timeout.total_seconds()
        try:
            line = socket.create_connection((account.host, account.port), min(read, self._deadline.left))
            line.settimeout(read)
            if encrypted:
                line = encrypted.wrap_socket(line, server_hostname=account.host)
        except (OSError, ValueError) as error:
            raise self._no_connection(error) from error
        return Wire(line)

    def _greet(self) -> None:
        try:
            self._take_note([self.wire.greeting()])
        except (OSError, BrokenError) as error:
            if self._deadline.is_over:
                raise
            raise self._no_connection(error) from error

    def _no_connection(  # noqa: PLR0911 - a sentence for each thing that goes wrong
        self, error: Exception
    ) -> ConnectionFailedError | TryLaterError:
        account = self.account
        place = _("{host} port {port}").format(host=account.host, port=account.port)
        words = server_words(error)
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
        if asks_to_wait(error):
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

    # -- logging in ------------------------------------------------

    def can(self, capability: str) -> bool:
        """Say whether the server can do something; it is asked only where it did not say by itself."""
        if not self._capabilities:
            self._take_note(self.wire.ask(b"CAPABILITY"))
        return capability in self._capabilities

    def _take_note(self, answer: Sequence[Response]) -> None:
        """Remember what the server can, where an answer says so; most do in the greeting and after the login."""
        self._capabilities = capabilities(answer) or self._capabilities

    def _show_password(self, password: str) -> None:
        account = self.account
        if self.can("LOGINDISABLED"):
            raise LoginRefusedError(
                _('{host} takes no password on this connection. Set security = "tls" or "starttls".').format(
                    host=account.host
                )
            )
        try:
            if (account.username + password).isascii():
                self._take_note(self.wire.ask(b"LOGIN %s %s" % (quoted(account.username), quoted(password))))
            else:  # LOGIN is ASCII only
                self._authenticate("PLAIN", f"\0{account.username}\0{password}".encode())
        except RefusedError as error:
            raise self._refused(error, password) from error

    def _show_token(self, token: str) -> None:
        """Authenticate by a token; it is not sent again where the server says why it refuses."""
        account = self.account
        mechanism = next((each for each in MECHANISMS if self.can(f"AUTH={each}")), None)
        if mechanism is None:
            raise LoginRefusedError(
                _(
                    '{host} takes no OAuth2 (neither {first} nor {second}). Check host, or set auth = "password".'
                ).format(host=account.host, first=MECHANISMS[0], second=MECHANISMS[1])
            )
        said = sasl_response(mechanism, account.username, account.host, account.port, token)
        try:
            self._authenticate(mechanism, said.encode("utf-8"), sasl_farewell(mechanism))
        except RefusedError as error:
            raise self._refused(error, token, by_token=True) from error

    def _authenticate(self, mechanism: str, *answers: bytes) -> None:
        """Say one thing after the other whenever the server asks; then call it off (RFC 9051, section 6.2.2)."""
        waiting = iter([base64.b64encode(answer) for answer in answers])
        at_once = b" " + next(waiting) if self.can("SASL-IR") else b""
        answer = []
        for response in self.wire.until(self.wire.send(b"AUTHENTICATE " + mechanism.encode() + at_once)):
            if response[0].startswith(b"+"):
                self.wire.send_line(next(waiting, b"*"))
            else:
                answer.append(response)
        self._take_note(answer)

    def _start_tls(self) -> None:
        account = self.account
        if not self.can("STARTTLS"):
            raise ConnectionFailedError(
                _(
                    '{host} offers no encryption on port {port}. Set security = "tls" and its port, most often 993.'
                ).format(host=account.host, port=account.port)
            )
        context = trust(account)
        self.wire.ask(b"STARTTLS")
        try:
            self.wire.encrypt(context, account.host)
        except (OSError, ValueError) as error:
            raise self._no_connection(error) from error
        self._capabilities = frozenset()  # what was said in the clear may have been said by anybody

    def _refused(self, error: RefusedError, secret: str, *, by_token: bool = False) -> Exception:
        words = server_words(error).replace(secret, "…") if secret else server_words(error)
        if asks_to_wait(error):
            return TryLaterError(
                _('{host} asks to try later: "{said}". Run triage again in a few minutes.').format(
                    host=self.account.host, said=words
                )
            )
        if by_token:
            return _TokenRefusedError(words)
        advice = login_advice(self.account.host, words)
        return LoginRefusedError(
            _('{host} refused the login of {username}: "{said}". {advice}').format(
                host=self.account.host, username=self.account.username, said=words, advice=advice
            )
        )

    # -- while connected ------------------------------------------------

    @contextmanager
    def talking(self) -> Iterator[None]:
        """Turn what goes wrong on the wire into the error that tells what to do."""
        try:
            yield
        except (BrokenError, RefusedError, OSError, ValueError) as error:
            raise self._went_wrong(error) from error

    def _went_wrong(self, error: Exception) -> Exception:
        host, words = self.account.host, server_words(error)
        if self._deadline.is_over:
            minutes = f"{self._deadline.allowed.total_seconds() / 60:g}"
            return ConnectionFailedError(
                _(
                    "{host} was not done within {minutes} minutes (deadline). What came in is kept: run triage "
                    "again to go on."
                ).format(host=host, minutes=minutes)
            )
        if isinstance(error, TimeoutError):
            seconds = f"{self.account.timeout.total_seconds():g}"
            return LostConnectionError(
                _("{host} was silent for {seconds} s (timeout). Try again later.").format(host=host, seconds=seconds)
            )
        if asks_to_wait(error):
            return TryLaterError(
                _('{host} asks to try later: "{said}". Run triage again in a few minutes.').format(
                    host=host, said=words
                )
            )
        if isinstance(error, BrokenError | OSError):
            return LostConnectionError(
                _("The connection to {host} broke ({said}). What came in is kept: run triage again to go on.").format(
                    host=host, said=words
                )
            )
        return ConnectionFailedError(
            _('{host} answered what triage does not understand: "{said}".').format(host=host, said=words)
        )

    def close(self) -> None:
        """Say goodbye, without waiting for the answer; never raises."""
        self._timer.cancel()
        # Where an answer is still to come, another thread may be reading it.
        if self.wire.is_idle and not self._deadline.is_over:
            with suppress(OSError):
                self.wire.send(b"LOGOUT")
        self.wire.cut()
        self.wire.close()


def quoted(text: str) -> bytes:
    """Write a quoted string; names of mailboxes may be raw UTF-8, or not even that."""
    return b'"' + text.replace("\\", "\\\\").replace('"', '\\"').encode("utf-8", "surrogateescape") + b'"'


def asks_to_wait(error: Exception) -> bool:
    """Say whether a server asks to come back later."""
    return _TRY_LATER.search(server_words(error)) is not None


def server_words(error: Exception) -> str:
    """Give what a server said, scrubbed and short, for a sentence of ours; it is foreign text."""
    said = error.args[0] if error.args and isinstance(error.args[0], bytes) else str(error)
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join(scrub(text).split())[:_WORDS].removesuffix(".") or type(error).__name__
