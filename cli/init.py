"""`triage init`: from a mail address to the first queue, by a few questions; each has a flag for scripts."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.ask import Ask, UnclearError
from cli.options import Manners, Which, complain, takes
from cli.render import Screen
from cli.words import Words, language_of
from triage.config import find_config, read_config_text, read_settings
from triage.errors import ConfigurationError, ExitStatus, UsageError
from triage.i18n import _, choose_language
from triage.mail.providers import provider_of_domain
from triage.private import write_private
from triage.secrets import forget_password, keep_password
from triage.settings import Auth, Security, Settings

if TYPE_CHECKING:
    from cli.init_account import Account
    from triage.settings import AccountSettings

_MAIL, _PASSWORD, _SHOP = "Your mail", "Your password: one of these", "Your shop"


@dataclass(frozen=True, slots=True)
class Answers:
    """What need not be asked."""

    email: Annotated[
        str | None, typer.Option("--email", metavar="ADDRESS", help="Your mail address.", rich_help_panel=_MAIL)
    ] = None
    host: Annotated[
        str | None,
        typer.Option(
            "--host", metavar="HOST", help="The IMAP server, or HOST:PORT; else found.", rich_help_panel=_MAIL
        ),
    ] = None
    port: Annotated[
        int | None, typer.Option("--port", metavar="N", min=1, max=65535, help="Its port.", rich_help_panel=_MAIL)
    ] = None
    security: Annotated[
        Security | None,
        typer.Option("--security", metavar="HOW", help="Encryption: tls, starttls or none.", rich_help_panel=_MAIL),
    ] = None
    ca_file: Annotated[
        Path | None,
        typer.Option(
            "--ca-file", metavar="FILE", help="A certificate authority of your own (PEM).", rich_help_panel=_MAIL
        ),
    ] = None
    username: Annotated[
        str | None,
        typer.Option(
            "--username", metavar="NAME", help="What you sign in with, if not your address.", rich_help_panel=_MAIL
        ),
    ] = None
    auth: Annotated[
        Auth | None,
        typer.Option(
            "--auth", metavar="HOW", help="password, oauth2-google or oauth2-microsoft.", rich_help_panel=_MAIL
        ),
    ] = None
    oauth_client_id: Annotated[
        str | None,
        typer.Option(
            "--oauth-client-id", metavar="ID", help="The app that you registered (OAuth2).", rich_help_panel=_MAIL
        ),
    ] = None
    ours: Annotated[
        list[str] | None,
        typer.Option("--ours", metavar="ADDRESS", help="An address of yours; may be repeated.", rich_help_panel=_MAIL),
    ] = None
    sent: Annotated[
        list[str] | None,
        typer.Option(
            "--sent", metavar="MAILBOX", help="Where your answers lie; may be repeated.", rich_help_panel=_MAIL
        ),
    ] = None
    account_name: Annotated[
        str | None,
        typer.Option("--account-name", metavar="NAME", help="What triage calls it.", rich_help_panel=_MAIL),
    ] = None
    password_env: Annotated[
        str | None,
        typer.Option(
            "--password-env", metavar="NAME", help="The environment variable that holds it.", rich_help_panel=_PASSWORD
        ),
    ] = None
    password_file: Annotated[
        Path | None,
        typer.Option(
            "--password-file", metavar="FILE", help="The file that holds it (mode 0600).", rich_help_panel=_PASSWORD
        ),
    ] = None
    password_command: Annotated[
        str | None,
        typer.Option(
            "--password-command", metavar="COMMAND", help="The command that prints it.", rich_help_panel=_PASSWORD
        ),
    ] = None
    keyring: Annotated[
        bool,
        typer.Option("--keyring", help="Keep it in the system's keyring from now on.", rich_help_panel=_PASSWORD),
    ] = False
    shop: Annotated[str | None, typer.Option("--shop", metavar="NAME", help="Its name.", rich_help_panel=_SHOP)] = None
    hours: Annotated[
        str | None,
        typer.Option(
            "--hours", metavar="TEXT", help='Opening hours: "Mon-Fri 9-12:30 13-17:30".', rich_help_panel=_SHOP
        ),
    ] = None
    holidays: Annotated[
        str | None,
        typer.Option("--holidays", metavar="CODE", help="NL, BE, DE-BY, …, or none.", rich_help_panel=_SHOP),
    ] = None
    timezone: Annotated[
        str | None,
        typer.Option("--timezone", metavar="ZONE", help="If not that of the country.", rich_help_panel=_SHOP),
    ] = None
    language: Annotated[
        str | None, typer.Option("--language", metavar="CODE", help="nl or en.", rich_help_panel=_SHOP)
    ] = None


@dataclass(frozen=True, slots=True)
class _There:
    """The configuration that is there already, if any; `is_kept` says that the account is added to it."""

    path: Path
    text: str = ""
    settings: Settings | None = None

    @property
    def is_kept(self) -> bool:
        return self.settings is not None

    def account(self, name: str) -> AccountSettings | None:
        return self.settings.account(name) if self.settings else None


@takes(Manners, Answers)
def init(
    manners: Manners,
    answers: Answers,
    non_interactive: Annotated[
        bool, typer.Option("--non-interactive", help="Ask nothing; what is missing ends it with status 2.")
    ] = False,
    replace_account: Annotated[bool, typer.Option("--replace", help="Change the account that has this name.")] = False,
    anew: Annotated[
        bool, typer.Option("--new", help="Start a new configuration; the old one is kept beside it.")
    ] = False,
    look: Annotated[bool, typer.Option("--look/--no-look", help="Show the queue at the end.")] = True,
) -> None:
    """Set triage up: a few questions, a test of the login, and a first look at who waits."""
    now = datetime.now(UTC)
    path = find_config(manners.config, os.environ)
    there = _There(path)
    if path.exists() and not anew:
        text = read_config_text(path)
        there = _There(path, text, read_settings(text, path, os.environ))
    settings = there.settings or Settings()
    words = Words(language_of(settings), settings.shop.timezone, now)
    choose_language(words.language)
    ask = Ask(Screen(manners), words, may_ask=not non_interactive and sys.stdin.isatty())
    try:
        account, text = _ask_all(ask, answers, there, now, may_replace=replace_account)
        _write(ask, there, account, text)
    except (KeyboardInterrupt, EOFError):
        typer.echo(err=True)
        complain(ask.words.say("Stopped. Nothing was written."))
        raise typer.Exit(ExitStatus.INTERRUPTED) from None
    _end(ask, manners, there, account, look=look)


def _ask_all(ask: Ask, given: Answers, there: _There, now: datetime, *, may_replace: bool) -> tuple[Account, str]:
    """Ask for everything, and give the account and the text of the configuration; nothing is written yet."""
    from cli.init_account import ask_account, read_email
    from cli.init_shop import ask_language, ask_shop
    from triage.config_edit import new_config, with_account

    language = ask.words.language
    if not there.is_kept:
        language = ask_language(ask, given.language, language)
        ask.words = Words(language, Settings().shop.timezone, now)
        choose_language(language)
    say = ask.words.say
    if there.is_kept:
        ask.tell(say("There is a configuration already: {path}. The account is added to it.", path=there.path))
    address = ask.text(say("Your mail address"), "--email", given.email, lambda text: read_email(ask, text))
    name = _account_name(ask, given, there, address, may_replace=may_replace)
    account = ask_account(ask, given, address, name)
    if there.is_kept:
        text = with_account(there.text, account.draft, say)
    else:
        text = new_config(ask_shop(ask, given, address, language, now), account.draft, say)
    if account.draft.auth is Auth.PASSWORD or account.draft.oauth_client_id:
        read_settings(text, there.path, os.environ)
    if not ask.yes(say("Write {path}?", path=there.path)):
        raise EOFError
    return account, text


def _account_name(ask: Ask, given: Answers, there: _There, address: str, *, may_replace: bool) -> str:
    """Name the account after its domain; one that has this name already is changed only where that is wanted."""
    local, _at, domain = address.rpartition("@")
    likely = local if provider_of_domain(domain) else domain.partition(".")[0]
    default = re.sub(r"[^\w.-]", "-", likely)[:60] or "shop"

    def read(text: str) -> str:
        if not text or not text.isprintable() or len(text) > 60:
            raise UnclearError(ask.words.say("Give it a short name."))
        return text

    name = ask.text("", "--account-name", given.account_name or default, read)
    while there.account(name) is not None and not may_replace:
        if not ask.may_ask:
            raise UsageError(
                _('There is an account "{name}" already. Give --replace to change it, or --account-name.').format(
                    name=name
                )
            )
        if ask.yes(ask.words.say('There is an account "{name}" already. Change it?', name=name), default=False):
            return name
        name = ask.text(ask.words.say("Name for the new account"), "--account-name", None, read, f"{name}2")
    return name


# -- writing -----------------------------------------------------------------------------------------------------------


def _write(ask: Ask, there: _There, account: Account, text: str) -> None:
    """Keep the password, then write the configuration: both or neither."""
    undo = _keep_password(there, account)
    try:
        if there.path.exists() and not there.is_kept:
            write_private(_free_name(there.path), read_config_text(there.path))
        write_private(there.path, text)
    except BaseException:
        undo()
        raise
    ask.tell(ask.words.say("Written: {path}", path=there.path))


def _keep_password(there: _There, account: Account) -> Callable[[], object]:
    """Put the password where it was wanted; gives what takes it away again."""
    if not account.password:
        return lambda: None
    if account.draft.kept_by == "password_file":
        return _keep_in_file(there.path.parent / account.draft.kept_at, account.password)
    settings = account.settings
    if not keep_password(settings, account.password):
        raise ConfigurationError(
            _(
                "The system keyring did not take the password, so nothing was written. Run triage init again "
                "and keep it in a file."
            )
        )
    return lambda: forget_password(settings)


def _keep_in_file(file: Path, password: str) -> Callable[[], object]:
    before = file.read_text("utf-8") if file.exists() else None
    write_private(file, f"{password}\n")
    return lambda: file.unlink() if before is None else write_private(file, before)


def _free_name(path: Path) -> Path:
    """Name a file beside the configuration for the one that was there, and overwrite none for it."""
    names = (path.with_name(f"{path.name}.old{number or ''}") for number in range(1000))
    return next(name for name in names if not name.exists())


def _end(ask: Ask, manners: Manners, there: _There, account: Account, *, look: bool) -> None:
    say = ask.words.say
    if account.draft.auth is not Auth.PASSWORD:
        if not account.draft.oauth_client_id:
            ask.warn(say("Fill in oauth_client_id there first."))
        ask.tell(say("Sign in now with `triage login`; then `triage` shows who waits."))
        return
    ask.tell(say("From now on `triage` shows who waits, and `triage check` tests everything."))
    if look:
        from cli.queue import queue_in

        ask.tell("")
        queue_in(replace(manners, config=there.path), Which())


if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.init_account import Account
