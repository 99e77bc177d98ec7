"""`triage init`, the account: where its mail is, the login, what is ours, and where the password is kept."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cli.ask import UnclearError
from triage.config_edit import AccountDraft
from triage.config_values import UnfitError, read_host
from triage.errors import ConfigurationError, ConnectionFailedError, LoginRefusedError, TriageError, UsageError
from triage.i18n import N_, _
from triage.mail.autoconfig import Found, Source, at_provider, domain_of, find_server
from triage.mail.providers import PROVIDERS, Needs, provider_of_domain, provider_of_server
from triage.mail.senders import senders
from triage.model import Role
from triage.secrets import has_keyring, password_for
from triage.settings import AccountSettings, Auth, OurAddresses, Security, is_loopback
from triage.sync import choose_mailboxes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cli.ask import Ask
    from cli.init import Answers
    from triage.mail.source import MailboxName, MailSource

_TRIES = 3
_HELP = {
    Needs.APP_PASSWORD: (
        N_("{name} takes no ordinary password from programs. Make an app password at {page} and give that one.")
    ),
    Needs.PERHAPS_APP_PASSWORD: (
        N_("If you sign in to {name} in two steps, make an app password at {page} and give that one.")
    ),
    Needs.MAIL_PASSWORD: N_(
        "{name} has a password for mail alone, other than that of your account; it is set at {page}."
    ),
    Needs.SWITCHED_ON: N_("{name} lets programs in once IMAP is switched on in the settings at {page}."),
    Needs.SIGN_IN: N_("{name} takes no passwords any more: you sign in with `triage login`, in your browser."),
    Needs.BRIDGE: (
        N_("{name} needs its Bridge on this computer ({page}). Give the password that Bridge shows, not your own.")
    ),
}
_SECURE = {Security.TLS: "TLS", Security.STARTTLS: "STARTTLS", Security.NONE: N_("no encryption, on this machine only")}


@dataclass(frozen=True, slots=True)
class Account:
    """What is to be written, and the password to be kept (empty where it is kept already)."""

    draft: AccountDraft
    password: str = ""

    @property
    def settings(self) -> AccountSettings:
        """The account as the login has it."""
        return _settings(self.draft)


def _settings(draft: AccountDraft) -> AccountSettings:
    value = draft.kept_at
    return AccountSettings(
        name=draft.name,
        host=draft.host,
        port=draft.port,
        security=draft.security,
        ca_file=Path(draft.ca_file) if draft.ca_file else None,
        username=draft.username,
        auth=draft.auth,
        password_env=value if draft.kept_by == "password_env" else "",
        password_command=value if draft.kept_by == "password_command" else "",
        password_file=Path(value) if draft.kept_by == "password_file" else None,
        sent=draft.sent,
    )


def read_email(ask: Ask, text: str) -> str:
    """Take a whole mail address."""
    if not re.fullmatch(r"[^@\s<>\"]{1,64}@[^@\s<>\"]{1,250}", text) or not text.isprintable():
        raise UnclearError(ask.words.say("That is no mail address. An example: info@shop.example."))
    return text


def ask_account(ask: Ask, given: Answers, address: str, name: str) -> Account:
    """Ask for all that is written of an account, having tried it."""
    found = _find(ask, given, address)
    for attempt in range(_TRIES):
        draft = _draft(ask, given, address, name, found)
        if draft.auth is not Auth.PASSWORD:
            return Account(_with_sign_in(ask, given, draft))
        try:
            return _with_login(ask, given, draft)
        except ConnectionFailedError as error:
            if not ask.may_ask or given.host or attempt == _TRIES - 1:
                raise
            ask.warn(str(error))
            found = _ask_server(ask, given, address)
    raise AssertionError("the last attempt returns or raises")


# -- the server --------------------------------------------------------------------------------------------------------


def _find(ask: Ask, given: Answers, address: str) -> Found:
    if given.host:
        return _ask_server(ask, given, address)
    if given.auth is Auth.MICROSOFT and provider_of_domain(domain_of(address)) is None:
        return next(at_provider(each, address) for each in PROVIDERS if each.auth is Auth.MICROSOFT)
    heard: list[str] = []

    def tell(host: str) -> None:
        if host not in heard:
            heard.append(host)
            ask.mention(ask.words.say("Asking {host} where the mail is …", host=host))

    found = find_server(address, tell)
    return found if found and _is_right(ask, found, address) else _ask_server(ask, given, address)


def _is_right(ask: Ask, found: Found, address: str) -> bool:
    """Let the owner confirm what no table knows; where nobody can, only the domain's own hosts count."""
    if found.is_sure:
        return True
    if not ask.may_ask:
        domain = domain_of(address)
        return found.provider is not None or found.host.endswith(f".{domain}")
    server = f"{found.host}:{found.port} ({_SECURE[found.security]})"
    return ask.yes(ask.words.say("Your mail seems to be at {server}. Is that right?", server=server))


def _ask_server(ask: Ask, given: Answers, address: str) -> Found:
    say = ask.words.say
    if ask.may_ask and not given.host:
        ask.tell(say("Which server has your mail (IMAP)? The help pages of your mail provider name it."))
    question = say("Server, such as imap.example.com, or the name of your provider")
    host, port = ask.text(question, "--host", given.host, lambda text: _read_server(ask, text))
    by_name = next((each for each in PROVIDERS if each.name.lower() == host.lower()), None)
    if by_name is not None:
        return at_provider(by_name, address)
    port = given.port or port
    security = _security(ask, given, host, port)
    port = port or security.port
    return Found(host, port, security, address, Source.OWNER, provider_of_server(host, port))


def _read_server(ask: Ask, text: str) -> tuple[str, int]:
    parts = text.split(":")
    host, port = parts if len(parts) == 2 else (text, "")
    try:
        name = read_host(host)
    except UnfitError:
        name = ""
    if not name or not re.fullmatch(r"[0-9]{0,5}", port) or not 0 <= int(port or 0) < 65_536:
        example = "imap.example.com, imap.example.com:993"
        raise UnclearError(ask.words.say("That is no server. Examples: {example}.", example=example))
    return name, int(port or 0)


def _security(ask: Ask, given: Answers, host: str, port: int) -> Security:
    if given.security is not None:
        return given.security
    if port in {0, 993}:
        return Security.TLS
    if port == Security.STARTTLS.port:
        return Security.STARTTLS
    if is_loopback(host):
        return _security_here(ask)

    def read(text: str) -> Security:
        try:
            return {"tls": Security.TLS, "starttls": Security.STARTTLS}[text.lower()]
        except KeyError:
            raise UnclearError(ask.words.say("Type tls or starttls.")) from None

    return ask.text(ask.words.say("Encryption (tls, starttls)"), "--security", None, read, str(Security.TLS))


def _security_here(ask: Ask) -> Security:
    """Ask how a server on this computer is spoken to; no line leaves it."""

    def read(text: str) -> Security:
        try:
            return Security(text.lower())
        except ValueError:
            raise UnclearError(ask.words.say("Type tls, starttls or none.")) from None

    question = ask.words.say("Encryption (tls, starttls, none)")
    return ask.text(question, "--security", None, read, str(Security.NONE))


def _draft(ask: Ask, given: Answers, address: str, name: str, found: Found) -> AccountDraft:
    """Say where the mail is, and what the provider wants."""
    auth = given.auth or (found.provider.auth if found.provider else Auth.PASSWORD)
    draft = AccountDraft(
        name=name,
        host=found.host,
        port=given.port or found.port,
        security=given.security or found.security,
        username=given.username or found.username,
        addresses=(address,),
        auth=auth,
        ca_file=_from_here(given.ca_file),
        oauth_client_id=given.oauth_client_id or "",
    )
    needs = found.provider.needs if found.provider else Needs.NOTHING
    if needs is Needs.BRIDGE and is_loopback(draft.host) and not draft.ca_file and not given.security:
        draft = replace(draft, security=Security.NONE)  # its certificate is its own; the line is on this machine alone
    if draft.security is Security.NONE and not is_loopback(draft.host):
        raise UsageError(
            _(
                "Without encryption everybody on the way to {host} could read your password. "
                'Take "tls" or "starttls"; "none" is for servers on this computer alone.'
            ).format(host=draft.host)
        )
    said = N_("{host}, port {port}, {how}; you are {username}.")
    how = ask.words.say(_SECURE[draft.security])
    said = ask.words.say(said, host=draft.host, port=draft.port, how=how, username=draft.username)
    ask.tell(f"{found.provider.name}: {said}" if found.provider else said)
    if found.provider and needs in _HELP and (auth is Auth.PASSWORD or needs is Needs.SIGN_IN):
        ask.tell(ask.words.say(_HELP[needs], name=found.provider.name, page=found.provider.page))
    return draft


def _from_here(path: Path | None) -> str:
    """Write a path so that it means the same from the folder of the configuration."""
    return str(path.expanduser().absolute()) if path else ""


# -- signing in --------------------------------------------------------------------------------------------------------


def _with_sign_in(ask: Ask, given: Answers, draft: AccountDraft) -> AccountDraft:
    """Ask for the app's ID; the sign-in itself is `triage login`."""
    say = ask.words.say
    if not draft.oauth_client_id and ask.may_ask:
        ask.tell(say("For that an app has to be registered once with the provider; it has an ID."))
    question = say("ID of the app (leave empty to fill it in later)")
    client = ask.text(question, "--oauth-client-id", given.oauth_client_id, str, "")
    return replace(draft, oauth_client_id=client, addresses=tuple(given.ours or draft.addresses))


def _with_login(ask: Ask, given: Answers, draft: AccountDraft) -> Account:
    draft, password, source = _log_in(ask, given, draft)
    try:
        sent = _ask_sent(ask, given, draft, source)
        addresses = _ask_ours(ask, given, replace(draft, sent=sent), source)
    finally:
        source.close()
    draft = replace(draft, sent=sent, addresses=addresses)
    if draft.kept_by and not given.keyring:
        return Account(draft)
    draft = replace(draft, kept_by="", kept_at="")
    return _ask_place(ask, given, Account(draft, password))


def _log_in(ask: Ask, given: Answers, draft: AccountDraft) -> tuple[AccountDraft, str, MailSource]:
    """Log in, asking for the password up to three times."""
    draft = _with_given_password(given, draft)
    for attempt in range(1, _TRIES + 1):
        password = _password(ask, draft)
        ask.mention(ask.words.say("Signing in at {host} …", host=draft.host))
        try:
            return draft, password, _connect(draft, password)
        except LoginRefusedError as error:
            if draft.kept_by or not ask.may_ask or attempt == _TRIES:
                raise
            ask.warn(ask.words.say("That password does not work. {said}", said=error))
            draft = replace(draft, username=_ask_username(ask, draft.username))
    raise AssertionError("the last attempt returns or raises")


def _ask_username(ask: Ask, default: str) -> str:
    """Ask for the name to sign in with: some servers want another than the address."""

    def read(text: str) -> str:
        if not text.isprintable():
            raise UnclearError(ask.words.say("That is no name."))
        return text

    return ask.text(ask.words.say("Sign in as"), "--username", None, read, default)


def _with_given_password(given: Answers, draft: AccountDraft) -> AccountDraft:
    places = {
        "password_env": given.password_env,
        "password_file": _from_here(given.password_file),
        "password_command": given.password_command,
    }
    chosen = [(key, value) for key, value in places.items() if value]
    if len(chosen) > 1:
        raise UsageError(_("Give only one of --password-env, --password-file and --password-command."))
    return replace(draft, kept_by=chosen[0][0], kept_at=chosen[0][1]) if chosen else draft


def _password(ask: Ask, draft: AccountDraft) -> str:
    if draft.kept_by:
        return password_for(_settings(draft), os.environ)
    if not ask.may_ask:
        raise UsageError(
            _("--password-env, --password-file or --password-command is missing, and nobody can be asked here.")
        )
    while not (password := ask.secret(ask.words.say("Password of {username}", username=draft.username))):
        ask.warn(ask.words.say("That was empty."))
    return password


def _connect(draft: AccountDraft, password: str) -> MailSource:
    from triage.mail.imap import Deadline, ImapSource

    account = _settings(draft)
    return ImapSource(account, password, Deadline(account.deadline))


# -- what is ours ------------------------------------------------------------------------------------------------------


def _ask_sent(ask: Ask, given: Answers, draft: AccountDraft, source: MailSource) -> tuple[str, ...]:
    """Name the mailboxes with our answers, where triage does not find them by itself."""
    say, listed = ask.words.say, source.mailboxes()
    account = replace(_settings(draft), sent=tuple(given.sent or ()))
    found = [choice for choice in choose_mailboxes(listed, account) if choice.role is Role.SENT]
    if found:
        names = ", ".join(choice.mailbox.name for choice in found)
        ask.tell(say("Logged in. What you sent is in {names}.", names=names))
        return account.sent
    ask.tell(say("Logged in. No mailbox looks like Sent; there are: {names}.", names=_names([m.name for m in listed])))

    def read(text: str) -> tuple[str, ...]:
        if text and text not in {mailbox.name for mailbox in listed}:
            raise UnclearError(say("There is no such mailbox."))
        return (text,) if text else ()

    return ask.text(say("Which one holds what you sent (empty for none)"), "--sent", None, read, "")


def _names(names: Sequence[str]) -> str:
    return ", ".join(names[:20]) + (" …" if len(names) > 20 else "")


def _ask_ours(ask: Ask, given: Answers, draft: AccountDraft, source: MailSource) -> tuple[str, ...]:
    """Say whose mail is ours: the address itself, and who else sends from here."""
    if given.ours:
        return tuple(dict.fromkeys(given.ours))
    say = ask.words.say
    mailboxes = [c.mailbox for c in choose_mailboxes(source.mailboxes(), _settings(draft)) if c.role is Role.SENT]
    known = list(draft.addresses)
    others = []
    for sender, count in _senders(source, mailboxes):
        if not OurAddresses.of(*known).contains(sender):
            known.append(sender)
            others.append((sender, count))
    if not others:
        return draft.addresses
    if not ask.may_ask:
        domain = f"@{domain_of(draft.addresses[0])}"
        return (*draft.addresses, *(sender for sender, _ in others if sender.endswith(domain)))
    ask.tell(say("Mail was sent from here by these too:"))
    for number, (sender, count) in enumerate(others, 1):
        ask.tell(f"  {number}  {sender} ({count})")
    return (*draft.addresses, *_which(ask, [sender for sender, _ in others]))


def _senders(source: MailSource, mailboxes: Sequence[MailboxName]) -> list[tuple[str, int]]:
    try:
        return senders(source, mailboxes)
    except TriageError:  # one more reason to ask, and no reason to stop
        return []


def _which(ask: Ask, addresses: list[str]) -> list[str]:
    """Ask which are ours, by number; most often all are."""
    say = ask.words.say

    def read(text: str) -> list[str]:
        if text.lower() in {"", "all", "alle", "allemaal", "y", "yes", "j", "ja"}:
            return addresses
        if text.lower() in {"none", "geen", "n", "no", "nee", "0"}:
            return []
        numbers = re.findall(r"[0-9]+", text)
        if not numbers or re.sub(r"[0-9\s,en+&d]", "", text) or not all(0 < int(n) <= len(addresses) for n in numbers):
            raise UnclearError(say("Type their numbers, such as 1 2, or all, or none."))
        return [addresses[number - 1] for number in dict.fromkeys(int(n) for n in numbers)]

    return ask.text(say("Which of them are yours (all, none, or numbers)"), "--ours", None, read, say("all"))


# -- where the password is kept ----------------------------------------------------------------------------------------


def _ask_place(ask: Ask, given: Answers, account: Account) -> Account:
    """Ask where the password is kept from now on."""
    say = ask.words.say
    can = has_keyring()
    if given.keyring and not can:
        raise ConfigurationError(_("There is no system keyring here. Leave --keyring out."))
    if given.keyring:
        return account
    if can:
        ask.tell(say("The keyring of your system keeps the password safest; runs by cron may not get at it."))
    else:
        ask.tell(say("This system has no keyring. A file that only you can read works everywhere, with cron too."))
    places = (N_("keyring"), N_("file"), N_("command")) if can else (N_("file"), N_("command"))

    def read(text: str) -> str:
        place = {"sleutelbos": "keyring", "bestand": "file", "opdracht": "command"}.get(text.lower(), text.lower())
        if place not in places:
            raise UnclearError(say("Type one of these: {choices}.", choices=", ".join(map(say, places))))
        return place

    question = say("Keep the password in ({choices})", choices=", ".join(map(say, places)))
    place = ask.text(question, "--keyring", None, read, say(places[0]))
    if place == "file":
        name = re.sub(r"[^\w.-]", "-", account.draft.name) + ".password"
        return _kept_in(account, "password_file", name)
    return _ask_command(ask, account) if place == "command" else account


def _kept_in(account: Account, key: str, value: str) -> Account:
    return replace(account, draft=replace(account.draft, kept_by=key, kept_at=value))


def _ask_command(ask: Ask, account: Account) -> Account:
    """Ask for a command that prints the password, and hold what it prints against the one that works."""
    say = ask.words.say

    def read(text: str) -> str:
        try:
            printed = password_for(replace(account.settings, password_command=text), os.environ)
        except ConfigurationError as error:
            raise UnclearError(str(error)) from None
        if printed != account.password:
            raise UnclearError(say("It prints something else than the password that works."))
        return text

    command = ask.text(say("Command that prints it, such as pass show shop"), "--password-command", None, read)
    return replace(_kept_in(account, "password_command", command), password="")
