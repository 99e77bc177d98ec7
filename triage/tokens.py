"""Where a sign-in is kept: in the system's keyring or, where there is none, in a file for its owner alone.

A file that is there counts before the keyring, for runs by cron have no keyring. Tokens are in no database, and shown
nowhere.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from triage.errors import ConfigurationError, LoginRefusedError
from triage.i18n import _
from triage.mail.oauth_messages import Tokens, login_command
from triage.private import write_private
from triage.secrets import KeyringUnusableError, from_keyring, into_keyring, out_of_keyring

if TYPE_CHECKING:
    from pathlib import Path

    from triage.settings import AccountSettings


class KeptTokens:
    """The tokens of one account, in the keyring or in `tokens/NAME.json` of the data folder."""

    def __init__(self, data_folder: Path, account: AccountSettings) -> None:
        self._account = account
        self._entry = f"{account.auth}:{account.username}@{account.host}"
        self.file = data_folder / "tokens" / f"{_as_file_name(account.name)}.json"

    def load(self) -> Tokens:
        """Give the tokens.

        Raises:
            LoginRefusedError: Nobody has signed in with this app and this name.
            ConfigurationError: Others can read the file.

        """
        text = self._from_file() if self.file.exists() else self._from_keyring()
        tokens = self._read(text)
        if tokens is None:
            name = self._account.name
            raise LoginRefusedError(
                _('Account "{name}" is not signed in. Sign in: `{command}`.').format(
                    name=name, command=login_command(name)
                )
            )
        return tokens

    def save(self, tokens: Tokens, *, in_file: bool | None = None) -> Path | None:
        """Keep the tokens, and give the file if they are in one; by default where they were."""
        text = self._written(tokens)
        in_file = self.file.exists() if in_file is None else in_file
        if not in_file and into_keyring(self._entry, text):
            self.file.unlink(missing_ok=True)
            return None
        write_private(self.file, text)
        out_of_keyring(self._entry)
        return self.file

    def _from_keyring(self) -> str:
        try:
            return from_keyring(self._entry) or ""
        except KeyringUnusableError as error:
            name = self._account.name
            raise LoginRefusedError(
                _(
                    'Account "{name}" is not signed in where this run can see it: the system keyring cannot be '
                    "used here ({reason}), and there is no file for it. Sign in with `{command} --file`."
                ).format(name=name, reason=error, command=login_command(name))
            ) from error

    def _from_file(self) -> str:
        try:
            with self.file.open(encoding="utf-8") as file:
                if os.name != "nt" and os.fstat(file.fileno()).st_mode & 0o077:
                    raise ConfigurationError(
                        _(
                            'Others can read the sign-in in {file}. Make it yours alone with `chmod 600 "{file}"`, and '
                            "sign in again if somebody may have looked."
                        ).format(file=self.file)
                    )
                return file.read()
        except UnicodeDecodeError:
            return ""
        except OSError as error:
            raise ConfigurationError(
                _("The sign-in in {file} cannot be read: {reason}. Check that the file is yours.").format(
                    file=self.file, reason=error.strerror
                )
            ) from error

    def _owner(self) -> dict[str, str]:
        """Say for whom the tokens are; those of another app or person are none for this account."""
        account = self._account
        return {"auth": account.auth.value, "client_id": account.oauth_client_id, "username": account.username}

    def _written(self, tokens: Tokens) -> str:
        expires_at = tokens.expires_at.isoformat()
        values = {"access_token": tokens.access, "refresh_token": tokens.refresh, "expires_at": expires_at}
        return json.dumps({**self._owner(), **values})

    def _read(self, text: str) -> Tokens | None:
        try:
            found = json.loads(text)
            if self._owner().items() <= found.items():
                moment = datetime.fromisoformat(found["expires_at"])
                if moment.tzinfo is not None:
                    return Tokens(str(found["access_token"]), str(found["refresh_token"]), moment)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            pass
        return None


def _as_file_name(name: str) -> str:
    """Write a name, of at most 60 letters, as one that every system takes, and that no other name has."""
    return "".join(letter if letter.isalnum() or letter in " -_.@" else quote(letter, safe="") for letter in name)
