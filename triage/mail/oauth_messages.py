"""What is said to sign in with OAuth2, and how the answers are read.

Pure: no wire, no clock, no file. Sources: RFC 6749 (OAuth 2.0), 8628 (device code), 7636 (PKCE), 8252 (programs on a
person's own computer), 7628 (OAUTHBEARER), Google's "XOAUTH2 mechanism", Microsoft's list of AADSTS codes.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

from triage.errors import ConfigurationError, ConnectionFailedError, LoginRefusedError, TriageError, TryLaterError
from triage.i18n import N_, _
from triage.mail.scrub import one_line
from triage.settings import Auth

if TYPE_CHECKING:
    from collections.abc import Mapping

RENEW_BEFORE = timedelta(minutes=5)
"""A token with less time than this left is renewed: a long sync shall not outlive it."""

MECHANISMS = ("OAUTHBEARER", "XOAUTH2")
"""How a token is shown to a mail server, the better one first (RFC 7628; Google's own, which Microsoft alone has)."""

SLOWER = timedelta(seconds=5)
"""What `slow_down` adds to the time between two questions (RFC 8628, section 3.5)."""

_USUAL_LIFE = timedelta(hours=1)  # of an access token, where the server does not say
_LONGEST_LIFE = timedelta(days=365)  # more is no life that a server means
_TOKEN = re.compile(r"[!-~]{1,16384}")  # RFC 6749, appendix A.12: visible ASCII
_WORDS = 300  # of what a server says, as much as a person is shown


_DEAD = N_(
    'The sign-in of account "{account}" at {name} has ended (expired or revoked): {said}. Sign in again: {login}.'
)
_DECLINED = N_("It was declined at {name}, so nobody is signed in. To try again: {login}.")
_TOO_LATE = N_("The code ran out before it was typed. For a new one: {login}.")
_OTHERWISE = N_('{name} refused the sign-in of account "{account}": {said}. Sign in again: {login}.')
_ENDED = {
    **dict.fromkeys(("invalid_grant", "interaction_required", "consent_required", "login_required"), _DEAD),
    **dict.fromkeys(("access_denied", "authorization_declined"), _DECLINED),
    **dict.fromkeys(("expired_token", "bad_verification_code"), _TOO_LATE),
}
_APP = {"invalid_client", "unauthorized_client", "invalid_scope", "unsupported_grant_type"}
_BUSY = {"temporarily_unavailable", "server_error", "slow_down"}


@dataclass(frozen=True, slots=True)
class OAuthProvider:
    """Where a provider's authorisation server is, and what to ask for."""

    name: str
    token_url: str
    scope: str
    device_url: str = ""
    authorize_url: str = ""


_MICROSOFT = "https://login.microsoftonline.com/common/oauth2/v2.0"
OAUTH_PROVIDERS = {
    Auth.MICROSOFT: OAuthProvider(
        "Microsoft",
        f"{_MICROSOFT}/token",
        "https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
        device_url=f"{_MICROSOFT}/devicecode",
    ),
    Auth.GOOGLE: OAuthProvider(
        "Google",
        "https://oauth2.googleapis.com/token",
        "https://mail.google.com/",
        authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
    ),
}


@dataclass(frozen=True, slots=True)
class App:
    """The program as its owner registered it with the provider."""

    client_id: str
    client_secret: str = field(default="", repr=False)

    def fields(self) -> dict[str, str]:
        """Say who asks."""
        secret = {"client_secret": self.client_secret} if self.client_secret else {}
        return {"client_id": self.client_id, **secret}


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a person's consent gave: a token to show for an hour or so, and one with which to get the next."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime

    def is_fresh(self, now: datetime) -> bool:
        """Say whether the access token will do for a while."""
        return self.expires_at - now >= RENEW_BEFORE


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """A code to type at an address, in whatever browser (RFC 8628, section 3.2)."""

    device_code: str = field(repr=False)
    user_code: str
    address: str
    lasts: timedelta
    interval: timedelta


class StrayRedirectError(ValueError):
    """An address that is not the answer to our question."""


# -- what is asked ------------------------------------------------


def device_request(provider: OAuthProvider, app: App) -> dict[str, str]:
    """Ask for a code to type (RFC 8628, section 3.1)."""
    return {"client_id": app.client_id, "scope": provider.scope}


def device_token_request(app: App, code: DeviceCode) -> dict[str, str]:
    """Ask whether the code was typed (RFC 8628, section 3.4)."""
    return {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": code.device_code,
        **app.fields(),
    }


def authorization_url(
    provider: OAuthProvider, app: App, redirect_uri: str, state: str, challenge: str, username: str
) -> str:
    """Build the address at which a person signs in with a browser (RFC 6749, section 4.1.1, with PKCE).

    Google gives a refresh token only with `access_type`, and again only with `prompt`.
    """
    fields = {
        "client_id": app.client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": provider.scope,
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "access_type": "offline",
        "prompt": "consent",
        "login_hint": username,
    }
    return f"{provider.authorize_url}?{urlencode(fields)}"


def challenge_of(verifier: str) -> str:
    """Give the hash by which the server knows later that we are who asked (RFC 7636, section 4.2)."""
    return urlsafe_b64encode(sha256(verifier.encode("ascii")).digest()).decode("ascii").rstrip("=")


def code_request(app: App, code: str, verifier: str, redirect_uri: str) -> dict[str, str]:
    """Ask for tokens, given the code that the browser brought (RFC 6749, section 4.1.3)."""
    return {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": verifier,
        "redirect_uri": redirect_uri,
        **app.fields(),
    }


def refresh_request(provider: OAuthProvider, app: App, tokens: Tokens) -> dict[str, str]:
    """Ask for a new access token (RFC 6749, section 6)."""
    return {
        "grant_type": "refresh_token",
        "refresh_token": tokens.refresh,
        "scope": provider.scope,
        **app.fields(),
    }


def sasl_response(mechanism: str, username: str, host: str, port: int, token: str) -> str:
    """Write what a mail server wants to see (RFC 7628, section 3.1; Google's XOAUTH2)."""
    if mechanism == "OAUTHBEARER":
        identity = username.replace("=", "=3D").replace(",", "=2C")
        return f"n,a={identity},\1host={host}\1port={port}\1auth=Bearer {token}\1\1"
    return f"user={username}\1auth=Bearer {token}\1\1"


def sasl_farewell(mechanism: str) -> bytes:
    """Write what a mail server wants to hear after it said why it refuses, before it says NO (RFC 7628, 3.2.3)."""
    return b"\1" if mechanism == "OAUTHBEARER" else b""


# -- what is answered ------------------------------------------------


def read_device_code(said: Mapping[str, object], provider: OAuthProvider) -> DeviceCode:
    """Read the code to type."""
    texts = [said.get(key) for key in ("device_code", "user_code", "verification_uri")]
    device_code, user_code, address = (text if isinstance(text, str) else "" for text in texts)
    if not (_TOKEN.fullmatch(device_code) and user_code and address):
        raise unintelligible(provider)
    lasts = _span(said.get("expires_in"), timedelta(minutes=15))
    interval = _span(said.get("interval"), timedelta(seconds=5))
    return DeviceCode(device_code, one_line(user_code, 60), one_line(address, 200), lasts, interval)


def read_tokens(said: Mapping[str, object], provider: OAuthProvider, now: datetime, before: str = "") -> Tokens:
    """Read tokens; the refresh token from before stays where no new one came (RFC 6749, section 6)."""
    access, refresh = said.get("access_token"), said.get("refresh_token") or before
    if not (isinstance(access, str) and isinstance(refresh, str) and _TOKEN.fullmatch(access)):
        raise unintelligible(provider)
    if not _TOKEN.fullmatch(refresh):
        raise LoginRefusedError(
            _(
                "{provider} gave a sign-in for an hour only (no refresh token). Check that the app you "
                "registered is one for desktop or mobile programs."
            ).format(provider=provider.name)
        )
    return Tokens(access, refresh, now.astimezone(UTC) + _span(said.get("expires_in"), _USUAL_LIFE))


def _span(seconds: object, otherwise: timedelta) -> timedelta:
    """Read a number of seconds; some servers send it as a text."""
    try:
        span = timedelta(seconds=float(seconds))  # type: ignore[arg-type] # what else it may be raises
    except (TypeError, ValueError, OverflowError):
        return otherwise
    return min(span, _LONGEST_LIFE) if span >= timedelta() else otherwise


def read_redirect(address: str, state: str, login: str) -> str:
    """Read the code in the address to which the browser was sent; `login` is what to type to try again.

    Raises:
        StrayRedirectError: It is not the answer to our question (RFC 6749, section 10.12).
        LoginRefusedError: The person, or the provider, said no.

    """
    text = address.strip().strip("'\"<>")
    try:
        query = urlsplit(text).query or text
        found = parse_qs(query, max_num_fields=50)
    except ValueError as error:
        raise StrayRedirectError from error
    if not hmac.compare_digest(_first(found, "state").encode("utf-8", "replace"), state.encode()):
        raise StrayRedirectError
    if problem := _first(found, "error"):
        if problem == "access_denied":
            raise LoginRefusedError(
                _("It was declined, so nobody is signed in. To try again: `{command}`.").format(command=login)
            )
        raise LoginRefusedError(
            _('The provider said "{said}", so nobody is signed in. To try again: `{command}`.').format(
                said=one_line(problem, 60), command=login
            )
        )
    if not (code := _first(found, "code")):
        raise StrayRedirectError
    return code


def _first(found: Mapping[str, list[str]], key: str) -> str:
    return found.get(key, [""])[0]


# -- what goes wrong ------------------------------------------------


def login_command(account: str) -> str:
    """Write what to type to sign in to an account."""
    return f"triage login {account}" if re.fullmatch(r"[\w.@+-]+", account) else f'triage login "{account}"'


def unintelligible(provider: OAuthProvider) -> ConnectionFailedError:
    """Say that what came is no answer of an authorisation server: a hotel's Wi-Fi page, for one."""
    return ConnectionFailedError(
        _(
            "The sign-in server of {provider} answered what triage does not understand. Is there a "
            "network in between that wants you to sign in first?"
        ).format(provider=provider.name)
    )


def refusal(said: Mapping[str, object], provider: OAuthProvider, account: str, secrets: tuple[str, ...]) -> TriageError:
    """Say what an error of the authorisation server means (RFC 6749, section 5.2; RFC 8628, section 3.5).

    `secrets` are what was sent: should the server repeat one, nobody sees it.
    """
    code, words = str(said.get("error") or ""), _text(said, "error_description", secrets)
    quoted = f'"{words or _text(said, "error", secrets)}"'
    if code in _BUSY:
        return busy(provider)
    if code in _APP or (code == "invalid_request" and "client_secret" in words):  # so says Google
        return ConfigurationError(_app_refused(provider, account, quoted))
    values = {"account": account, "name": provider.name, "said": quoted, "login": f"`{login_command(account)}`"}
    return LoginRefusedError(_(_ENDED.get(code, _OTHERWISE)).format(**values))


def _app_refused(provider: OAuthProvider, account: str, quoted: str) -> str:
    advice = _("Check oauth_client_id, and oauth_client_secret_command if it has a secret.")
    if "AADSTS7000218" in quoted:  # Microsoft asks for a secret where public clients are not allowed
        advice = _('Switch on "Allow public client flows" under Authentication in the registration of the app.')
    elif "client_secret" in quoted:
        advice = _("This app has a secret: give a command that prints it in oauth_client_secret_command.")
    elif "AADSTS50194" in quoted:
        advice = _("Register the app for accounts in any organisation and personal Microsoft accounts.")
    said = _('{provider} does not accept the app of account "{account}": {said}. {advice}')
    return said.format(provider=provider.name, account=account, said=quoted, advice=advice)


def busy(provider: OAuthProvider) -> TryLaterError:
    """Say that the server asks to try later."""
    return TryLaterError(
        _("The sign-in server of {provider} asks to try later. Run triage again in a few minutes.").format(
            provider=provider.name
        )
    )


def _text(said: Mapping[str, object], key: str, secrets: tuple[str, ...]) -> str:
    """Give what a server said: foreign text, scrubbed, short, and without our secrets.

    Microsoft goes on with numbers for its own support on further lines.
    """
    text = str(said.get(key) or "")
    for secret in secrets:
        text = text.replace(secret, "…")
    return one_line(re.split(r"\r?\n| Trace ID:", text, maxsplit=1)[0], _WORDS)
