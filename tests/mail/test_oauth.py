"""Signing in with OAuth2, against an authorisation server that holds us to the RFCs."""

from __future__ import annotations

import json
import socket
import ssl
import traceback
from base64 import urlsafe_b64decode
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import ProxyHandler, build_opener

import pytest

from tests.servers.authorisation import CLIENT, DEVICE_GRANT, AuthorisationServer
from tests.servers.base import HOST, free_port, make_certificate
from triage.errors import ConfigurationError, ConnectionFailedError, LoginRefusedError, TriageError, TryLaterError
from triage.mail import oauth
from triage.mail.loopback import Loopback
from triage.mail.oauth import SignedIn, new_question
from triage.mail.oauth_messages import (
    OAUTH_PROVIDERS,
    App,
    OAuthProvider,
    StrayRedirectError,
    Tokens,
    authorization_url,
    challenge_of,
    read_redirect,
    read_tokens,
    sasl_response,
)
from triage.settings import AccountSettings, Auth

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
OLD = Tokens("access-7f", "refresh-7f", NOW)
PERSON = "info@shop.example"


def account(auth: Auth = Auth.MICROSOFT, client_id: str = CLIENT, **more: object) -> AccountSettings:
    return AccountSettings(
        "shop", "imap.example.com", username=PERSON, auth=auth, oauth_client_id=client_id, **more  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.fixture
def authorisation(monkeypatch: pytest.MonkeyPatch) -> Iterator[AuthorisationServer]:
    """A server in the place of both providers."""
    monkeypatch.setenv("NO_PROXY", "*")
    with AuthorisationServer() as server:
        server.stand_in(monkeypatch)
        yield server


def client(server: AuthorisationServer, auth: Auth = Auth.MICROSOFT, secret: str = "") -> oauth.AuthorisationServer:
    return oauth.AuthorisationServer(account(auth), lambda: secret, server.now)


# -- the device code (RFC 8628) ----------------------------------------------------------------------------------------


def test_a_typed_code_signs_in(authorisation: AuthorisationServer) -> None:
    asking = client(authorisation)
    code = asking.ask_device_code()
    authorisation.type_code(code.user_code)

    tokens = asking.await_device(code, authorisation.pass_time)

    assert authorisation.requests == [
        ("/devicecode", {"client_id": CLIENT, "scope": OAUTH_PROVIDERS[Auth.MICROSOFT].scope}),
        ("/token", {"grant_type": DEVICE_GRANT, "device_code": code.device_code, "client_id": CLIENT}),
    ]
    assert {tokens.access, tokens.refresh} < authorisation.secrets
    assert timedelta(minutes=59) < tokens.expires_at - authorisation.now() <= timedelta(hours=1)


def test_the_server_is_asked_as_often_as_it_likes_and_slower_when_it_says_so(
    authorisation: AuthorisationServer,
) -> None:
    asking, waits = client(authorisation), list[float]()
    code = asking.ask_device_code()

    def wait(seconds: float) -> None:
        waits.append(seconds)
        # The second question comes too early by the server's clock, as it does when a computer slept.
        authorisation.pass_time(1 if len(waits) == 2 else seconds)
        if len(waits) == 4:
            authorisation.type_code(code.user_code)

    asking.await_device(code, wait)

    assert waits == [5, 5, 10, 10]


def test_a_line_that_breaks_is_no_reason_to_type_the_code_again(authorisation: AuthorisationServer) -> None:
    asking, waits = client(authorisation), list[float]()
    code = asking.ask_device_code()
    authorisation.type_code(code.user_code)
    authorisation.answers += [(503, ""), (200, "<html>Welcome to the Wi-Fi</html>")]

    def wait(seconds: float) -> None:
        waits.append(seconds)
        authorisation.pass_time(seconds)

    asking.await_device(code, wait)

    assert waits == [5, 10, 20]


def test_a_code_that_is_declined_or_never_typed_is_told(authorisation: AuthorisationServer) -> None:
    authorisation.interval = 60
    asking = client(authorisation)
    code = asking.ask_device_code()
    with pytest.raises(LoginRefusedError, match=r"^The code ran out .* For a new one: `triage login shop`\.$"):
        asking.await_device(code, authorisation.pass_time)

    authorisation.declines = True
    code = asking.ask_device_code()
    authorisation.type_code(code.user_code)
    with pytest.raises(LoginRefusedError, match=r"^It was declined at Microsoft"):
        asking.await_device(code, authorisation.pass_time)


# -- the browser (RFC 8252, 7636) --------------------------------------------------------------------------------------


def browse(address: str) -> None:
    """Do what a browser does: go where it is sent."""
    with build_opener(ProxyHandler({})).open(address, timeout=10) as page:
        assert page.read() == b"done"


def test_the_browser_brings_a_code_that_is_worth_tokens_only_to_us(authorisation: AuthorisationServer) -> None:
    asking, question = client(authorisation, Auth.GOOGLE), new_question()
    with Loopback(question.state, "triage login shop", "done") as loopback:
        browse(asking.address_for(question, loopback.redirect_uri))
        code = loopback.wait(10)

        tokens = asking.exchange(code, question.verifier, loopback.redirect_uri)

        assert {tokens.access, tokens.refresh} < authorisation.secrets
        browse(asking.address_for(question, loopback.redirect_uri))
        with pytest.raises(LoginRefusedError):
            asking.exchange(loopback.wait(10), new_question().verifier, loopback.redirect_uri)


def test_what_others_send_to_the_loopback_is_not_taken(authorisation: AuthorisationServer) -> None:
    asking, question = client(authorisation, Auth.GOOGLE), new_question()
    with Loopback(question.state, "triage login shop", "done") as loopback:
        with socket.create_connection((HOST, urlsplit(loopback.redirect_uri).port or 0)):  # Chrome, ahead of time
            for path in ("favicon.ico", "?code=theirs&state=theirs", "?code=theirs", "?state=", "x" * 70_000):
                with pytest.raises(HTTPError) as refused:
                    browse(loopback.redirect_uri + path)
                refused.value.close()
            browse(asking.address_for(question, loopback.redirect_uri))

        assert loopback.wait(10) in authorisation.secrets


def test_a_browser_that_says_no_or_nothing_is_told(authorisation: AuthorisationServer) -> None:
    asking, question = client(authorisation, Auth.GOOGLE), new_question()
    with Loopback(question.state, "triage login shop", "done") as loopback:
        with pytest.raises(LoginRefusedError, match=r"^Nobody signed in within 0\.002 minutes"):
            loopback.wait(0.12)
        authorisation.declines = True
        browse(asking.address_for(question, loopback.redirect_uri))
        with pytest.raises(LoginRefusedError, match=r"^It was declined, so nobody is signed in"):
            loopback.wait(10)


def test_the_question_to_google_is_what_it_documents() -> None:
    """Source: Google, "OAuth 2.0 for mobile and desktop apps"."""
    provider = OAUTH_PROVIDERS[Auth.GOOGLE]
    address = authorization_url(provider, App("id", "secret"), "http://127.0.0.1:5/", "s", challenge_of("v"), PERSON)

    assert address.startswith("https://accounts.google.com/o/oauth2/v2/auth?")
    assert {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()} == {
        "client_id": "id", "redirect_uri": "http://127.0.0.1:5/", "response_type": "code",
        "scope": "https://mail.google.com/", "state": "s", "code_challenge": challenge_of("v"),
        "code_challenge_method": "S256", "access_type": "offline", "prompt": "consent", "login_hint": PERSON,
    }  # fmt: skip


def test_the_challenge_is_that_of_the_rfc() -> None:
    """The example of RFC 7636, appendix B."""
    assert challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("http://127.0.0.1:5/?state=s&code=4%2Fabc&scope=x", id="whole"),
        pytest.param("  'http://127.0.0.1:5/?state=s&code=4%2Fabc' \n", id="quoted"),
        pytest.param("code=4/abc&state=s", id="the query alone"),
    ],
)
def test_a_pasted_address_is_read(address: str) -> None:
    assert read_redirect(address, "s", "triage login") == "4/abc"


@pytest.mark.parametrize(
    "address",
    ["", "yes", "http://127.0.0.1:5/?code=a", "http://127.0.0.1:5/?code=a&state=other", "http://[", "?state=s",
     "&" * 50_000, "?state=\udcff&code=a"],
)  # fmt: skip
def test_what_is_not_the_address_is_not_taken(address: str) -> None:
    with pytest.raises(StrayRedirectError):
        read_redirect(address, "s", "triage login")


# -- what goes wrong ---------------------------------------------------------------------------------------------------


def error(code: str, description: str = "") -> str:
    return json.dumps({"error": code, "error_description": description})


TRACE = "\r\nTrace ID: 1b\r\nCorrelation ID: 2c\r\nTimestamp: 2026-11-18 11:00:00Z"


@pytest.mark.parametrize(
    ("status", "body", "kind", "sentence"),
    [
        pytest.param(
            400, error("invalid_grant", f"AADSTS700082: The refresh token has expired due to inactivity.{TRACE}"),
            LoginRefusedError,
            'The sign-in of account "shop" at Microsoft has ended (expired or revoked): "AADSTS700082: The refresh '
            'token has expired due to inactivity.". Sign in again: `triage login shop`.', id="expired",
        ),
        pytest.param(
            400, error("interaction_required", "AADSTS50076: You must use multi-factor authentication."),
            LoginRefusedError, "Sign in again: `triage login shop`.", id="a person is wanted",
        ),
        pytest.param(
            401, error("invalid_client", "AADSTS7000218: The request body must contain client_secret."),
            ConfigurationError, 'Switch on "Allow public client flows"', id="no public client",
        ),
        pytest.param(
            400, error("unauthorized_client", "AADSTS700016: Application 'x' was not found in the directory."),
            ConfigurationError, "Check oauth_client_id", id="no such app",
        ),
        pytest.param(
            400, error("invalid_request", "client_secret is missing."), ConfigurationError,
            "oauth_client_secret_command", id="Google wants the secret",
        ),
        pytest.param(400, error("invalid_scope"), ConfigurationError, '"invalid_scope"', id="scope"),
        pytest.param(400, error("odd\x1b[2J"), LoginRefusedError, 'refused the sign-in of account "shop": "odd[2J"',
                     id="an error of its own"),
        pytest.param(429, "", TryLaterError, "asks to try later", id="too many"),
        pytest.param(503, "<html>", TryLaterError, "asks to try later", id="unavailable"),
        pytest.param(400, error("temporarily_unavailable"), TryLaterError, "asks to try later", id="unavailable now"),
        pytest.param(200, "<html>Welcome to the Wi-Fi", ConnectionFailedError, "does not understand", id="Wi-Fi"),
        pytest.param(200, "[]", ConnectionFailedError, "does not understand", id="no object"),
        pytest.param(200, "[" * 100_000, ConnectionFailedError, "does not understand", id="deep"),
        pytest.param(404, "{}", ConnectionFailedError, "does not understand", id="not found"),
        pytest.param(302, "{}", ConnectionFailedError, "does not understand", id="sent elsewhere"),
        pytest.param(200, '{"access_token": "a\\r\\nb"}', ConnectionFailedError, "does not understand", id="no token"),
        pytest.param(200, '{"access_token": 7}', ConnectionFailedError, "does not understand", id="a number"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_told_in_a_sentence(
    authorisation: AuthorisationServer, status: int, body: str, kind: type[TriageError], sentence: str
) -> None:
    authorisation.answers.append((status, body))

    with pytest.raises(kind) as refused:
        client(authorisation).renew(OLD)

    assert type(refused.value) is kind
    assert sentence in str(refused.value)
    assert "Trace" not in str(refused.value)


def test_nothing_that_was_sent_is_repeated(authorisation: AuthorisationServer) -> None:
    """The server of the tests repeats the token in its error; no text of ours does."""
    with pytest.raises(LoginRefusedError) as refused:
        client(authorisation).renew(OLD)
    authorisation.client_secret = "another"
    with pytest.raises(ConfigurationError) as wrong:
        client(authorisation, secret="secret-7f").renew(OLD)

    assert "The grant … has been revoked" in str(refused.value)
    assert "The secret … is wrong" in str(wrong.value)
    lines = "".join([*traceback.format_exception(refused.value), *traceback.format_exception(wrong.value)])
    told = lines.replace('secret="secret-7f"', "") + repr(OLD) + repr(App("app", "secret-7f"))
    assert "-7f" not in told


def test_a_server_that_cannot_be_reached_is_told(authorisation: AuthorisationServer) -> None:
    port = free_port()
    OAUTH_PROVIDERS[Auth.MICROSOFT] = OAuthProvider("Microsoft", f"http://{HOST}:{port}/token", "s")

    with pytest.raises(
        ConnectionFailedError, match=r"sign-in server of Microsoft \(127\.0\.0\.1\) cannot be reached: Connection ref"
    ):
        client(authorisation).renew(OLD)


def test_a_server_that_says_nothing_is_not_waited_for(authorisation: AuthorisationServer) -> None:
    with socket.create_server((HOST, 0)) as silent:
        address = f"http://{HOST}:{silent.getsockname()[1]}/token"
        OAUTH_PROVIDERS[Auth.MICROSOFT] = OAuthProvider("Microsoft", address, "s")
        impatient = account(timeout=timedelta(seconds=0.2))
        asking = oauth.AuthorisationServer(impatient, str, authorisation.now)

        with pytest.raises(ConnectionFailedError, match=r"did not answer in time"):
            asking.renew(OLD)


def test_certificates_are_verified_and_ca_file_is_honoured(authorisation: AuthorisationServer, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.file, certificate.key)
    assert authorisation._server is not None  # noqa: SLF001
    authorisation._server.socket = context.wrap_socket(authorisation._server.socket, server_side=True)  # noqa: SLF001
    url = authorisation.address.replace("http:", "https:") + "/token"
    OAUTH_PROVIDERS[Auth.MICROSOFT] = OAuthProvider("Microsoft", url, "s")
    said = authorisation.sign_in()
    tokens = Tokens("a", str(said["refresh_token"]), NOW)

    with pytest.raises(ConnectionFailedError, match=r"cannot be trusted: self-signed certificate.*ca_file"):
        client(authorisation).renew(tokens)

    trusting = oauth.AuthorisationServer(account(ca_file=certificate.file), str, authorisation.now)
    assert trusting.renew(tokens).access in authorisation.secrets


def test_an_app_without_an_id_is_a_matter_of_the_configuration() -> None:
    with pytest.raises(ConfigurationError, match=r'^Account "shop" has no oauth_client_id\.'):
        oauth.AuthorisationServer(account(client_id=""), str, lambda: NOW)


def test_a_sign_in_for_an_hour_only_is_no_sign_in() -> None:
    with pytest.raises(LoginRefusedError, match="no refresh token"):
        read_tokens({"access_token": "a"}, OAUTH_PROVIDERS[Auth.GOOGLE], NOW)


@pytest.mark.parametrize(
    ("expires_in", "lasts"),
    [(3599, 3599), ("3599", 3599), (None, 3600), ("soon", 3600), (-5, 3600), (1e400, 3600), ([], 3600), (0, 0)],
)
def test_how_long_a_token_lasts_is_read_from_whatever_is_said(expires_in: object, lasts: int) -> None:
    said = {"access_token": "a", "refresh_token": "r", "expires_in": expires_in}

    assert read_tokens(said, OAUTH_PROVIDERS[Auth.GOOGLE], NOW) == Tokens("a", "r", NOW + timedelta(seconds=lasts))


# -- a sign-in that lasts ----------------------------------------------------------------------------------------------


class Drawer:
    """Keeps tokens in memory."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens

    def load(self) -> Tokens:
        return self.tokens

    def save(self, tokens: Tokens) -> None:
        self.tokens = tokens


def signed_in(server: AuthorisationServer) -> tuple[SignedIn, Drawer]:
    tokens = read_tokens(server.sign_in(), OAUTH_PROVIDERS[Auth.MICROSOFT], server.now())
    drawer = Drawer(tokens)
    return SignedIn(account(), client(server), drawer, server.now), drawer


@pytest.mark.parametrize("rotates", [False, True])
def test_a_token_is_renewed_when_fewer_than_five_minutes_are_left(
    authorisation: AuthorisationServer, rotates: bool
) -> None:
    authorisation.rotates = rotates
    lasting, drawer = signed_in(authorisation)
    first = drawer.tokens
    authorisation.pass_time(54 * 60)
    assert (lasting.token(), authorisation.requests) == (first.access, [])
    authorisation.pass_time(2 * 60)

    second = lasting.token()

    assert second not in {first.access, first.refresh}
    assert drawer.tokens.access == second
    assert (drawer.tokens.refresh == first.refresh) is not rotates
    assert lasting.token() == second
    assert authorisation.asked("refresh_token") == 1


def test_what_another_run_renewed_meanwhile_is_taken(authorisation: AuthorisationServer) -> None:
    """Two runs at once, and a server whose refresh tokens hold once: the slower one is refused."""
    authorisation.rotates = True
    lasting, drawer = signed_in(authorisation)
    other = client(authorisation).renew(drawer.tokens)
    stale, looks = drawer.tokens, 0

    def load() -> Tokens:
        nonlocal looks
        looks += 1
        return stale if looks == 1 else other

    drawer.load = load  # type: ignore[method-assign]

    assert lasting.renewed() == other.access


def test_the_secret_is_asked_for_only_when_the_server_is(authorisation: AuthorisationServer) -> None:
    """The command behind it may ask for a passphrase, which nobody wants at each run."""
    asked = list[bool]()

    def secret() -> str:
        asked.append(True)
        return ""

    tokens = read_tokens(authorisation.sign_in(), OAUTH_PROVIDERS[Auth.MICROSOFT], authorisation.now())
    asking = oauth.AuthorisationServer(account(), secret, authorisation.now)
    lasting = SignedIn(account(), asking, Drawer(tokens), authorisation.now)
    lasting.token()
    assert asked == []
    lasting.renewed()
    lasting.renewed()
    assert asked == [True]


# -- to the mail server ------------------------------------------------------------------------------------------------


def test_a_token_is_shown_as_the_rfc_and_google_have_it() -> None:
    """The examples of RFC 7628, section 4.1, and of Google's "XOAUTH2 mechanism"."""
    rfc = (
        "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyIH"
        "ZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB"
    )
    token = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="

    found = sasl_response("OAUTHBEARER", "user@example.com", "server.example.com", 143, token)

    assert found.encode() == urlsafe_b64decode(rfc)
    assert sasl_response("XOAUTH2", "a=b,c@x.example", "h", 1, "t") == "user=a=b,c@x.example\1auth=Bearer t\1\1"
    assert sasl_response("OAUTHBEARER", "a=b,c", "h", 1, "t") == "n,a=a=3Db=2Cc,\1host=h\1port=1\1auth=Bearer t\1\1"
