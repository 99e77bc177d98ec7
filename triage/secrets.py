"""Where a password comes from: the environment, a command, a file for its owner alone, or the system's keyring.

It is never printed, logged or stored by triage.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from typing import TYPE_CHECKING

from triage.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from triage.settings import AccountSettings

KEYRING_SERVICE = "triage"
COMMAND_TIMEOUT = 60  # seconds: `pass` may ask for a passphrase


def password_for(account: AccountSettings, environ: Mapping[str, str]) -> str:
    """Give the password of an account.

    Raises:
        ConfigurationError: There is none where the configuration says.

    """
    if account.password_env:
        return _from_environment(account, environ)
    if account.password_command:
        return _from_command(account)
    if account.password_file is not None:
        return _from_file(account.password_file.expanduser())
    return _from_keyring(account)


def _from_environment(account: AccountSettings, environ: Mapping[str, str]) -> str:
    password = environ.get(account.password_env, "")
    if not password:
        raise ConfigurationError(
            f"The environment variable {account.password_env} (password_env) is not set. Set it to the password of "
            f"{account.username}."
        )
    return password


def _from_command(account: AccountSettings) -> str:
    if not account.password_command.strip():
        raise ConfigurationError("password_command is empty. Give a command whose first line is the password.")
    try:
        words = account.password_command if os.name == "nt" else shlex.split(account.password_command)
        done = subprocess.run(  # noqa: S603 - the owner's own command
            words, stdout=subprocess.PIPE, check=True, encoding="utf-8", timeout=COMMAND_TIMEOUT
        )
    except FileNotFoundError as error:
        raise ConfigurationError(
            f'The program of password_command "{account.password_command}" is not found. Check its spelling.'
        ) from error
    except (subprocess.SubprocessError, OSError, ValueError) as error:
        reason = _reason(error)
        raise ConfigurationError(f"password_command failed: {reason}. Try it in a terminal.") from None
    password = done.stdout.partition("\n")[0].rstrip("\r")
    if not password:
        raise ConfigurationError("password_command printed nothing; its first line should be the password.")
    return password


def _reason(error: Exception) -> str:
    """Say why a command failed without repeating its output, which may hold the password."""
    if isinstance(error, subprocess.CalledProcessError):
        return f"it ended with status {error.returncode}"
    if isinstance(error, subprocess.TimeoutExpired):
        return f"it took longer than {COMMAND_TIMEOUT} s"
    if isinstance(error, UnicodeDecodeError):
        return "what it printed is no UTF-8 text"
    return (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__


def _from_file(path: Path) -> str:
    try:
        if path.is_dir():
            raise ConfigurationError(f"The password file {path} is a folder. Name a file in it.")
        if os.name != "nt" and path.stat().st_mode & 0o077:
            raise ConfigurationError(
                f"Others can read the password file {path}. Make it yours alone with `chmod 600 {path}`."
            )
        password = path.read_text("utf-8-sig").partition("\n")[0].rstrip("\r")
    except OSError as error:
        raise ConfigurationError(f"The password file {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError:  # it holds the password: it goes no further
        raise ConfigurationError(f"The password file {path} is no UTF-8 text.") from None
    if not password:
        raise ConfigurationError(f"The password file {path} is empty; its first line should be the password.")
    return password


def _from_keyring(account: AccountSettings) -> str:
    import keyring
    from keyring.errors import KeyringError

    try:
        password = keyring.get_password(KEYRING_SERVICE, f"{account.username}@{account.host}")
    except KeyringError as error:
        raise ConfigurationError(
            f'The system keyring cannot be used here ({type(error).__name__}). Give account "{account.name}" '
            "password_env, password_command or password_file."
        ) from error
    if not password:
        raise ConfigurationError(
            f'There is no password for {account.username} in the system keyring. Give account "{account.name}" '
            "password_env, password_command or password_file, or store it with "
            f"`keyring set {KEYRING_SERVICE} {account.username}@{account.host}`."
        )
    return password
