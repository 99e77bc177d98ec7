"""`triage login`: sign in to an account once, for good (OAuth2), or put its password into the system's keyring."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from cli.connecting import connector
from cli.options import Manners, takes
from cli.session import current_time, data_folder, load
from cli.words import Words, language_of
from triage.errors import ConfigurationError, LoginRefusedError, UsageError
from triage.i18n import N_, _
from triage.settings import Auth

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cli.render import Screen
    from triage.mail.loopback import Loopback
    from triage.mail.oauth import AuthorisationServer
    from triage.mail.oauth_messages import Tokens
    from triage.settings import AccountSettings, Settings
    from triage.tokens import KeptTokens

_PATIENCE = 600.0  # seconds for a person to sign in with a browser


@dataclass(frozen=True, slots=True)
class _Talk:
    """The account that is signed in to, and how to speak with its owner."""

    account: AccountSettings
    words: Words
    screen: Screen

    def say(self, text: str, **values: object) -> None:
        """Say what the owner has to know to go on."""
        self.screen.wrapped(self.words.say(text, **values))

    def tell(self, text: str, **values: object) -> None:
        """Say what is good to know."""
        if not self.screen.quiet:
            self.say(text, **values)

    def note(self, text: str, **values: object) -> None:
        """Say on stderr what happens meanwhile."""
        self.screen.note(self.words.say(text, **values))


@takes(Manners)
def login(
    manners: Manners,
    account: Annotated[
        str | None, typer.Argument(metavar="ACCOUNT", help="Its name in the configuration; needless if only one is.")
    ] = None,
    file: Annotated[
        bool | None,
        typer.Option(
            "--file/--keyring",
            help="Keep the sign-in in a file for you alone (cron has no keyring), or in the system's keyring.",
            show_default=False,
        ),
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the browser, or only print the address.")
    ] = True,
    non_interactive: Annotated[
        bool, typer.Option("--non-interactive", help="Only renew what is there; fail where a person is needed.")
    ] = False,
) -> None:
    """Sign in to an account (OAuth2), or put its password into the system's keyring."""
    from cli.render import Screen

    settings = load(manners)
    words = Words(language_of(settings), settings.shop.timezone, current_time())
    talk = _Talk(_choose(settings, account), words, Screen(manners))
    if talk.account.auth is Auth.PASSWORD:
        _keep_password(talk, non_interactive=non_interactive)
    else:
        _sign_in(talk, file=file, browser=browser, non_interactive=non_interactive)


def _choose(settings: Settings, name: str | None) -> AccountSettings:
    """Find the account to sign in to."""
    if name is None:
        able = [account for account in settings.accounts if not _why_not(account)]
        if len(able) == 1:
            return able[0]
        if able:
            names = ", ".join(f'"{account.name}"' for account in able)
            raise UsageError(_("Say which account to sign in to: {names}.").format(names=names))
        raise UsageError(_("No account of the configuration needs a sign-in. `triage check` tries them."))
    account = settings.account(name)
    if account is None:
        known = ", ".join(f'"{each.name}"' for each in settings.accounts)
        raise UsageError(
            _('There is no account "{name}". The configuration has {known}.').format(name=name, known=known)
        )
    if why := _why_not(account):
        raise UsageError(
            _('Account "{name}" needs no sign-in: {reason}. `triage check` tries it.').format(name=name, reason=why)
        )
    return account


def _why_not(account: AccountSettings) -> str:
    """Say why there is nothing to sign in to; empty if there is."""
    if account.is_on_disk:
        return _("it lies on disk")
    for key in ("password_env", "password_command", "password_file"):
        if getattr(account, key):
            return _("its password comes from {key}").format(key=key)
    return ""


# -- OAuth2 ------------------------------------------------


def _sign_in(talk: _Talk, *, file: bool | None, browser: bool, non_interactive: bool) -> None:
    from triage.mail.oauth import AuthorisationServer
    from triage.secrets import client_secret_for
    from triage.tokens import KeptTokens

    account = talk.account
    server = AuthorisationServer(account, lambda: client_secret_for(account), current_time)
    store = KeptTokens(data_folder(), account)
    if non_interactive:
        tokens = _without_a_person(server, store)
    elif server.provider.device_url:
        tokens = _by_code(talk, server)
    else:
        tokens = _by_browser(talk, server, browser=browser)
    place = store.save(tokens, in_file=file)
    kept = place or talk.words.say("the system keyring")
    signed_in = N_('Account "{name}": signed in at {provider}; kept in {place}.')
    talk.tell(signed_in, name=account.name, provider=server.provider.name, place=kept)
    connector(account)().close()
    talk.tell(N_("{host} accepts it. `triage` shows the queue."), host=account.host)


def _without_a_person(server: AuthorisationServer, store: KeptTokens) -> Tokens:
    try:
        return server.renew(store.load())
    except LoginRefusedError as error:
        raise LoginRefusedError(
            _("{reason} That needs a person, so --non-interactive ends here.").format(reason=error)
        ) from error


def _by_code(talk: _Talk, server: AuthorisationServer) -> Tokens:
    """Let the owner type a code into whatever browser, on whatever computer."""
    code = server.ask_device_code()
    talk.say(N_("Open this address in a browser, on any computer, and type the code:"))
    talk.screen.line(f"  {code.address}")
    talk.screen.line("  ", (code.user_code, "bold"))
    waiting = N_("Waiting until you have signed in as {username}. The code holds for {span}.")
    talk.note(waiting, username=talk.account.username, span=talk.words.span(code.lasts))
    return server.await_device(code)


def _by_browser(talk: _Talk, server: AuthorisationServer, *, browser: bool) -> Tokens:
    """Send the owner's browser to the provider and wait until it comes back here, or its last address is pasted."""
    from triage.mail.loopback import Loopback
    from triage.mail.oauth import new_question
    from triage.mail.oauth_messages import login_command

    question = new_question()
    page = talk.words.say("You can close this window; triage goes on in the terminal.")
    with Loopback(question.state, login_command(talk.account.name), page) as loopback:
        address = server.address_for(question, loopback.redirect_uri)
        talk.say("Sign in as {username} with a browser at this address:", username=talk.account.username)
        talk.screen.line(f"  {address}")
        if browser and _has_desktop(os.environ):
            _open_browser(address)
        elsewhere = N_(
            "Is the browser on another computer? It ends at a page that it cannot open: paste that address here."
        )
        talk.note(elsewhere)
        _read_pasted(talk, loopback)
        code = loopback.wait(_PATIENCE)
        return server.exchange(code, question.verifier, loopback.redirect_uri)


def _read_pasted(talk: _Talk, loopback: Loopback) -> None:
    try:
        typed = sys.stdin.fileno()
    except (AttributeError, OSError, ValueError):  # there is none
        return
    stray = N_("That is not the address; it begins with {beginning} and holds code=. Paste it again.")
    loopback.read_pasted(typed, lambda: talk.note(stray, beginning=loopback.redirect_uri))


def _has_desktop(environ: Mapping[str, str]) -> bool:
    """Say whether a browser would open where its owner sees it, and not, over ssh, where nobody sits."""
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        return False
    return sys.platform in {"win32", "darwin"} or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def _open_browser(address: str) -> None:
    import webbrowser

    try:
        webbrowser.open(address)
    except (webbrowser.Error, OSError):  # the address is printed as well
        return


# -- passwords ------------------------------------------------


def _keep_password(talk: _Talk, *, non_interactive: bool) -> None:
    """Ask for the password, try it, and put it into the keyring."""
    from triage.mail.imap import Deadline, ImapSource
    from triage.secrets import has_keyring, keep_password, password_for

    account = talk.account
    nowhere = _('Give account "{name}" password_command, password_file or password_env instead.')
    nowhere = nowhere.format(name=account.name)
    if not has_keyring():
        raise ConfigurationError(
            _("This system has no keyring to put a password into. {nowhere}").format(nowhere=nowhere)
        )
    password = password_for(account, os.environ) if non_interactive else _ask_password(talk)
    ImapSource(account, password, Deadline(account.deadline)).close()
    if not keep_password(account, password):
        raise ConfigurationError(_("The system keyring did not keep the password. {nowhere}").format(nowhere=nowhere))
    kept = N_('Account "{name}": the password is kept in the system keyring.')
    talk.tell(kept, name=account.name)
    talk.tell(N_("{host} accepts it. `triage` shows the queue."), host=account.host)


def _ask_password(talk: _Talk) -> str:
    """Ask without showing what is typed; a script gives it as a line of its standard input."""
    if sys.stdin.isatty():
        from getpass import getpass

        asked = talk.words.say("Password of {username}: ", username=talk.account.username)
        password = getpass(asked, stream=sys.stderr)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise UsageError(_("No password was given."))
    return password
