"""`triage login`, and what comes after it by itself: a Dovecot that checks every token, and no person at the terminal.

The tokens come from an authorisation server on loopback, and Dovecot asks that same server what each is worth.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import ProxyHandler, build_opener

import keyring
import pytest
from keyring.backends import fail

from tests.servers.authorisation import CLIENT, AuthorisationServer
from tests.servers.base import PASSWORD, free_port, running
from tests.servers.dovecot import DovecotServer
from tests.servers.hostile import HostileServer, refuse_token
from tests.shop import deliver
from tests.test_secrets import system_keyring
from triage.mail.oauth_messages import OAUTH_PROVIDERS, OAuthProvider
from triage.settings import Auth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.servers.base import MailAccount
    from tests.shop import Shop

__all__ = ["system_keyring"]  # a fixture
ROOT = Path(__file__).parents[2]
SECRET = "secret-of-the-app-7f"
posix_only = pytest.mark.skipif(os.name == "nt", reason="processes and permissions of Unix")


@pytest.fixture(scope="module")
def offices() -> Iterator[tuple[AuthorisationServer, DovecotServer]]:
    """An authorisation server, and a Dovecot that believes no token but its."""
    with AuthorisationServer() as authorisation:
        server = DovecotServer(token_check=f"{authorisation.address}/introspect")
        for dovecot in running(server, required=True):
            yield authorisation, dovecot


@pytest.fixture
def authorisation(
    offices: tuple[AuthorisationServer, DovecotServer], monkeypatch: pytest.MonkeyPatch
) -> Iterator[AuthorisationServer]:
    """The authorisation server in the place of both providers, on a machine without a keyring."""
    server = offices[0]
    server.reset()
    server.interval = 0.1
    server.stand_in(monkeypatch)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("COLUMNS", "240")
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]
    yield server
    keyring.set_keyring(before)


@pytest.fixture
def mailbox(offices: tuple[AuthorisationServer, DovecotServer], authorisation: AuthorisationServer) -> MailAccount:
    """A fresh user with one mail, who is at the browser."""
    made = offices[1].account()
    authorisation.person = made.username
    deliver(made, "INBOX")
    return made


def table(mailbox: MailAccount, auth: Auth | None = Auth.MICROSOFT, **changes: str) -> str:
    return server_table(mailbox.server.host, mailbox.server.port, auth, username=f'"{mailbox.username}"', **changes)


def server_table(host: str, port: int, auth: Auth | None = Auth.MICROSOFT, **changes: str) -> str:
    oauth = {"auth": f'"{auth}"', "oauth_client_id": f'"{CLIENT}"'} if auth else {}
    keys = {
        "name": '"shop"', "host": f'"{host}"', "port": str(port), "security": '"none"',
        "username": '"info@shop.example"', "addresses": '["info@shop.example"]',
        "since": '"3650d"', "timeout": '"5s"', **oauth, **changes,
    }  # fmt: skip
    return "\n".join(f"{key} = {value}" for key, value in keys.items() if value)


def type_the_code(server: AuthorisationServer) -> threading.Thread:
    """Be the person who types the code as soon as there is one."""

    def person() -> None:
        while not server.devices:
            threading.Event().wait(0.02)
        server.type_code(next(iter(server.devices.values())).user_code)

    thread = threading.Thread(target=person, daemon=True)
    thread.start()
    return thread


def signed_in(shop: Shop, server: AuthorisationServer, *arguments: str) -> str:
    """Sign in by a code, and give what was said."""
    person = type_the_code(server)
    result = shop.run("login", "shop", *arguments)
    person.join(5)
    assert result.status == 0, result.err
    return result.out


# A process of its own, as cron starts it: the addresses of the provider are put into the program, for there is no
# other way to replace them.
RUN = """\
from triage.mail import oauth_messages
from triage.settings import Auth
for auth in oauth_messages.OAUTH_PROVIDERS:
    name, scope = oauth_messages.OAUTH_PROVIDERS[auth].name, oauth_messages.OAUTH_PROVIDERS[auth].scope
    ways = {"authorize_url": "ADDRESS/authorize"} if auth is Auth.GOOGLE else {"device_url": "ADDRESS/devicecode"}
    oauth_messages.OAUTH_PROVIDERS[auth] = oauth_messages.OAuthProvider(name, "ADDRESS/token", scope, **ways)
from cli.__main__ import main
main()
"""


def start(shop: Shop, server: AuthorisationServer, *arguments: str) -> subprocess.Popen[str]:
    """Start triage in a process of its own, in a session without a terminal."""
    environment = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring", "PYTHONPATH": str(ROOT)}
    kept = {name: value for name, value in os.environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    command = [sys.executable, "-c", RUN.replace("ADDRESS", server.address), *arguments, "--config", str(shop.config)]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, env={**kept, **environment}, text=True, start_new_session=True, stdin=pipe, stdout=pipe, stderr=pipe
    )


# -- Microsoft: a code to type -----------------------------------------------------------------------------------------


def test_a_code_typed_elsewhere_signs_in_and_mail_is_fetched(
    shop: Shop, authorisation: AuthorisationServer, mailbox: MailAccount
) -> None:
    shop.configure(table(mailbox))

    said = signed_in(shop, authorisation)

    assert said.splitlines() == [
        "Open this address in a browser, on any computer, and type the code:",
        f"  {authorisation.address}/device",
        "  CODE-1",
        f'Account "shop": signed in at Microsoft; kept in {shop.folder / "data" / "tokens" / "shop.json"}.',
        "127.0.0.1 accepts it. `triage` shows the queue.",
    ]
    assert [row["subject"] for row in shop.export()] == ["Maat 42?"]
    assert shop.run("check").status == 0


def test_it_is_said_in_dutch(shop: Shop, authorisation: AuthorisationServer, mailbox: MailAccount) -> None:
    shop.configure(table(mailbox))
    shop.config.write_text(shop.config.read_text("utf-8").replace('"en"', '"nl"'), "utf-8")

    said = signed_in(shop, authorisation)

    assert said.startswith("Open dit adres in een browser")
    assert said.endswith("127.0.0.1 vindt het goed. `triage` toont de rij.\n")


def test_a_code_that_is_declined_ends_with_22(
    shop: Shop, authorisation: AuthorisationServer, mailbox: MailAccount
) -> None:
    shop.configure(table(mailbox))
    authorisation.declines = True
    person = type_the_code(authorisation)

    result = shop.run("login", "--quiet")

    person.join(5)
    sentence = "It was declined at Microsoft, so nobody is signed in. To try again: `triage login shop`."
    assert (result.status, result.err) == (22, f"triage: {sentence}\n")
    assert not (shop.folder / "data").exists()


def test_a_token_of_another_person_is_refused_by_the_mail_server(
    shop: Shop, authorisation: AuthorisationServer, mailbox: MailAccount
) -> None:
    authorisation.person = "somebody.else"
    shop.configure(table(mailbox))
    person = type_the_code(authorisation)

    result = shop.run("login", "--quiet")

    person.join(5)
    assert result.status == 22
    assert f"Did you sign in as {mailbox.username}, and is IMAP switched on for it?" in result.err


# -- Google: a browser on this computer, or on another -----------------------------------------------------------------


def google(mailbox: MailAccount, folder: Path) -> str:
    """Write an account at Google, whose app has a secret that a command prints."""
    (folder / "app-secret").write_text(f"{SECRET}\n")
    return table(mailbox, Auth.GOOGLE, oauth_client_secret_command=f"'cat {folder / 'app-secret'}'")


def read_until(stream: object, pattern: str) -> str:
    """Read lines until one has what is looked for."""
    for line in iter(stream.readline, ""):  # type: ignore[attr-defined]
        if found := re.search(pattern, line):
            return found[0]
    raise AssertionError(pattern)


@posix_only
def test_a_browser_signs_in(shop: Shop, authorisation: AuthorisationServer, mailbox: MailAccount) -> None:
    authorisation.client_secret = SECRET
    shop.configure(google(mailbox, shop.folder))
    with start(shop, authorisation, "login") as process:
        address = read_until(process.stdout, r"http://\S+")
        with build_opener(ProxyHandler({})).open(address, timeout=10) as page:
            assert page.read().decode() == "You can close this window; triage goes on in the terminal."
        out, err = process.communicate(timeout=30)

    assert (process.returncode, err.count("\n")) == (0, 1)
    assert "signed in at Google" in out
    assert "code_challenge_method=S256" in address
    assert authorisation.asked("authorization_code") == 1
    assert [row["subject"] for row in shop.export()] == ["Maat 42?"]


@posix_only
def test_over_ssh_the_last_address_of_the_browser_is_pasted(
    shop: Shop, authorisation: AuthorisationServer, mailbox: MailAccount
) -> None:
    authorisation.client_secret = SECRET
    shop.configure(google(mailbox, shop.folder))
    with start(shop, authorisation, "login", "--no-browser") as process:
        address = read_until(process.stdout, r"http://\S+")
        query = dict(pair.split("=") for pair in address.partition("?")[2].split("&"))
        form = {key: value.replace("%3A", ":").replace("%2F", "/") for key, value in query.items()}
        back = authorisation.authorize(form)
        assert process.stdin is not None
        process.stdin.write("what is this?\n")
        process.stdin.flush()
        assert process.stderr is not None
        read_until(process.stderr, "That is not the address; it begins with http://127")
        process.stdin.write(f"{back}\n")
        process.stdin.flush()
        out, _ = process.communicate(timeout=30)

    assert process.returncode == 0
    assert "signed in at Google" in out


@posix_only
@pytest.mark.parametrize("auth", [Auth.MICROSOFT, Auth.GOOGLE])
def test_waiting_for_a_person_can_be_interrupted(
    shop: Shop, authorisation: AuthorisationServer, mailbox: MailAccount, auth: Auth
) -> None:
    authorisation.interval = 60
    shop.configure(table(mailbox, auth))
    with start(shop, authorisation, "login") as process:
        read_until(process.stderr, "Waiting until|on another computer")
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=10)

    assert (process.returncode, err.count("\n"), "Traceback" in err) == (130, 1, False)


# -- a cron job --------------------------------------------------------------------------------------------------------


@posix_only
@pytest.mark.parametrize("rotates", [False, True])
def test_cron_renews_the_token_without_a_person(
    shop: Shop, authorisation: AuthorisationServer, mailbox: MailAccount, rotates: bool
) -> None:
    authorisation.rotates = rotates
    shop.configure(table(mailbox))
    authorisation.lasts = timedelta(minutes=3)  # too few to begin with
    signed_in(shop, authorisation)
    before = authorisation.asked("refresh_token")

    with start(shop, authorisation, "sync", "--quiet") as process:
        out, err = process.communicate("", timeout=60)

    assert (process.returncode, err) == (0, ""), out
    assert authorisation.asked("refresh_token") == before + 1
    assert stat.S_IMODE((shop.folder / "data" / "tokens" / "shop.json").stat().st_mode) == 0o600


def test_a_token_that_the_mail_server_refuses_is_renewed_once(
    shop: Shop, authorisation: AuthorisationServer, mailbox: MailAccount
) -> None:
    shop.configure(table(mailbox))
    signed_in(shop, authorisation)
    authorisation.end_access_tokens()

    result = shop.run("sync")

    assert (result.status, authorisation.asked("refresh_token")) == (0, 1)


def test_a_sign_in_that_has_ended_is_told(shop: Shop, authorisation: AuthorisationServer, mailbox: MailAccount) -> None:
    shop.configure(table(mailbox))
    signed_in(shop, authorisation)
    authorisation.revoke()

    for arguments in (["sync"], ["login", "--non-interactive"]):
        result = shop.run(*arguments)

        assert result.status == 22
        assert 'The sign-in of account "shop" at Microsoft has ended (expired or revoked)' in result.err
        assert "Sign in again: `triage login shop`." in result.err
        assert (result.err.count("\n"), "Traceback" in result.err) == (1, False)


def test_a_mail_server_that_goes_on_refusing_is_asked_twice(shop: Shop, authorisation: AuthorisationServer) -> None:
    with HostileServer(capabilities="IMAP4rev1 AUTH=XOAUTH2", on={"AUTHENTICATE": refuse_token()}) as server:
        shop.configure(server_table(server.host, server.port))
        person = type_the_code(authorisation)
        result = shop.run("login", "--quiet")
        person.join(5)

    assert result.status == 22
    assert '127.0.0.1 refused the sign-in of info@shop.example: "[AUTHENTICATIONFAILED] Invalid cred' in result.err
    assert server.received.count("AUTHENTICATE XOAUTH2") == 2
    assert server.received.count("") == 2  # what Google wants to hear before it says NO, and not the token again


def test_a_server_that_takes_no_token_is_told(shop: Shop, authorisation: AuthorisationServer) -> None:
    with HostileServer(capabilities="IMAP4rev1 AUTH=PLAIN") as server:
        shop.configure(server_table(server.host, server.port))
        person = type_the_code(authorisation)
        result = shop.run("login", "--quiet")
        person.join(5)

    assert result.status == 22
    assert "takes no OAuth2 (neither OAUTHBEARER nor XOAUTH2)" in result.err
    assert [line for line in server.received if line.startswith("AUTH")] == []


def methods_of(folder: Path, username: str) -> set[str]:
    """Give the mechanisms by which somebody logged in, once Dovecot has written it down: it does so a little later."""
    deadline = time.monotonic() + 10
    found: list[str] = []
    while not found and time.monotonic() < deadline:
        log = (folder / "dovecot.log").read_text()
        found = re.findall(rf"Login: user=<{username}>, method=(\w+)", log)
        time.sleep(0.02)
    return set(found)


@pytest.mark.parametrize("mechanism", ["xoauth2", "oauthbearer"])
def test_a_server_with_one_mechanism_is_spoken_to_in_it(
    shop: Shop, authorisation: AuthorisationServer, mechanism: str
) -> None:
    server = DovecotServer(token_check=f"{authorisation.address}/introspect", mechanisms=mechanism)
    for dovecot in running(server, required=True):
        mailbox = dovecot.account()
        authorisation.person = mailbox.username
        shop.configure(table(mailbox))

        signed_in(shop, authorisation)

        assert methods_of(dovecot.folder, mailbox.username) == {mechanism.upper()}


def test_the_better_mechanism_is_preferred(
    shop: Shop, authorisation: AuthorisationServer, mailbox: MailAccount
) -> None:
    shop.configure(table(mailbox))
    signed_in(shop, authorisation)

    assert methods_of(mailbox.server.folder, mailbox.username) == {"OAUTHBEARER"}


# -- what a user can mend ----------------------------------------------------------------------------------------------


def test_without_a_sign_in_the_command_is_named(shop: Shop, authorisation: AuthorisationServer) -> None:
    shop.configure(server_table("127.0.0.1", free_port()))

    for arguments in (["sync"], ["login", "--non-interactive"]):
        result = shop.run(*arguments)

        assert (result.status, authorisation.requests) == (22, [])
        assert 'Account "shop" is not signed in' in result.err
        assert "`triage login shop" in result.err


@pytest.mark.parametrize(
    ("changes", "status", "sentence"),
    [
        pytest.param({"oauth_client_id": ""}, 20, "oauth_client_id is missing", id="no app"),
        pytest.param({"oauth_client_id": '"other"'}, 20, "Check oauth_client_id", id="another app"),
        pytest.param(
            {"oauth_client_secret_command": '"no-such-program"'}, 20,
            "The program of oauth_client_secret_command", id="no secret",
        ),
        pytest.param({"oauth_client_secret_command": '"echo wrong-7f"'}, 20, "invalid", id="a wrong secret"),
    ],
)  # fmt: skip
def test_an_app_that_is_not_right_is_a_matter_of_the_configuration(
    shop: Shop, authorisation: AuthorisationServer, changes: dict[str, str], status: int, sentence: str
) -> None:
    person = type_the_code(authorisation) if "wrong-7f" in str(changes) else None
    shop.configure(server_table("127.0.0.1", free_port(), Auth.MICROSOFT, **changes))

    result = shop.run("login")

    if person is not None:
        person.join(5)
        sentence = "The secret … is wrong"
    assert (result.status, result.err.count("Traceback")) == (status, 0)
    assert sentence in result.err
    assert "wrong-7f" not in result.out + result.err


def test_a_server_that_cannot_be_reached_ends_with_21(shop: Shop, authorisation: AuthorisationServer) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    OAUTH_PROVIDERS[Auth.MICROSOFT] = OAuthProvider(
        "Microsoft", f"{address}/token", "s", device_url=f"{address}/devicecode"
    )
    shop.configure(server_table("127.0.0.1", free_port()))

    result = shop.run("login")

    assert result.status == 21
    assert "The sign-in server of Microsoft (127.0.0.1) cannot be reached: Connection refused." in result.err
    assert authorisation.requests == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], 'Say which account to sign in to: "one", "two", "three".'),
        (["nobody"], 'There is no account "nobody". The configuration has "one", "two", "three", "disk", "env".'),
        (["disk"], 'Account "disk" needs no sign-in: it lies on disk.'),
        (["env"], 'Account "env" needs no sign-in: its password comes from password_env.'),
    ],
)
def test_an_account_to_sign_in_to_has_to_be_there(shop: Shop, arguments: list[str], sentence: str) -> None:
    several = [server_table("127.0.0.1", 1, name=f'"{name}"') for name in ("one", "two")]
    shop.configure(
        *several,
        server_table("127.0.0.1", 1, None, name='"three"'),
        f'name = "disk"\npath = "{shop.folder.as_posix()}"\naddresses = ["info@shop.example"]',
        server_table("127.0.0.1", 1, None, name='"env"', password_env='"SHOP_PASSWORD"'),
    )

    result = shop.run("login", *arguments)

    assert result.status == 2
    assert sentence in result.err


# -- passwords ---------------------------------------------------------------------------------------------------------


def as_password(mailbox: MailAccount) -> str:
    return table(mailbox, auth=None)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Type a line on standard input."""
    import io

    return lambda line: monkeypatch.setattr(sys, "stdin", io.StringIO(line))


def test_a_password_is_tried_and_put_into_the_keyring(
    shop: Shop, mailbox: MailAccount, system_keyring: dict[tuple[str, str], str], typed: Callable[[str], None]
) -> None:
    shop.configure(as_password(mailbox))
    typed("wrong\n")
    assert (shop.run("login").status, system_keyring) == (22, {})
    typed("\n")
    assert (shop.run("login").status, system_keyring) == (2, {})
    typed(f"{PASSWORD}\n")

    result = shop.run("login")

    assert (result.status, result.err) == (0, "")
    assert system_keyring == {("triage", f"{mailbox.username}@127.0.0.1"): PASSWORD}
    assert shop.run("login", "--non-interactive").status == 0
    assert [row["subject"] for row in shop.export()] == ["Maat 42?"]


def test_without_a_keyring_no_password_is_asked_for(shop: Shop, mailbox: MailAccount) -> None:
    shop.configure(as_password(mailbox))

    result = shop.run("login")

    assert result.status == 20
    assert 'Give account "shop" password_command, password_file or password_env instead.' in result.err


# -- secrets -----------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("ps") is None, reason="ps is not installed (Debian: procps)")
def test_no_secret_is_in_any_output_process_or_database(
    shop: Shop, authorisation: AuthorisationServer, mailbox: MailAccount
) -> None:
    """Through a whole life, with `--verbose` and an umask of 000: sign in, fetch, renew, end."""
    authorisation.client_secret = SECRET
    secret_file = shop.folder / "app-secret"
    secret_file.write_text(f"{SECRET}\n")
    shop.configure(table(mailbox, oauth_client_secret_command=f"'cat {secret_file}'"))
    said, processes = list[str](), list[str]()
    before = os.umask(0)
    try:
        with start(shop, authorisation, "login", "--verbose") as process:
            read_until(process.stdout, "CODE-1")
            processes.append(subprocess.run(["ps", "axeww"], check=True, capture_output=True, text=True).stdout)
            authorisation.type_code("CODE-1")
            said.extend(process.communicate(timeout=30))
        authorisation.end_access_tokens()
        for _ in range(2):
            for command in ("sync", "check", "export"):
                with start(shop, authorisation, command, "--verbose") as process:
                    said.extend(process.communicate("", timeout=60))
            authorisation.revoke()
    finally:
        os.umask(before)

    assert "login --verbose" in processes[0]
    assert "has ended (expired or revoked)" in "".join(said)
    secrets = {*authorisation.secrets, SECRET}
    assert len(secrets) >= 5
    kept = {path: path.read_bytes() for path in (shop.folder / "data").rglob("*") if path.is_file()}
    for secret in secrets:
        assert secret not in "".join(said)
        assert secret not in "".join(processes)
        assert [path.name for path, data in kept.items() if secret.encode() in data] in ([], ["shop.json"])
    assert {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in (shop.folder / "data").rglob("*")} == {
        **{path.name: "0o600" for path in kept}, "tokens": "0o700",
    }  # fmt: skip
