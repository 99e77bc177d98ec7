"""`triage check`: is everything in order? Configuration, connection, login, mailboxes, clock, permissions."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import typer

from cli.options import Manners, Which, takes
from cli.session import begin, connector, data_folder
from triage.clock import is_open, next_opening
from triage.config import find_config
from triage.errors import ExitStatus, TriageError
from triage.model import Role

if TYPE_CHECKING:
    from pathlib import Path

    from cli.session import Session
    from triage.mail.source import MailSource
    from triage.settings import AccountSettings


@takes(Manners)
def check(manners: Manners) -> None:
    """Test the configuration, the connection of every account, the clock and the permissions."""
    session = begin(manners, Which(), catch_up=False)
    path = find_config(manners.config, os.environ)
    _good(session, f"Configuration {path}: {len(session.settings.accounts)} account(s).")
    _check_permissions(session, path)
    _check_clock(session)
    status = ExitStatus.FINE
    for account in session.settings.accounts:
        try:
            _check_account(session, account)
        except TriageError as error:
            _bad(session, f'Account "{account.name}": {error}')
            status = status or error.status
    if status:
        raise typer.Exit(status)
    _good(session, "All is well. `triage` shows the queue.")


def _good(session: Session, sentence: str) -> None:
    if not session.screen.quiet:
        session.screen.line(("ok   ", "color(35)"), sentence)


def _bad(session: Session, sentence: str) -> None:
    session.screen.err.print(f"FAIL {sentence}", soft_wrap=True)


def _warn(session: Session, sentence: str) -> None:
    session.screen.line(("note ", "color(172)"), sentence)


def _check_permissions(session: Session, config: Path) -> None:
    _good(session, f"Database {session.store.path}: SQLite says {session.store.check()}.")
    if os.name == "nt":
        return
    for path in (data_folder(), session.store.path):
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            _warn(session, f"Others can look into {path}. Make it yours alone with `chmod go= {path}`.")
    if config.stat().st_mode & 0o022:
        _warn(session, f"Others can change {config}. Make it yours alone with `chmod go-w {config}`.")


def _check_clock(session: Session) -> None:
    words, now = session.words, session.now
    state = "open" if is_open(now, session.hours) else "closed"
    opens = next_opening(now, session.hours)
    until = f", opens {words.full(opens)}" if opens and state == "closed" else ""
    _good(session, f"Clock: {words.full(now)} in {session.zone.key}; the shop is {state}{until}.")


def _check_account(session: Session, account: AccountSettings) -> None:
    source = connector(account)()
    try:
        if account.is_on_disk:
            _good(session, f'Account "{account.name}": {account.path} can be read.')
        else:
            how = {"tls": "TLS, certificate verified", "starttls": "STARTTLS, certificate verified"}
            safety = how.get(account.security.value, "no encryption, on this machine only")
            _good(session, f'Account "{account.name}": {account.host}:{account.port}, {safety}; logged in.')
        _check_mailboxes(session, account, source)
    finally:
        source.close()


def _check_mailboxes(session: Session, account: AccountSettings, source: MailSource) -> None:
    from triage.sync import choose_mailboxes

    choices = choose_mailboxes(source.mailboxes(), account)
    for choice in choices:
        state = source.examine(choice.mailbox)
        purpose = "customers' mail" if choice.role is Role.WATCHED else f"our answers, found by {choice.why}"
        _good(session, f'Account "{account.name}": {choice.mailbox.name}, {state.exists} messages ({purpose}).')
    if all(choice.role is not Role.SENT for choice in choices):
        _warn(
            session,
            f'Account "{account.name}" has no mailbox that looks like Sent, so answers are seen only where they lie in '
            "a watched mailbox. Name it in sent.",
        )
    ours = ", ".join(sorted((*account.addresses.exact, *(f"@{domain}" for domain in account.addresses.domains))))
    _good(session, f'Account "{account.name}": ours are {ours}.')
