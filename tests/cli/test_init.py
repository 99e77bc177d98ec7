"""`triage init`: from a mail address to the first queue, at a terminal and in scripts; nothing is ever half-written."""

from __future__ import annotations

import os
import stat
import sys
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import keyring
import pytest

from tests.cli.terminal import Terminal
from tests.servers.base import PASSWORD, MailAccount
from tests.shop import Result, run
from tests.test_secrets import MemoryKeyring
from triage.config import load_settings
from triage.demo import sample_shop
from triage.settings import OurAddresses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.dovecot import DovecotServer

ADDRESS = "info@deschoenmaker.example"
JAN = "sjoerd@deschoenmaker.example"  # writes from the shop, as its Sent shows
WRONG = "hunter2-wrong"
ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Dovecot and pseudo-terminals are Unix's")


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody with mail on Dovecot, who has never run triage."""

    mailbox: MailAccount
    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "config" / "config.toml"

    @property
    def server(self) -> str:
        return f"{self.mailbox.server.host}:{self.mailbox.server.port}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "TRIAGE_CONFIG": str(self.config),
            "TRIAGE_DATA_DIR": str(self.folder / "data"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "PYTHONPATH": str(ROOT),
            "LC_ALL": "en_GB.UTF-8",
            "COLUMNS": "100",
            "NO_COLOR": "1",
            "TERM": "xterm",
            "PAGER": "cat",
        }

    def run(self, *arguments: str) -> Result:
        """Run init without asking anything."""
        known = ("--email", ADDRESS, "--host", self.server, "--security", "none", "--username", self.mailbox.username)
        return run("init", "--non-interactive", *known, *arguments)

    def files(self) -> dict[str, int]:
        """Every file and folder that was made, with its mode."""
        found = [path for path in self.folder.rglob("*") if path.parent != self.folder / "data"]
        return {path.relative_to(self.folder).as_posix(): stat.S_IMODE(path.stat().st_mode) for path in sorted(found)}


@pytest.fixture
def newcomer(dovecot_account: MailAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Newcomer:
    for mail in sample_shop(datetime.now(UTC)):
        dovecot_account.deliver(mail.mailbox, mail.source, mail.received_at, mail.flags)
    made = Newcomer(dovecot_account, tmp_path)
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SHOP_PASSWORD", PASSWORD)
    return made


@pytest.fixture
def no_keyring() -> Iterator[None]:
    yield from _with_keyring(keyring.backends.fail.Keyring())  # type: ignore[no-untyped-call]


class _Keyring(MemoryKeyring):
    def delete_password(self, service: str, username: str) -> None:
        del self._passwords[service, username]


@pytest.fixture
def memory() -> Iterator[dict[tuple[str, str], str]]:
    """A keyring in memory, in the system's place; the dictionary is what is in it."""
    kept: dict[tuple[str, str], str] = {}
    for _ in _with_keyring(_Keyring(kept)):
        yield kept


def _with_keyring(backend: keyring.backend.KeyringBackend) -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(backend)
    yield
    keyring.set_keyring(before)


def greet(terminal: Terminal, newcomer: Newcomer) -> None:
    """Answer the first questions."""
    terminal.answer("Taal / Language (nl, en) [en]:")
    terminal.answer("Your mail address:", ADDRESS)
    terminal.answer("name of your provider:", newcomer.server)
    terminal.answer("Encryption (tls, starttls, none) [none]:")


# -- at a terminal -----------------------------------------------------------------------------------------------------


def test_from_nothing_to_the_first_queue(newcomer: Newcomer) -> None:
    """The wrong password first; no secret is shown; not one byte changes on the server."""
    before = newcomer.mailbox.snapshot()
    with Terminal("init", environment=newcomer.environment) as terminal:
        greet(terminal, newcomer)
        terminal.answer(f"Password of {ADDRESS}:", WRONG)
        terminal.until("That password does not work.")
        terminal.answer(f"Sign in as [{ADDRESS}]:", newcomer.mailbox.username)
        terminal.answer(f"Password of {newcomer.mailbox.username}:", PASSWORD)
        terminal.until("What you sent is in Sent.")
        terminal.answer("Which of them are yours (all, none, or numbers) [all]:")
        terminal.until("This system has no keyring.")
        terminal.answer("Keep the password in (file, command) [file]:")
        terminal.answer("Name of your shop [Deschoenmaker]:", "De Schoenmaker")
        terminal.answer("Opening hours [Mon-Fri 09:00-17:00]:", "elke dag")
        terminal.until("That is not clear.")
        terminal.answer("Opening hours [", "Mon-Fri 9-12:30 13-17:30, Sat 10-16")
        terminal.answer("Country, or region, for public holidays [GB]:", "Nederland")
        terminal.answer(f"Write {newcomer.config}? (Y/n):")
        status = terminal.end()

    assert status == 0, terminal.seen
    assert "INBOX 64/64" in " ".join(terminal.seen.split())
    assert "De Schoenmaker" in terminal.seen.partition("Written:")[2]
    assert WRONG not in terminal.seen
    assert PASSWORD not in terminal.seen
    assert newcomer.mailbox.snapshot() == before
    assert newcomer.files() == {
        "config": 0o700,
        "config/config.toml": 0o600,
        "config/deschoenmaker.password": 0o600,
        "data": 0o700,
    }
    assert PASSWORD not in newcomer.config.read_text("utf-8")
    settings = load_settings(newcomer.config, {})
    assert settings.accounts[0].addresses == OurAddresses.of(ADDRESS, JAN)
    assert (settings.shop.name, settings.shop.holidays, settings.shop.timezone.key) == (
        "De Schoenmaker",
        "NL",
        "Europe/Amsterdam",
    )
    assert [len(day) for day in settings.shop.hours] == [2, 2, 2, 2, 2, 1, 0]


def test_in_dutch(newcomer: Newcomer) -> None:
    environment = newcomer.environment | {"LC_ALL": "nl_BE.UTF-8"}
    with Terminal("init", "--no-look", environment=environment) as terminal:
        terminal.answer("Taal / Language (nl, en) [nl]:")
        terminal.answer("Je mailadres:", "info")
        terminal.until("Dat is geen mailadres. Een voorbeeld: info@winkel.example.")
        terminal.answer("Je mailadres:", ADDRESS)
        terminal.answer("naam van je provider:", newcomer.server)
        terminal.answer("Versleuteling (tls, starttls, none) [none]:")
        terminal.answer("Wachtwoord van", PASSWORD)  # Dovecot takes any name: that mailbox is empty
        terminal.answer("Bewaar het wachtwoord in (bestand, opdracht) [bestand]:", "opdracht")
        terminal.answer("Opdracht die het toont, zoals pass show winkel:", "echo fout")
        terminal.until("Die toont iets anders dan het wachtwoord dat werkt.")
        terminal.answer("Opdracht", f"echo {PASSWORD}")
        terminal.answer("Naam van je winkel")
        terminal.answer("Openingstijden [ma-vr 09:00-17:00]:", "9-12 13-17")
        terminal.answer("feestdagen [BE]:")
        terminal.answer("schrijven? (J/n):", "j")
        status = terminal.end()

    assert status == 0, terminal.seen
    table = tomllib.loads(newcomer.config.read_text("utf-8"))
    assert (table["language"], table["shop"]["holidays"], table["shop"]["timezone"]) == ("nl", "BE", "Europe/Brussels")
    assert table["account"][0]["password_command"] == f"echo {PASSWORD}"
    assert list(newcomer.files()) == ["config", "config/config.toml"]


@pytest.mark.parametrize(
    ("questions", "key"),
    [
        pytest.param(0, "\x03", id="Ctrl-C at the first"),
        pytest.param(0, "\x04", id="end of input at the first"),
        pytest.param(1, "\x03", id="Ctrl-C at the password"),
        pytest.param(1, "\x04", id="end of input at the password"),
        pytest.param(2, "\x03", id="Ctrl-C at the last"),
        pytest.param(2, "n\n", id="no at the last"),
    ],
)
def test_whoever_stops_leaves_nothing_behind(newcomer: Newcomer, questions: int, key: str) -> None:
    with Terminal("init", environment=newcomer.environment) as terminal:
        if questions:
            greet(terminal, newcomer)
        if questions > 1:
            terminal.answer("Password of", PASSWORD)
            terminal.answer("Keep the password in")
            terminal.answer("Name of your shop")
            terminal.answer("Opening hours")
            terminal.answer("Country")
        terminal.until(("Taal / Language", "Password of", "Write ")[questions])
        terminal.type(key)
        status = terminal.end()

    assert (status, newcomer.files()) == (130, {})
    assert "Stopped. Nothing was written." in terminal.seen


def test_three_wrong_passwords_end_it(newcomer: Newcomer) -> None:
    with Terminal("init", environment=newcomer.environment) as terminal:
        greet(terminal, newcomer)
        for _ in range(2):
            terminal.answer("Password of", WRONG)
            terminal.answer("Sign in as")
        terminal.answer("Password of", WRONG)
        status = terminal.end()

    assert (status, newcomer.files()) == (22, {})
    assert WRONG not in terminal.seen


# -- in scripts --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_keyring")
def test_a_script_answers_by_flags(newcomer: Newcomer) -> None:
    before = newcomer.mailbox.snapshot()
    result = newcomer.run(
        *("--password-env", "SHOP_PASSWORD", "--shop", "De Schoenmaker", "--hours", "9-12:30 13-17:30"),
        *("--holidays", "BE", "--language", "en", "--account-name", "winkel"),
    )

    assert result.status == 0, result.err
    assert "Wants to buy" in result.out
    assert tomllib.loads(newcomer.config.read_text("utf-8"))["account"] == [
        {
            "name": "winkel",
            "host": newcomer.mailbox.server.host,
            "port": newcomer.mailbox.server.port,
            "security": "none",
            "username": newcomer.mailbox.username,
            "password_env": "SHOP_PASSWORD",
            "addresses": [ADDRESS, JAN],
        }
    ]
    assert newcomer.mailbox.snapshot() == before


@pytest.mark.parametrize(
    ("arguments", "flag"),
    [
        ([], "--email"),
        (["--email", "info"], "--email"),
        (["--email", ADDRESS], "--host"),
        (["--email", ADDRESS, "--host", "a b"], "--host"),
        (["--email", ADDRESS, "--host", "imap.shop.example"], "--password-env, --password-file or --password-command"),
        (["--email", ADDRESS, "--language", "fy"], "--language"),
        (
            ["--email", ADDRESS, "--host", "imap.shop.example", "--password-env", "A", "--password-file", "b"],
            "--password-env, --password-file and --password-command",
        ),
    ],
)
def test_what_is_missing_in_a_script_is_named(newcomer: Newcomer, arguments: list[str], flag: str) -> None:
    result = run("init", "--non-interactive", *arguments)

    assert (result.status, result.out, newcomer.files()) == (2, "", {})
    assert flag in result.err.splitlines()[-1]


@pytest.mark.usefixtures("no_keyring")
@pytest.mark.parametrize(
    ("flag", "text"), [("--hours", "altijd"), ("--holidays", "XX"), ("--timezone", "Europe/Delft")]
)
def test_a_flag_that_cannot_be_meant_is_named(newcomer: Newcomer, flag: str, text: str) -> None:
    result = newcomer.run("--password-env", "SHOP_PASSWORD", flag, text)

    assert (result.status, newcomer.files()) == (2, {})
    assert result.err.splitlines()[-1].startswith(f"triage: {flag}: ")


def test_a_wrong_password_in_a_script_ends_it_at_once(newcomer: Newcomer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", WRONG)
    result = newcomer.run("--password-env", "SHOP_PASSWORD")

    assert (result.status, newcomer.files()) == (22, {})
    assert WRONG not in result.err + result.out


def test_a_mailbox_that_is_not_there_ends_it(newcomer: Newcomer) -> None:
    result = newcomer.run("--password-env", "SHOP_PASSWORD", "--sent", "Weg")

    assert (result.status, newcomer.files()) == (23, {})


def test_without_a_terminal_nothing_is_asked(newcomer: Newcomer) -> None:
    result = run("init", "--host", newcomer.server)

    assert result.status == 2
    assert "--email is missing" in result.err


def test_the_keyring_keeps_the_password(newcomer: Newcomer, memory: dict[tuple[str, str], str]) -> None:
    result = newcomer.run("--password-env", "SHOP_PASSWORD", "--keyring")

    assert result.status == 0, result.err
    assert list(memory.values()) == [PASSWORD]
    assert "password" not in tomllib.loads(newcomer.config.read_text("utf-8"))["account"][0]
    assert run("check").status == 0


@pytest.mark.usefixtures("no_keyring")
def test_a_keyring_that_is_not_there_is_told(newcomer: Newcomer) -> None:
    result = newcomer.run("--password-env", "SHOP_PASSWORD", "--keyring")

    assert (result.status, newcomer.files()) == (20, {})


def test_a_keyring_is_emptied_again_when_the_configuration_cannot_be_written(
    newcomer: Newcomer, memory: dict[tuple[str, str], str]
) -> None:
    (newcomer.folder / "config").write_text("a file where a folder should be")
    result = newcomer.run("--password-env", "SHOP_PASSWORD", "--keyring")

    assert (result.status, memory) == (20, {})


def test_microsoft_wants_a_sign_in(newcomer: Newcomer) -> None:
    result = run(
        "init", "--non-interactive", "--email", "jan@hotmail.nl", "--oauth-client-id", "abc", "--language", "en"
    )

    assert result.status == 0, result.err
    assert "Sign in now with `triage login`" in result.err
    account = load_settings(newcomer.config, {}).accounts[0]
    assert (account.host, account.auth, account.oauth_client_id) == ("outlook.office365.com", "oauth2-microsoft", "abc")


@pytest.mark.usefixtures("newcomer")
def test_an_app_that_is_not_registered_yet_can_be_filled_in_later() -> None:
    result = run("init", "--non-interactive", "--email", "jan@hotmail.nl", "--language", "en")

    assert result.status == 0, result.err
    assert "Fill in oauth_client_id there first." in result.err
    assert "has no oauth_client_id. Put the ID of the app" in run("check").err


# -- where there is one already ----------------------------------------------------------------------------------------


@pytest.fixture
def owner(newcomer: Newcomer, no_keyring: None) -> Newcomer:  # noqa: ARG001
    """Somebody who has run it before, and has written into the file since."""
    assert newcomer.run("--password-env", "SHOP_PASSWORD", "--no-look", "--language", "en").status == 0
    text = newcomer.config.read_text("utf-8")
    newcomer.config.write_text(text.replace("[shop]", "[shop]  # van mijn vader"), "utf-8")
    return newcomer


def test_another_account_is_added(owner: Newcomer) -> None:
    before = owner.config.read_text("utf-8")
    result = owner.run("--password-env", "SHOP_PASSWORD", "--account-name", "tweede", "--no-look")

    after = owner.config.read_text("utf-8")
    assert result.status == 0, result.err
    assert [line for line in before.splitlines() if line not in after.splitlines()] == []
    assert [account.name for account in load_settings(owner.config, {}).accounts] == ["deschoenmaker", "tweede"]
    assert stat.S_IMODE(owner.config.stat().st_mode) == 0o600


def test_an_account_is_changed_only_where_that_is_wanted(owner: Newcomer) -> None:
    before = owner.config.read_text("utf-8")
    refused = owner.run("--password-env", "OTHER_PASSWORD")
    os.environ["OTHER_PASSWORD"] = PASSWORD
    try:
        changed = owner.run("--password-env", "OTHER_PASSWORD", "--replace", "--no-look")
    finally:
        del os.environ["OTHER_PASSWORD"]

    assert (refused.status, "--replace" in refused.err) == (2, True)
    assert changed.status == 0, changed.err
    assert owner.config.read_text("utf-8") == before.replace("SHOP_PASSWORD", "OTHER_PASSWORD")


def test_a_new_one_leaves_the_old_one_beside_it(owner: Newcomer) -> None:
    before = owner.config.read_text("utf-8")
    result = owner.run("--password-env", "SHOP_PASSWORD", "--new", "--no-look")

    assert result.status == 0, result.err
    assert (owner.config.parent / "config.toml.old").read_text("utf-8") == before
    assert "van mijn vader" not in owner.config.read_text("utf-8")


def test_a_broken_one_is_told_and_left_alone(owner: Newcomer) -> None:
    owner.config.write_text("[shop\n")
    result = owner.run("--password-env", "SHOP_PASSWORD")

    assert (result.status, owner.config.read_text()) == (20, "[shop\n")


def test_a_link_is_followed(owner: Newcomer) -> None:
    """Who keeps settings in a folder of their own links to them."""
    real = owner.folder / "dotfiles.toml"
    owner.config.rename(real)
    owner.config.symlink_to(real)
    result = owner.run("--password-env", "SHOP_PASSWORD", "--account-name", "tweede", "--no-look")

    assert result.status == 0, result.err
    assert owner.config.is_symlink()
    assert len(load_settings(real, {}).accounts) == 2


def test_a_certificate_of_ones_own_is_named(newcomer: Newcomer, dovecot: DovecotServer) -> None:
    assert dovecot.certificate is not None
    server = ("--host", f"localhost:{dovecot.tls_port}", "--security", "tls", "--username", newcomer.mailbox.username)
    known = ("--email", ADDRESS, "--password-env", "SHOP_PASSWORD", "--no-look", "--language", "en")
    refused = run("init", "--non-interactive", *known, *server)
    trusted = run("init", "--non-interactive", *known, *server, "--ca-file", str(dovecot.certificate.file))

    assert (refused.status, "cannot be trusted" in refused.err) == (21, True)
    assert trusted.status == 0, trusted.err
    assert load_settings(newcomer.config, {}).accounts[0].ca_file == dovecot.certificate.file


def test_a_password_never_goes_out_in_the_clear(newcomer: Newcomer) -> None:
    """The server would be asked for nothing: the refusal comes before any connection."""
    asked = ("--email", ADDRESS, "--host", "mail.klant.example", "--port", "143", "--security", "none")

    result = run("init", "--non-interactive", *asked, "--password-env", "SHOP_PASSWORD")

    assert (result.status, "Without encryption everybody on the way to mail.klant.example" in result.err) == (2, True)
    assert "config.toml" not in " ".join(newcomer.files())


def test_what_is_explained_is_whole_where_nobody_reads_along(newcomer: Newcomer) -> None:  # noqa: ARG001
    result = run("init", "--non-interactive", "--email", "winkel@gmail.com")

    assert "app password" in result.err
    assert max(map(len, result.err.splitlines())) > 100, "no line is cut at the width of a terminal that is not there"
