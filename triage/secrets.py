"""Where a password comes from: the environment, a command, a file for its owner alone, or the system's keyring.

It is never printed or logged. The only user of keyring.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from triage.errors import ConfigurationError
from triage.i18n import _
from triage.mail.oauth_messages import login_command

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from triage.settings import AccountSettings

KEYRING_SERVICE = "triage"
COMMAND_TIMEOUT = 60  # seconds: `pass` may ask for a passphrase
_ONE_AT_A_TIME = threading.Lock()  # two that ask on one terminal would share what is typed; accounts log in together


class KeyringUnusableError(Exception):
    """The system's keyring is missing or locked; the text names the reason."""


def password_for(account: AccountSettings, environ: Mapping[str, str]) -> str:
    """Give the password of an account.

    Raises:
        ConfigurationError: There is none where the configuration says.

    """
    if account.password_env:
        return _from_environment(account, environ)
    if account.password_command:
        return _from_command(account.password_command, "password_command")
    if account.password_file is not None:
        return _from_file(account.password_file.expanduser())
    return _from_keyring(account)


def client_secret_for(account: AccountSettings) -> str:
    """Give the secret of the app that its owner registered; empty where it has none.

    Raises:
        ConfigurationError: The command does not give it.

    """
    command = account.oauth_client_secret_command
    return _from_command(command, "oauth_client_secret_command") if command else ""


def keep_password(account: AccountSettings, password: str) -> bool:
    """Put the password of an account into the system's keyring; say whether it is there."""
    return into_keyring(_entry(account), password)


def forget_password(account: AccountSettings) -> None:
    """Take the password of an account out of the system's keyring, if it is there."""
    out_of_keyring(_entry(account))


def _entry(account: AccountSettings) -> str:
    return f"{account.username}@{account.host}"


def _from_environment(account: AccountSettings, environ: Mapping[str, str]) -> str:
    password = environ.get(account.password_env, "")
    if not password:
        raise ConfigurationError(
            _(
                "The environment variable {variable} (password_env) is not set. Set it to the password of {username}."
            ).format(variable=account.password_env, username=account.username)
        )
    return password


def _from_command(command: str, key: str) -> str:
    what = _("password") if key.startswith("password") else _("secret")
    if not command.strip():
        raise ConfigurationError(
            _("{key} is empty. Give a command whose first line is the {what}.").format(key=key, what=what)
        )
    try:
        words = command if os.name == "nt" else shlex.split(command)
        with _ONE_AT_A_TIME:
            done = subprocess.run(  # noqa: S603 - the owner's own command
                words, stdout=subprocess.PIPE, check=True, encoding="utf-8", timeout=COMMAND_TIMEOUT
            )
    except FileNotFoundError as error:
        raise ConfigurationError(
            _('The program of {key} "{command}" is not found. Check its spelling.').format(key=key, command=command)
        ) from error
    except (subprocess.SubprocessError, OSError, ValueError) as error:
        reason = _reason(error)
        raise ConfigurationError(
            _("{key} failed: {reason}. Try it in a terminal.").format(key=key, reason=reason)
        ) from None
    secret = done.stdout.partition("\n")[0].rstrip("\r")
    if not secret:
        raise ConfigurationError(
            _("{key} printed nothing; its first line should be the {what}.").format(key=key, what=what)
        )
    return secret


def _reason(error: Exception) -> str:
    """Say why a command failed without repeating its output, which may hold the password."""
    if isinstance(error, subprocess.CalledProcessError):
        return _("it ended with status {status}").format(status=error.returncode)
    if isinstance(error, subprocess.TimeoutExpired):
        return _("it took longer than {seconds} s").format(seconds=COMMAND_TIMEOUT)
    if isinstance(error, UnicodeDecodeError):
        return _("what it printed is no UTF-8 text")
    return (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__


def _from_file(path: Path) -> str:
    try:
        if path.is_dir():
            raise ConfigurationError(_("The password file {path} is a folder. Name a file in it.").format(path=path))
        if os.name != "nt" and path.stat().st_mode & 0o077:
            raise ConfigurationError(
                _("Others can read the password file {path}. Make it yours alone with `chmod 600 {path}`.").format(
                    path=path
                )
            )
        password = path.read_text("utf-8-sig").partition("\n")[0].rstrip("\r")
    except OSError as error:
        raise ConfigurationError(
            _("The password file {path} cannot be read: {reason}.").format(path=path, reason=error.strerror)
        ) from error
    except UnicodeDecodeError:  # it holds the password: it goes no further
        raise ConfigurationError(_("The password file {path} is no UTF-8 text.").format(path=path)) from None
    if not password:
        raise ConfigurationError(
            _("The password file {path} is empty; its first line should be the password.").format(path=path)
        )
    return password


def _from_keyring(account: AccountSettings) -> str:
    try:
        password = from_keyring(_entry(account))
    except KeyringUnusableError as error:
        raise ConfigurationError(
            _(
                'The system keyring cannot be used here ({reason}). Give account "{account}" password_env, '
                "password_command or password_file."
            ).format(reason=error, account=account.name)
        ) from error
    if not password:
        raise ConfigurationError(
            _(
                'There is no password for {username} in the system keyring. Give account "{account}" '
                "password_env, password_command or password_file, or store it with `{command}`."
            ).format(username=account.username, account=account.name, command=login_command(account.name))
        )
    return password


def from_keyring(entry: str) -> str | None:
    """Read a secret from the system's keyring.

    Raises:
        KeyringUnusableError: There is no keyring, or it is locked.

    """
    import keyring

    try:
        return keyring.get_password(KEYRING_SERVICE, entry)
    except Exception as error:  # noqa: BLE001 - each system's keyring raises errors of its own
        raise KeyringUnusableError(type(error).__name__) from None


def into_keyring(entry: str, secret: str) -> bool:
    """Put a secret into the system's keyring; say whether it is there.

    Windows takes no more than 1,280 letters, and keyring's null backend forgets what it is given.
    """
    import keyring

    try:
        keyring.set_password(KEYRING_SERVICE, entry, secret)
        return keyring.get_password(KEYRING_SERVICE, entry) == secret
    except Exception:  # noqa: BLE001 - each system's keyring raises errors of its own
        return False


def has_keyring() -> bool:
    """Say whether this system has a keyring; nothing is put into it."""
    import keyring

    with suppress(Exception):
        return float(keyring.get_keyring().priority) > 0  # that of the null and the failing backend is not
    return False


def out_of_keyring(entry: str) -> None:
    """Take a secret out of the system's keyring, if it is there."""
    import keyring

    with suppress(Exception):
        keyring.delete_password(KEYRING_SERVICE, entry)
