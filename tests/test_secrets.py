"""Where a password comes from, and that it goes nowhere else."""

from __future__ import annotations

import shlex
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

from triage.errors import ConfigurationError
from triage.secrets import client_secret_for, password_for
from triage.settings import AccountSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "geheim van de zaak"


def account(**fields: object) -> AccountSettings:
    """Make an account of a shop."""
    return AccountSettings("shop", "imap.example.com", username="info@shop.example", **fields)  # type: ignore[arg-type]


def python(program: str) -> str:
    """Write a command that runs a line of Python."""
    return shlex.join([sys.executable, "-c", program])


class MemoryKeyring(KeyringBackend):
    """A keyring that holds its passwords in memory, or is locked."""

    priority = 1

    def __init__(self, passwords: dict[tuple[str, str], str], *, is_locked: bool = False) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._passwords = passwords
        self._is_locked = is_locked

    def get_password(self, service: str, username: str) -> str | None:
        if self._is_locked:
            raise KeyringLocked
        return self._passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._passwords[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        raise PasswordDeleteError(service, username)


@pytest.fixture
def system_keyring() -> Iterator[dict[tuple[str, str], str]]:
    """Put a keyring of our own into the system's place: what is put into the dictionary is in it."""
    passwords: dict[tuple[str, str], str] = {}
    before = keyring.get_keyring()
    keyring.set_keyring(MemoryKeyring(passwords))
    yield passwords
    keyring.set_keyring(before)


def test_a_password_comes_from_the_environment() -> None:
    assert password_for(account(password_env="SHOP_PASSWORD"), {"SHOP_PASSWORD": SECRET}) == SECRET


@pytest.mark.parametrize(
    ("program", "password"),
    [
        pytest.param(f"print({SECRET!r})", SECRET, id="a line"),
        pytest.param(f"print({SECRET!r}, end='')", SECRET, id="without its end"),
        pytest.param(f"print({SECRET!r} + '\\r\\nurl: imap.example.com\\n')", SECRET, id="the first of several"),
        pytest.param("import sys; sys.stdout.buffer.write('pässwörd'.encode())", "pässwörd", id="not ascii"),
        pytest.param("print('  spaces count  ')", "  spaces count  ", id="spaces count"),
    ],
)
def test_a_password_is_the_first_line_that_a_command_prints(program: str, password: str) -> None:
    assert password_for(account(password_command=python(program)), {}) == password


@pytest.mark.parametrize(
    ("content", "password"),
    [
        pytest.param(b"geheim\n", "geheim", id="a line"),
        pytest.param(b"geheim", "geheim", id="without its end"),
        pytest.param(b"geheim\r\nmeer\r\n", "geheim", id="windows"),
        pytest.param(b"\xef\xbb\xbfgeheim\r\n", "geheim", id="notepad's mark"),
    ],
)
def test_a_password_is_the_first_line_of_a_file(tmp_path: Path, content: bytes, password: str) -> None:
    path = tmp_path / "password"
    path.write_bytes(content)
    path.chmod(0o600)

    assert password_for(account(password_file=path), {}) == password


def test_a_password_comes_from_the_systems_keyring(system_keyring: dict[tuple[str, str], str]) -> None:
    system_keyring["triage", "info@shop.example@imap.example.com"] = SECRET

    assert password_for(account(), {}) == SECRET


# -- where there is none -----------------------------------------------------------------------------------------------

FAILS = f"import sys; print({SECRET!r}); sys.exit(3)"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        pytest.param({"password_env": "SHOP_PASSWORD"}, "SHOP_PASSWORD (password_env) is not set", id="no variable"),
        pytest.param({"password_command": "no-such-program x"}, "is not found", id="no program"),
        pytest.param({"password_command": "/"}, "failed: Permission denied", id="a folder for a program"),
        pytest.param({"password_command": 'pass "show'}, "failed: No closing quotation", id="open quote"),
        pytest.param({"password_command": " "}, "password_command is empty.", id="no words"),
        pytest.param({"password_command": python(FAILS)}, "it ended with status 3", id="it fails"),
        pytest.param({"password_command": python("")}, "printed nothing", id="it prints nothing"),
        pytest.param({"password_command": python("print()")}, "printed nothing", id="its first line is empty"),
        pytest.param(
            {"password_command": python(f"import sys; sys.stdout.buffer.write({SECRET.encode()!r} + b'\\xff')")},
            "what it printed is no UTF-8 text", id="no text",
        ),
        pytest.param({"password_file": Path("/no/such/file")}, "cannot be read: No such file", id="no file"),
        pytest.param({"password_file": Path("/")}, "is a folder. Name a file in it.", id="a folder for a file"),
        pytest.param({}, "There is no password for info@shop.example in the system keyring", id="not in the keyring"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("system_keyring")
@pytest.mark.skipif(sys.platform == "win32", reason="the system's words are others there")
def test_a_password_that_is_not_there_is_told_in_a_sentence(fields: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        password_for(account(**fields), {})

    assert sentence in str(refused.value)
    assert SECRET not in "".join(traceback.format_exception(refused.value)).replace(shlex.quote(FAILS), "")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has permissions of another kind")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777])
def test_a_password_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "password"
    path.write_text(SECRET)
    path.chmod(mode)

    with pytest.raises(ConfigurationError, match=r"Others can read the password file .* `chmod 600 "):
        password_for(account(password_file=path), {})


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b"\ngeheim\n", "is empty", id="empty first line"),
        pytest.param(b"geheim\xff", "is no UTF-8 text", id="no text"),
    ],
)
def test_a_password_file_without_a_password_is_told(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "password"
    path.write_bytes(content)
    path.chmod(0o600)

    with pytest.raises(ConfigurationError, match=sentence) as refused:
        password_for(account(password_file=path), {})
    assert "geheim" not in "".join(traceback.format_exception(refused.value))


def test_a_locked_keyring_is_told_in_a_sentence() -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(MemoryKeyring({}, is_locked=True))
    try:
        with pytest.raises(ConfigurationError, match=r"keyring cannot be used here \(KeyringLocked\)"):
            password_for(account(), {})
    finally:
        keyring.set_keyring(before)


def test_a_command_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triage.secrets.COMMAND_TIMEOUT", 0.3)

    with pytest.raises(ConfigurationError, match=r"it took longer than 0\.3 s"):
        password_for(account(password_command=python("import time; time.sleep(30)")), {})


def test_of_accounts_that_log_in_together_one_command_asks_at_a_time(tmp_path: Path) -> None:
    program = "import os, time; os.mkdir('asking'); time.sleep(0.2); os.rmdir('asking'); print('geheim')"
    program = f"import os; os.chdir({str(tmp_path)!r}); {program}"
    account = AccountSettings("shop", oauth_client_secret_command=shlex.join([sys.executable, "-c", program]))

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(client_secret_for, [account, account])) == ["geheim", "geheim"]
