"""The authorisation server on the wire, and a sign-in that lasts: tokens renewed without a person.

What is said and how it is read stands in `oauth_messages`. Tokens and secrets go into the bodies of requests alone,
never into an address, a log or the text of an error.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from http.client import HTTPException
from secrets import token_urlsafe
from ssl import SSLCertVerificationError
from typing import TYPE_CHECKING, Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from triage.errors import ConfigurationError, ConnectionFailedError, LoginRefusedError, TryLaterError
from triage.i18n import _
from triage.mail.oauth_messages import (
    OAUTH_PROVIDERS,
    SLOWER,
    App,
    authorization_url,
    busy,
    challenge_of,
    code_request,
    device_request,
    device_token_request,
    login_command,
    read_device_code,
    read_tokens,
    refresh_request,
    refusal,
    unintelligible,
)
from triage.mail.trust import trust

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from triage.mail.oauth_messages import DeviceCode, OAuthProvider, Tokens
    from triage.settings import AccountSettings

    Clock = Callable[[], datetime]

_LARGEST_ANSWER = 256 * 1024  # bytes; tokens of Microsoft have a few thousand
_SENT_SECRETS = ("device_code", "code", "code_verifier", "refresh_token", "client_secret")
_PATIENCE = 30.0  # seconds of silence


class TokenStore(Protocol):
    """Where the tokens of an account are kept."""

    def load(self) -> Tokens:
        """Give them; raises LoginRefusedError where nobody has signed in."""
        ...

    def save(self, tokens: Tokens) -> object:
        """Keep them where they were."""
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """What makes one sign-in by browser ours: `state` comes back with it, `verifier` only we know (RFC 7636)."""

    state: str = field(repr=False)
    verifier: str = field(repr=False)


def new_question() -> Question:
    """Draw both by chance."""
    return Question(token_urlsafe(32), token_urlsafe(48))


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer of the server: its fields, and the name of the error if it is one."""

    said: Mapping[str, object]
    error: str = ""


class _NoRedirects(HTTPRedirectHandler):
    """The addresses are known; an answer that sends us elsewhere is none."""

    def redirect_request(self, *_: Any) -> None:  # noqa: ANN401 - urllib's own six
        """Go nowhere."""


class AuthorisationServer:
    """The authorisation server of an account's provider.

    `client_secret` is asked when the server is, for the command behind it may ask for a passphrase.
    """

    def __init__(self, account: AccountSettings, client_secret: Callable[[], str], clock: Clock) -> None:
        if not account.oauth_client_id:
            raise ConfigurationError(
                _(
                    'Account "{account}" has no oauth_client_id. Put the ID of the app that you registered with '
                    "the provider into the configuration."
                ).format(account=account.name)
            )
        self.provider: OAuthProvider = OAUTH_PROVIDERS[account.auth]
        self._account = account
        self._client_secret = client_secret
        self._clock = clock
        self._known_app: App | None = None

    @property
    def app(self) -> App:
        """The app, with its secret."""
        if self._known_app is None:
            self._known_app = App(self._account.oauth_client_id, self._client_secret())
        return self._known_app

    def ask_device_code(self) -> DeviceCode:
        """Ask for a code to type elsewhere."""
        said = self._ask(self.provider.device_url, device_request(self.provider, self.app))
        return read_device_code(said, self.provider)

    def await_device(self, code: DeviceCode, wait: Callable[[float], None] = time.sleep) -> Tokens:
        """Wait until the code was typed, asking as often as the server likes (RFC 8628, section 3.5).

        Raises:
            LoginRefusedError: It was declined, or the code ran out.

        """
        interval, ends = code.interval, self._clock() + code.lasts
        fields = device_token_request(self.app, code)
        while True:
            wait(interval.total_seconds())
            if self._clock() >= ends:
                raise self._refusal({"error": "expired_token"}, {})
            try:
                answer = self._post(self.provider.token_url, fields)
            except (ConnectionFailedError, TryLaterError):
                interval *= 2  # a line that comes and goes is no reason to type the code again
                continue
            if not answer.error:
                return read_tokens(answer.said, self.provider, self._clock())
            if answer.error == "slow_down":
                interval += SLOWER
            elif answer.error != "authorization_pending":
                raise self._refusal(answer.said, fields)

    def address_for(self, question: Question, redirect_uri: str) -> str:
        """Give the address at which a person signs in with a browser."""
        challenge, username = challenge_of(question.verifier), self._account.username
        return authorization_url(self.provider, self.app, redirect_uri, question.state, challenge, username)

    def exchange(self, code: str, verifier: str, redirect_uri: str) -> Tokens:
        """Turn the code that the browser brought into tokens."""
        said = self._ask(self.provider.token_url, code_request(self.app, code, verifier, redirect_uri))
        return read_tokens(said, self.provider, self._clock())

    def renew(self, tokens: Tokens) -> Tokens:
        """Get a new access token.

        Raises:
            LoginRefusedError: The sign-in has ended.

        """
        said = self._ask(self.provider.token_url, refresh_request(self.provider, self.app, tokens))
        return read_tokens(said, self.provider, self._clock(), tokens.refresh)

    def _ask(self, url: str, fields: Mapping[str, str]) -> Mapping[str, object]:
        answer = self._post(url, fields)
        if answer.error:
            raise self._refusal(answer.said, fields)
        return answer.said

    def _refusal(self, said: Mapping[str, object], fields: Mapping[str, str]) -> Exception:
        secrets = tuple(fields[key] for key in _SENT_SECRETS if fields.get(key))
        return refusal(said, self.provider, self._account.name, secrets)

    def _post(self, url: str, fields: Mapping[str, str]) -> _Answer:
        """Send a form and read the JSON that comes, whatever its status."""
        headers = {"Accept": "application/json", "User-Agent": "triage"}
        request = Request(url, urlencode(fields).encode("ascii"), headers)  # noqa: S310 - a constant with https
        opener = build_opener(HTTPSHandler(context=trust(self._account)), _NoRedirects)
        timeout = min(_PATIENCE, self._account.timeout.total_seconds())
        try:
            with opener.open(request, timeout=timeout) as reply:
                return self._read(200, reply.read(_LARGEST_ANSWER))
        except HTTPError as error:
            with error:
                return self._read(error.code, error.read(_LARGEST_ANSWER))
        except (OSError, HTTPException) as error:
            raise self._unreachable(url, error) from error

    def _read(self, status: int, body: bytes) -> _Answer:
        try:
            said = json.loads(body)
        except (ValueError, RecursionError):
            said = None
        if status >= 500 or status == 429:
            raise busy(self.provider)
        if not isinstance(said, dict) or (status != 200 and not isinstance(said.get("error"), str)):
            raise unintelligible(self.provider)
        return _Answer(said, str(said.get("error") or ""))

    def _unreachable(self, url: str, error: Exception) -> ConnectionFailedError:
        reason = error.reason if isinstance(error, URLError) else error
        place = f"{self.provider.name} ({urlsplit(url).hostname})"
        if isinstance(reason, SSLCertVerificationError):
            return ConnectionFailedError(
                _(
                    "The sign-in server of {place} cannot be trusted: {reason}. If a program on your network reads "
                    "along, name its certificate authority in ca_file."
                ).format(place=place, reason=reason.verify_message)
            )
        if isinstance(reason, TimeoutError):
            return ConnectionFailedError(
                _("The sign-in server of {place} did not answer in time. Try again later.").format(place=place)
            )
        why = getattr(reason, "strerror", None) or type(reason).__name__
        return ConnectionFailedError(
            _("The sign-in server of {place} cannot be reached: {reason}. Check whether you are online.").format(
                place=place, reason=why
            )
        )


class SignedIn:
    """The sign-in of an account: gives a token to show to the mail server, and renews it without a person."""

    def __init__(self, account: AccountSettings, server: AuthorisationServer, store: TokenStore, clock: Clock) -> None:
        self._account = account
        self._server = server
        self._store = store
        self._clock = clock

    def token(self) -> str:
        """Give a token that lasts for a while.

        Raises:
            LoginRefusedError: Nobody has signed in, or the sign-in has ended.

        """
        tokens = self._store.load()
        return tokens.access if tokens.is_fresh(self._clock()) else self._renew(tokens).access

    def renewed(self) -> str:
        """Give a new token, after the mail server refused the one before."""
        return self._renew(self._store.load()).access

    def refused(self, words: str) -> LoginRefusedError:
        """Say what it means that the mail server refuses even a new token."""
        host, username = self._account.host, self._account.username
        return LoginRefusedError(
            _(
                '{host} refused the sign-in of {username}: "{said}". Did you sign in as {username}, and is '
                "IMAP switched on for it? Sign in again: `{command}`."
            ).format(host=host, username=username, said=words, command=login_command(self._account.name))
        )

    def _renew(self, tokens: Tokens) -> Tokens:
        try:
            fresh = self._server.renew(tokens)
        except LoginRefusedError:
            other = self._store.load()  # another run may have renewed it meanwhile
            if other == tokens:
                raise
            return other
        self._store.save(fresh)
        return fresh
