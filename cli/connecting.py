"""How the mail of accounts is reached, and several servers at once: a run waits for the slowest login, not for all."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, Self

from cli.session import current_time, data_folder
from triage.errors import TriageError
from triage.settings import Auth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import timedelta

    from triage.mail.oauth import SignedIn
    from triage.mail.source import MailSource
    from triage.settings import AccountSettings

    Connector = Callable[[], MailSource]  # connects; when called again, more patiently
    Way = Callable[[], Connector]  # begins a run, with the account's whole time before it

FRESH = 10.0
"""Seconds for which a connection may wait for its turn: after that the server may have hung up."""

WAITED_AT_MOST = 0.1
"""Of an account's own time (`deadline`), the part that its connection may wait."""


def connector(account: AccountSettings) -> Connector:
    """Say how to reach the mail of an account. Raises `TriageError` where its password cannot be had."""
    return way_to(account)()


def way_to(account: AccountSettings) -> Way:
    """Ask for what it takes to reach an account, its password above all, and for that no more.

    What comes back begins a run: the account's own time (`deadline`) starts when it is called. Raises as `connector`.
    """
    if account.is_on_disk:
        from triage.mail.disk import DiskSource

        return lambda: lambda: DiskSource(account)
    from triage.secrets import password_for

    secret = password_for(account, os.environ) if account.auth is Auth.PASSWORD else sign_in_of(account)
    return lambda: _to_server(account, secret)


def _to_server(account: AccountSettings, secret: str | SignedIn) -> Connector:
    from triage.mail.imap import WINDOW, Deadline, ImapSource

    deadline = Deadline(account.deadline)
    windows = iter([WINDOW])  # a connection that is made again, for the first one broke, is a patient one
    return lambda: ImapSource(account, secret, deadline, next(windows, 1))


def sign_in_of(account: AccountSettings) -> SignedIn:
    """Give the OAuth2 sign-in of an account; nothing is asked of anybody yet."""
    from triage.mail.oauth import AuthorisationServer, SignedIn
    from triage.secrets import client_secret_for
    from triage.tokens import KeptTokens

    server = AuthorisationServer(account, lambda: client_secret_for(account), current_time)
    return SignedIn(account, server, KeptTokens(data_folder(), account), current_time)


class Connections:
    """Connections to all accounts, made at the same time; those not taken are closed.

    Passwords are asked for first, one after the other, for there is one terminal.
    """

    def __init__(self, accounts: Iterable[AccountSettings], way_to: Callable[[AccountSettings], Way]) -> None:
        self._way_to = way_to
        self._refused: dict[str, TriageError] = {}
        self._begun: dict[str, _Begun] = {}
        far = [account for account in accounts if not account.is_on_disk]
        if len(far) > 1:
            ways = [(account, self._asked(account)) for account in far]
            self._begun = {account.name: _Begun(way, account.deadline) for account, way in ways if way}

    def _asked(self, account: AccountSettings) -> Way | None:
        try:
            return self._way_to(account)
        except TriageError as error:
            self._refused[account.name] = error
            return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for begun in self._begun.values():
            begun.abandon()

    def connector(self, account: AccountSettings) -> Connector:
        """Say how to reach an account: by its connection, and should that break, by a new one.

        Raises:
            TriageError: Its password cannot be had, or the connection could not be made.

        """
        if account.name in self._refused:
            raise self._refused[account.name]
        begun = self._begun.pop(account.name, None)
        return begun.connector() if begun else self._way_to(account)()


class _Begun:
    """A connection that is being made in a thread."""

    def __init__(self, way: Way, deadline: timedelta) -> None:
        self._way = way
        self._connect = way()
        self._patience = WAITED_AT_MOST * deadline.total_seconds()
        self._begun_at = self._made_at = time.monotonic()
        self._made: MailSource | None = None
        self._failed: Exception | None = None
        self._is_abandoned = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._make, daemon=True)
        self._thread.start()

    def _make(self) -> None:
        try:
            made = self._connect()
        except Exception as error:  # noqa: BLE001 - it is raised when it is that account's turn
            self._failed = error
            return
        with self._lock:
            if not self._is_abandoned:
                self._made, self._made_at = made, time.monotonic()
                return
        made.close()

    def connector(self) -> Connector:
        """Give the way to it, first the connection that was made, unless that has waited too long.

        What failed is told, however long ago: a password that is refused twice may lock the account.
        """
        self._thread.join()
        if self._failed is not None:
            raise self._failed
        now = time.monotonic()
        if now - self._made_at > FRESH or now - self._begun_at > self._patience:
            self.abandon()
            return self._way()
        made = iter([self._made])
        return lambda: next(made, None) or self._connect()

    def abandon(self) -> None:
        """Close it, now or when it is there."""
        with self._lock:
            self._is_abandoned = True
            made, self._made = self._made, None
        if made is not None:
            made.close()
