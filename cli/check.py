"""`triage check`: is everything in order? Configuration, connection, login, mailboxes, clock, permissions."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import typer

from cli.connecting import connector
from cli.options import Manners, Which, takes
from cli.render import GOOD_STYLE, WARNING_STYLE
from cli.session import begin, data_folder, of_account
from triage.clock import is_open, next_opening
from triage.config import find_config
from triage.errors import ExitStatus, TriageError
from triage.i18n import N_, _
from triage.model import Role
from triage.settings import Security

if TYPE_CHECKING:
    from pathlib import Path

    from cli.session import Session
    from triage.mail.source import MailSource
    from triage.settings import AccountSettings

_SAFETY = {
    Security.TLS: N_("TLS, certificate verified"),
    Security.STARTTLS: N_("STARTTLS, certificate verified"),
    Security.NONE: N_("no encryption, on this machine only"),
}


@takes(Manners)
def check(manners: Manners) -> None:
    """Test the configuration, the connection of every account, the clock and the permissions."""
    with begin(manners, Which(), catch_up=False) as session:
        path = find_config(manners.config, os.environ)
        accounts = len(session.settings.accounts)
        said = session.words.count(
            accounts, "Configuration {path}: 1 account.", "Configuration {path}: {n} accounts.", path=path
        )
        _good(session, said)
        _check_permissions(session, path)
        _check_clock(session)
        _check_accounts(session)
        _good(session, session.words.say("All is well. `triage` shows the queue."))


def _check_accounts(session: Session) -> None:
    """Try every account, whatever is wrong with the others; end with the first one's status."""
    status = ExitStatus.FINE
    for account in session.settings.accounts:
        try:
            _check_account(session, account)
        except TriageError as error:
            session.screen.fail(_("FAIL") + f" {of_account(account, error)}")
            status = status or error.status
    if status:
        raise typer.Exit(status)


def _good(session: Session, sentence: str) -> None:
    if not session.screen.quiet:
        session.screen.labelled(_("ok   "), GOOD_STYLE, sentence)


def _warn(session: Session, sentence: str) -> None:
    session.screen.labelled(_("note "), WARNING_STYLE, sentence)


def _check_permissions(session: Session, config: Path) -> None:
    words, path = session.words, session.store.path
    _good(session, words.say("Database {path}: SQLite says {said}.", path=path, said=session.store.check()))
    if os.name == "nt":
        return
    for place in (data_folder(), path):
        if stat.S_IMODE(place.stat().st_mode) & 0o077:
            sentence = N_("Others can look into {path}. Make it yours alone with `chmod go= {path}`.")
            _warn(session, words.say(sentence, path=place))
    if config.stat().st_mode & 0o022:
        sentence = N_("Others can change {path}. Make it yours alone with `chmod go-w {path}`.")
        _warn(session, words.say(sentence, path=config))


def _check_clock(session: Session) -> None:
    words, now = session.words, session.now
    opens = next_opening(now, session.hours)
    state = words.say("open") if is_open(now, session.hours) else words.say("closed")
    if opens and not is_open(now, session.hours):
        state = words.say("closed until {when}", when=words.full(opens))
    said = N_("Clock: {now} in {zone}; the shop is {state}.")
    _good(session, words.say(said, now=words.full(now), zone=session.zone.key, state=state))


def _check_account(session: Session, account: AccountSettings) -> None:
    words, connect = session.words, connector(account)
    with session.screen.progress(words.say('Connecting to account "{name}"', name=account.name)):
        source = connect()
    try:
        if account.is_on_disk:
            said = words.say('Account "{name}": {path} can be read.', name=account.name, path=account.path)
        else:
            how = words.say(_SAFETY[account.security])
            said = N_('Account "{name}": {host}:{port}, {safety}; logged in.')
            said = words.say(said, name=account.name, host=account.host, port=account.port, safety=how)
        _good(session, said)
        _check_mailboxes(session, account, source)
    finally:
        source.close()


def _check_mailboxes(session: Session, account: AccountSettings, source: MailSource) -> None:
    from triage.sync import choose_mailboxes

    words, choices = session.words, choose_mailboxes(source.mailboxes(), account)
    for choice in choices:
        messages = source.examine(choice.mailbox).exists
        purpose = words.say("our answers, known by {why}", why=words.say(choice.why))
        purpose = words.say("customers' mail") if choice.role is Role.WATCHED else purpose
        said = words.count(
            messages,
            'Account "{name}": {mailbox}, 1 message ({purpose}).',
            'Account "{name}": {mailbox}, {n} messages ({purpose}).',
            name=account.name,
            mailbox=choice.mailbox.name,
            purpose=purpose,
        )
        _good(session, said)
    if all(choice.role is not Role.SENT for choice in choices):
        sentence = N_(
            'Account "{name}" has no mailbox that looks like Sent, so answers are seen only where they lie in a '
            "watched mailbox. Name it in sent."
        )
        _warn(session, words.say(sentence, name=account.name))
    ours = ", ".join(sorted((*account.addresses.exact, *(f"@{domain}" for domain in account.addresses.domains))))
    _good(session, words.say('Account "{name}": ours are {addresses}.', name=account.name, addresses=ours))
