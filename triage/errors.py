"""What a user can mend: each error carries one or two plain sentences and its exit status.

A bug is not in here: it stays a traceback (exit status 1). The numbers are promised to scripts.
"""

from __future__ import annotations

from enum import IntEnum


class ExitStatus(IntEnum):
    """The exit statuses of every command."""

    FINE = 0
    BUG = 1
    USAGE = 2
    OVERDUE = 10
    CONFIGURATION = 20
    CONNECTION = 21
    LOGIN = 22
    MAILBOX = 23
    STORE = 24
    STALE = 25
    TRY_LATER = 26
    INCOMPLETE = 27
    INTERRUPTED = 130


class TriageError(Exception):
    """Something a user can mend; `str(error)` says what happened and what to do about it."""

    status: ExitStatus = ExitStatus.BUG


class UsageError(TriageError):
    """Wrong usage: an unknown or ambiguous ID, an impossible moment."""

    status = ExitStatus.USAGE


class ConfigurationError(TriageError):
    """The configuration is missing, unreadable or says something impossible."""

    status = ExitStatus.CONFIGURATION


class ConnectionFailedError(TriageError):
    """The server cannot be reached or trusted: network, TLS, certificate, deadline."""

    status = ExitStatus.CONNECTION


class LoginRefusedError(TriageError):
    """The server does not accept the login."""

    status = ExitStatus.LOGIN


class MailboxMissingError(TriageError):
    """A mailbox that the configuration names is not there."""

    status = ExitStatus.MAILBOX


class StoreError(TriageError):
    """The database cannot be used: disk full, no permission, damaged, locked by another run."""

    status = ExitStatus.STORE


class StaleError(TriageError):
    """The last successful sync is too old to say that nothing is overdue."""

    status = ExitStatus.STALE


class TryLaterError(TriageError):
    """The server asks to come back later: too many connections, over quota, unavailable."""

    status = ExitStatus.TRY_LATER
