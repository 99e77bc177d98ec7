"""An authorisation server on loopback: device code, code with PKCE, refresh, and introspection for mail servers.

It holds to the RFCs (6749, 7636, 7662, 8628) where a client could go wrong: it is polled no faster than it allows, a
code is worth nothing without its verifier, and a token names the person for whom it is. Its clock can be moved.
"""

from __future__ import annotations

import json
import threading
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.servers.base import HOST
from triage.mail.oauth_messages import OAUTH_PROVIDERS, OAuthProvider
from triage.settings import Auth

if TYPE_CHECKING:
    from types import TracebackType

    import pytest

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SCOPES = {auth: provider.scope for auth, provider in OAUTH_PROVIDERS.items()}
CLIENT = "shop-app"


@dataclass(slots=True)
class Device:
    """A code that is to be typed."""

    user_code: str
    ends: datetime
    interval: timedelta
    asked_at: datetime
    person: str = ""
    is_declined: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """What the browser brings back."""

    person: str
    challenge: str
    redirect_uri: str


class Refused(Exception):  # noqa: N818 - an answer, not a mishap
    """An error as RFC 6749 has it."""

    def __init__(self, error: str, description: str = "") -> None:
        super().__init__(error)
        self.error, self.description = error, description


@dataclass(slots=True)
class AuthorisationServer:
    """`person` is who sits at the browser. What it was asked is in `requests`, what nobody may see in `secrets`."""

    person: str = "info@shop.example"
    client_secret: str = ""
    lasts: timedelta = timedelta(hours=1)
    interval: float = 5
    rotates: bool = False
    declines: bool = False
    ahead: timedelta = timedelta()
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)
    answers: list[tuple[int, str]] = field(default_factory=list)
    """To be given in turn, whatever is asked, before it goes on as usual."""
    devices: dict[str, Device] = field(default_factory=dict)
    _codes: dict[str, Code] = field(default_factory=dict)
    _access: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    _refresh: dict[str, str] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer((HOST, 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    # -- for tests ------------------------------------------------

    def reset(self) -> None:
        """Forget all that happened, but stay where it is."""
        unused = AuthorisationServer()
        for each in fields(self):
            if each.name not in {"_server", "_lock"}:
                setattr(self, each.name, getattr(unused, each.name))

    @property
    def address(self) -> str:
        """Where it is."""
        assert self._server is not None
        return f"http://{HOST}:{self._server.server_port}"

    def provider(self, auth: Auth) -> OAuthProvider:
        """Give the provider that it stands in for."""
        ways = {"device_url": f"{self.address}/devicecode"}
        if auth is Auth.GOOGLE:
            ways = {"authorize_url": f"{self.address}/authorize"}
        return OAuthProvider(OAUTH_PROVIDERS[auth].name, f"{self.address}/token", SCOPES[auth], **ways)

    def stand_in(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the place of both providers."""
        both = {auth: self.provider(auth) for auth in OAUTH_PROVIDERS}
        for auth, provider in both.items():
            monkeypatch.setitem(OAUTH_PROVIDERS, auth, provider)

    def now(self) -> datetime:
        """Say what its clock shows."""
        return datetime.now(UTC) + self.ahead

    def pass_time(self, seconds: float) -> None:
        """Move its clock."""
        self.ahead += timedelta(seconds=seconds)

    def type_code(self, user_code: str) -> None:
        """Do what the person at a browser does: type the code, and agree or decline."""
        with self._lock:
            device = next(device for device in self.devices.values() if device.user_code == user_code)
            device.person, device.is_declined = self.person, self.declines

    def sign_in(self) -> dict[str, object]:
        """Give tokens as if the person had just signed in."""
        return self._tokens(self.person)

    def revoke(self) -> None:
        """End every sign-in, as a new password does."""
        self._access.clear()
        self._refresh.clear()

    def end_access_tokens(self) -> None:
        """End every access token before its time; what it takes to renew them stays."""
        self._access.clear()

    def asked(self, grant: str) -> int:
        """Count how often tokens were asked for in one way."""
        return sum(form.get("grant_type") == grant for _, form in self.requests)

    def _secret(self) -> str:
        made = token_urlsafe(24)
        self.secrets.add(made)
        return made

    # -- what it answers ------------------------------------------------

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, str]:
        """Answer a form."""
        with self._lock:
            if path != "/introspect":
                self.requests.append((path, form))
                if self.answers:
                    return self.answers.pop(0)
            try:
                answer = {"/devicecode": self._device, "/token": self._token, "/introspect": self._introspect}[path]
                return 200, json.dumps(answer(form))
            except Refused as refused:
                return 400, json.dumps({"error": refused.error, "error_description": refused.description})

    def authorize(self, form: dict[str, str]) -> str:
        """Let the person at the browser sign in; gives the address to which the browser is sent back."""
        with self._lock:
            self.requests.append(("/authorize", form))
            back, state = form["redirect_uri"], form["state"]
            is_right = (
                form["client_id"] == CLIENT
                and form["response_type"] == "code"
                and form["scope"] in SCOPES.values()
                and form["code_challenge_method"] == "S256"
                and urlsplit(back).hostname == HOST
            )
            if self.declines or not is_right:
                problem = "access_denied" if is_right else "invalid_request"
                return f"{back}?{urlencode({'error': problem, 'state': state})}"
            code = self._secret()
            self._codes[code] = Code(self.person, form["code_challenge"], back)
            return f"{back}?{urlencode({'state': state, 'code': code, 'scope': form['scope']})}"

    def _check_client(self, form: dict[str, str]) -> None:
        if form.get("client_id") != CLIENT:
            raise Refused("unauthorized_client", "AADSTS700016: Application was not found.\r\nTrace ID: 12")
        if form.get("client_secret", "") != self.client_secret:
            raise Refused("invalid_client", f"The secret {form.get('client_secret')} is wrong.")

    def _device(self, form: dict[str, str]) -> dict[str, object]:
        if form.get("client_id") != CLIENT:
            self._check_client(form)
        if form.get("scope") not in SCOPES.values():
            raise Refused("invalid_scope")
        device_code, now = self._secret(), self.now()
        user_code = f"CODE-{len(self.devices) + 1}"
        self.devices[device_code] = Device(
            user_code, now + timedelta(minutes=15), timedelta(seconds=self.interval), now
        )
        address = f"{self.address}/device"
        said = {"device_code": device_code, "user_code": user_code, "verification_uri": address}
        return {**said, "expires_in": 900, "interval": self.interval}

    def _token(self, form: dict[str, str]) -> dict[str, object]:
        self._check_client(form)
        match form.get("grant_type"):
            case "refresh_token":
                return self._renewed(form["refresh_token"])
            case "authorization_code":
                return self._of_code(form)
            case grant if grant == DEVICE_GRANT:
                return self._of_device(form["device_code"])
            case _:
                raise Refused("unsupported_grant_type")

    def _renewed(self, token: str) -> dict[str, object]:
        person = self._refresh.get(token)
        if person is None:
            raise Refused("invalid_grant", f"AADSTS50173: The grant {token} has been revoked.\r\nTrace ID: 12")
        if self.rotates:
            del self._refresh[token]
            return self._tokens(person)
        said = self._tokens(person)
        del self._refresh[str(said.pop("refresh_token"))]
        return said

    def _of_code(self, form: dict[str, str]) -> dict[str, object]:
        code = self._codes.pop(form["code"], None)
        verifier = form.get("code_verifier", "")
        self.secrets.add(verifier)
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
        if code is None or not 43 <= len(verifier) <= 128 or challenge != code.challenge:
            raise Refused("invalid_grant", "Bad Request")
        if form["redirect_uri"] != code.redirect_uri:
            raise Refused("redirect_uri_mismatch")
        return self._tokens(code.person)

    def _of_device(self, device_code: str) -> dict[str, object]:
        device, now = self.devices[device_code], self.now()
        waited, device.asked_at = now - device.asked_at, now
        if now > device.ends:
            raise Refused("expired_token")
        if waited < device.interval * 0.9:  # sleep() may end early by a hair
            device.interval += timedelta(seconds=5)
            raise Refused("slow_down")
        if device.is_declined:
            raise Refused("access_denied")
        if not device.person:
            raise Refused("authorization_pending", "AADSTS70016: OAuth 2.0 device flow error.")
        del self.devices[device_code]
        return self._tokens(device.person)

    def _tokens(self, person: str) -> dict[str, object]:
        access, refresh = self._secret(), self._secret()
        self._access[access] = (person, self.now() + self.lasts)
        self._refresh[refresh] = person
        return {
            "token_type": "Bearer",
            "access_token": access,
            "refresh_token": refresh,
            "expires_in": int(self.lasts.total_seconds()),
        }

    def _introspect(self, form: dict[str, str]) -> dict[str, object]:
        person, ends = self._access.get(form.get("token", ""), ("", self.now()))
        return {"active": True, "username": person} if self.now() < ends else {"active": False}


def _handler(server: AuthorisationServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            form = parse_qs(self.rfile.read(length).decode(), keep_blank_values=True)
            status, body = server.answer(urlsplit(self.path).path, {key: values[0] for key, values in form.items()})
            self._send(status, body)

        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            back = server.authorize({key: values[0] for key, values in query.items()})
            self._send(302, "", Location=back)

        def _send(self, status: int, body: str, **headers: str) -> None:
            data = body.encode()
            self.send_response(status)
            for name, value in {
                "Content-Length": str(len(data)),
                "Content-Type": "application/json",
                **headers,
            }.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
