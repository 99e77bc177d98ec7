"""`config.toml` to Settings: finds the file, reads it, and refuses what cannot be meant.

Every mistake is told with the key's full name (`account[1].port`, counted from 1), what was found and what is allowed,
up to five at once. What stands behind a key that may hold a secret is never repeated.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfoNotFoundError

from triage.clock import WHOLE_DAY
from triage.config_values import (
    Table,
    UnfitError,
    duration_up_to,
    list_of,
    near,
    one_of,
    plain,
    read_address,
    read_day,
    read_days,
    read_filled_text,
    read_holiday_code,
    read_host,
    read_name,
    read_port,
    read_share,
    read_spans,
    read_switch,
    read_target,
    read_text,
    read_variable,
    read_zone,
    shown,
)
from triage.errors import ConfigurationError
from triage.i18n import N_, _
from triage.model import Flag, Kind, Lane
from triage.settings import (
    LANGUAGES,
    WEEKDAYS,
    AccountSettings,
    Auth,
    OpensIn,
    OurAddresses,
    OverdueSettings,
    Preset,
    QueueSettings,
    Rule,
    Security,
    Settings,
    ShopSettings,
    Sort,
    TargetSettings,
    is_loopback,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date

    from triage.clock import Span

MISTAKES_TOLD = 5

_SERVER_KEYS = (
    *("host", "port", "security", "ca_file", "username", "auth", "password_env", "password_command", "password_file"),
    *("oauth_client_id", "oauth_client_secret_command", "timeout", "deadline"),
)
_PASSWORD_KEYS = ("password_env", "password_command", "password_file")
_OAUTH_KEYS = ("oauth_client_id", "oauth_client_secret_command")


def find_config(explicit: Path | None, environ: Mapping[str, str]) -> Path:
    """Say where the configuration lies: `--config`, then `$TRIAGE_CONFIG`, then the user's config folder."""
    if explicit is not None:
        return explicit
    if environ.get("TRIAGE_CONFIG"):
        return _expanded(environ["TRIAGE_CONFIG"], environ)
    from platformdirs import user_config_path

    return user_config_path("triage", appauthor=False) / "config.toml"


def load_settings(path: Path, environ: Mapping[str, str]) -> Settings:
    """Read the configuration; raises ConfigurationError with the mistakes found.

    Paths in the file may start with `~`; relative ones are meant from the folder of the file.
    """
    return read_settings(read_config_text(path), path, environ)


def read_settings(text: str, path: Path, environ: Mapping[str, str]) -> Settings:
    """Read the text of a configuration that lies, or is to lie, at `path`; raises like `load_settings`."""
    mistakes: list[str] = []
    table = Table(_parsed(path, text), "", mistakes)
    try:
        settings = _settings(table, lambda text: path.parent / _expanded(text, environ))
    except ZoneInfoNotFoundError:
        raise ConfigurationError(
            _("This computer has no list of time zones: `pip install tzdata` brings one.")
        ) from None
    if mistakes:
        raise ConfigurationError(_told(path, mistakes))
    return settings


def holiday_dates(code: str, years: Iterable[int]) -> frozenset[date]:
    """Ask the `holidays` library for the days off of a country or region; an empty code has none.

    The library takes 0.2 s to import, so keep the answer. Raises ConfigurationError for a code that it does not know.
    """
    if not code:
        return frozenset()
    import holidays

    country, _dash, region = code.partition("-")
    try:
        return frozenset(holidays.country_holidays(country, subdiv=region or None, years=sorted(set(years))))
    except NotImplementedError:
        hint = _known_codes(code, holidays.list_supported_countries())
        sentence = _("shop.holidays is {code}, for which no holidays are known. {hint}")
        raise ConfigurationError(sentence.format(code=shown(code), hint=hint).rstrip()) from None


def _known_codes(code: str, countries: Mapping[str, Iterable[str]]) -> str:
    country = code.partition("-")[0]
    if country not in countries:
        return near(code, countries) or _("Use the two letters of your country, such as NL or BE.")
    regions = [f"{country}-{region}" for region in countries[country]]
    if not regions:
        return _('Use "{country}" for the whole country.').format(country=country)
    said = _('Use "{country}" for the whole country, or one of {regions}.')
    return said.format(country=country, regions=", ".join(regions))


def read_config_text(path: Path) -> str:
    """Read the file as UTF-8, with or without the mark that Windows Notepad puts first."""
    try:
        source = path.read_bytes()
    except FileNotFoundError:
        raise ConfigurationError(
            _(
                "There is no configuration at {path}. Run `triage init` to set triage up, or `triage demo` "
                "to see it at work first."
            ).format(path=path)
        ) from None
    except OSError as error:
        raise ConfigurationError(_unreadable(path, error)) from None
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(
            _("{path}, line {line}: this is not UTF-8 text. Save the file as UTF-8.").format(path=path, line=line)
        ) from None


def _unreadable(path: Path, error: OSError) -> str:
    if path.is_dir():
        return _("{path} is a folder. Name the file in it, such as {file}.").format(
            path=path, file=path / "config.toml"
        )
    return _("The configuration {path} cannot be read: {reason}.").format(path=path, reason=error.strerror)


def _parsed(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what, _at, place = str(error).rpartition(" (at ")
        lines = text.splitlines() or [""]
        found = re.match(r"line (\d+)", place)
        number = int(found[1]) if found else len(lines)
        hint = _toml_hint(lines[min(number, len(lines)) - 1])
        raise ConfigurationError(
            _("{path}, line {number}: this is not TOML ({what}). {hint}")
            .format(path=path, number=number, what=what, hint=hint)
            .rstrip()
        ) from None
    except RecursionError:
        raise ConfigurationError(_("{path} is nested too deeply for a configuration.").format(path=path)) from None


def _toml_hint(line: str) -> str:
    """Say what a line that is not TOML most often lacks."""
    if "\\" in line:
        return _("Put a text with backslashes between single quotes.")
    value = line.partition("=")[2].strip()
    if value and value[0] not in "\"'[{":
        return _('Put texts between quotes, such as "4h".')
    return ""


def _told(path: Path, mistakes: list[str]) -> str:
    """Tell one mistake as a sentence, several as a list that is cut before it scrolls away."""
    if len(mistakes) == 1:
        return f"{path}: {mistakes[0]}"
    lines = [
        _("{path} has {n} mistakes:").format(path=path, n=len(mistakes)),
        *(f"  {mistake}" for mistake in mistakes[:MISTAKES_TOLD]),
    ]
    if len(mistakes) > MISTAKES_TOLD:
        lines.append("  " + _("… and {n} more.").format(n=len(mistakes) - MISTAKES_TOLD))
    return "\n".join(lines)


def _expanded(text: str, environ: Mapping[str, str]) -> Path:
    home = environ.get("HOME") or environ.get("USERPROFILE")
    if home and re.match(r"~(?:[/\\]|$)", text):
        return Path(home + text[1:])
    return Path(text)


def _settings(table: Table, path_at: Callable[[str], Path]) -> Settings:
    accounts = _accounts(table, path_at)
    settings = Settings(
        language=table.get("language", one_of(LANGUAGES), None),
        shop=_shop(table.table("shop")),
        accounts=accounts,
        targets=_targets(table.table("targets")),
        queue=_queue(table.table("queue")),
        overdue=_overdue(table.table("overdue")),
        rules=tuple(_rule(each, [account.name for account in accounts]) for each in table.tables("rule")),
    )
    table.finish()
    return settings


def _shop(table: Table) -> ShopSettings:
    default = ShopSettings()
    shop = ShopSettings(
        name=table.get("name", read_name, default.name),
        timezone=table.get("timezone", read_zone, default.timezone),
        holidays=table.get("holidays", read_holiday_code, default.holidays),
        open_on_holidays=frozenset(table.get("open_on_holidays", list_of(read_day), ())),
        closed=table.get("closed", list_of(read_days), default.closed),
        hours=_hours(table, default.hours),
    )
    for days in shop.closed:
        if days.first == days.last and days.first in shop.open_on_holidays:
            table.refuse(
                "closed",
                _("holds {day}, and so does open_on_holidays. Take it out of one of them.").format(day=days.first),
            )
    table.finish()
    return shop


def _hours(shop: Table, default: tuple[tuple[Span, ...], ...]) -> tuple[tuple[Span, ...], ...]:
    table = shop.table("hours")
    if not shop.has_table("hours"):
        return default
    # A day that is there but wrong was told already; it counts as open here, so that one slip is told once.
    week = tuple(table.get(day, read_spans, WHOLE_DAY if table.has(day) else ()) for day in WEEKDAYS)
    if not any(week):
        shop.refuse(
            "hours", _('never lets the shop open. Give at least one day its hours, such as mon = ["09:00-17:00"].')
        )
    table.finish()
    return week


def _accounts(table: Table, path_at: Callable[[str], Path]) -> tuple[AccountSettings, ...]:
    tables = table.tables("account")
    if not table.has("account"):  # one that is there but wrong was told already
        table.refuse("account", _("is missing: name the mailbox to read in a table [[account]], with host or path."))
    accounts = tuple(_account(each, path_at) for each in tables)
    names = [account.name for account in accounts]
    for number, (each, name) in enumerate(zip(tables, names, strict=True)):
        if name and name in names[:number]:
            first = names.index(name) + 1
            each.refuse(
                "name",
                _('is "{name}", as is that of account[{first}]. Give every account a name of its own.').format(
                    name=name, first=first
                ),
            )
    return accounts


def _account(table: Table, path_at: Callable[[str], Path]) -> AccountSettings:
    path = _path(table, "path", path_at)
    server = _server(table, path_at)
    account = replace(
        server,
        name=table.get("name", read_name, "") or server.host or (path.name if path else ""),
        path=path,
        mailboxes=_distinct(table.get("mailboxes", list_of(read_filled_text), server.mailboxes)),
        sent=_distinct(table.get("sent", list_of(read_filled_text), server.sent)),
        since=table.get("since", duration_up_to(), server.since),
        opens_in=table.get("opens_in", one_of(OpensIn), server.opens_in),
        addresses=_addresses(table, server.username),
    )
    if not account.mailboxes:
        table.refuse("mailboxes", _('is empty. Name where customers\' mail arrives, such as ["INBOX"].'))
    _check_place(table, account)
    table.finish()
    return account


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _path(table: Table, key: str, path_at: Callable[[str], Path]) -> Path | None:
    text = table.get(key, read_text, "")
    return path_at(text) if text else None


def _addresses(table: Table, username: str) -> OurAddresses:
    ours = table.get("addresses", list_of(read_address, N_('be a list such as ["info@shop.example"]')), ())
    if not ours and re.fullmatch(r"[^@\s]+@[^@\s]+", username):
        ours = (username,)
    if not ours and not table.has("addresses"):
        table.refuse("addresses", _('is missing: say which addresses you answer from, such as ["info@shop.example"].'))
    return OurAddresses.of(*ours)


def _server(table: Table, path_at: Callable[[str], Path]) -> AccountSettings:
    """Read what an account on a server needs; an account on disk has none of it."""
    default = AccountSettings("")
    security = table.get("security", one_of(Security), default.security)
    return AccountSettings(
        name="",
        host=table.get("host", read_host, default.host),
        port=table.get("port", read_port, security.port),
        security=security,
        ca_file=_path(table, "ca_file", path_at),
        username=table.get("username", read_text, default.username),
        auth=table.get("auth", one_of(Auth), default.auth),
        password_env=table.get("password_env", read_variable, default.password_env),
        password_command=table.get("password_command", read_text, default.password_command),
        password_file=_path(table, "password_file", path_at),
        oauth_client_id=table.get("oauth_client_id", read_text, default.oauth_client_id),
        oauth_client_secret_command=table.get("oauth_client_secret_command", read_text, ""),
        timeout=table.get("timeout", duration_up_to(timedelta(hours=1)), default.timeout),
        deadline=table.get("deadline", duration_up_to(timedelta(days=1)), default.deadline),
    )


def _check_place(table: Table, account: AccountSettings) -> None:
    """Refuse an account that is not either on a server or on disk, with all that its kind needs."""
    if account.path is not None:
        for key in _SERVER_KEYS:
            if table.has(key):
                table.refuse(key, _("has no use beside path: an account is on a server (host) or on disk (path)."))
    elif not table.has("host"):
        table.refuse(
            "host", _('is missing: name the server, such as "imap.example.com", or a mailbox on disk with path.')
        )
    else:
        _check_server(table, account)


def _check_server(table: Table, account: AccountSettings) -> None:
    if not table.has("username"):
        table.refuse("username", _("is missing: it is the name to sign in with, on most servers your whole address."))
    if account.security is Security.NONE and not is_loopback(account.host):
        table.refuse(
            "security",
            _(
                'is "none", which would send your password in the clear to "{host}". It must '
                'be "tls" or "starttls", save for a server on this computer.'
            ).format(host=plain(account.host)),
        )
    passwords = [key for key in _PASSWORD_KEYS if table.has(key)]
    if account.auth is not Auth.PASSWORD and not table.mentions("oauth_client_id"):
        table.refuse(
            "oauth_client_id",
            _('is missing: auth = "{auth}" needs the ID of an app that you registered.').format(auth=account.auth),
        )
    for key in _OAUTH_KEYS if account.auth is Auth.PASSWORD else _PASSWORD_KEYS:
        if table.has(key):
            table.refuse(key, _('has no use with auth = "{auth}".').format(auth=account.auth))
    if account.auth is Auth.PASSWORD and len(passwords) > 1:
        table.refuse(
            passwords[1],
            _("is one too many beside {key}: the password can only be in one place.").format(key=passwords[0]),
        )


def _targets(table: Table) -> TargetSettings:
    base = TargetSettings.of_preset(table.get("preset", one_of(Preset), Preset.NONE))
    targets = replace(
        base,
        buy=table.get("buy", read_target, base.buy),
        bought=table.get("bought", read_target, base.bought),
        knock=table.get("knock", read_target, base.knock),
        angry=table.get("angry", read_target, base.angry),
        haggle=table.get("haggle", read_target, base.haggle),
        other=table.get("other", read_target, base.other),
        forgotten=table.get("forgotten", read_target, base.forgotten),
        soon=table.get("soon", read_share, base.soon),
    )
    table.finish()
    return targets


def _queue(table: Table) -> QueueSettings:
    default = QueueSettings()
    queue = QueueSettings(
        order=table.get("order", _lane_order, default.order),
        sort=table.get("sort", one_of(Sort), default.sort),
    )
    table.finish()
    return queue


def _lane_order(value: object) -> tuple[Lane, ...]:
    lanes = list_of(one_of(Lane), N_("be a list of all lanes, the first to answer first"))(value)
    missing = [lane for lane in Lane if lane not in lanes]
    for number, lane in enumerate(lanes, 1):
        if lane in lanes[: number - 1]:
            raise UnfitError(_("hold each lane once"), place=f"[{number}]", found=str(lane))
    if missing:
        names = ", ".join(f'"{lane}"' for lane in missing)
        raise UnfitError(_("hold every lane; missing: {names}").format(names=names))
    return lanes


def _overdue(table: Table) -> OverdueSettings:
    overdue = OverdueSettings(max_age=table.get("max_age", duration_up_to(), OverdueSettings().max_age))
    table.finish()
    return overdue


def _rule(table: Table, accounts: list[str]) -> Rule:
    rule = Rule(
        sender=table.get("from", read_text, ""),
        subject=table.get("subject", read_text, ""),
        text=table.get("text", read_text, ""),
        account=table.get("account", read_text, ""),
        kind=table.get("kind", one_of(Kind), None),
        flags=frozenset(table.get("flags", list_of(one_of(Flag), N_('be a list such as ["legal"]')), ())),
        ignore=table.get("ignore", read_switch, default=False),
        lane=table.get("lane", one_of(Lane), None),
        target=table.get("target", read_target, None),
    )
    _check_rule(table, rule, accounts)
    table.finish()
    return rule


def _check_rule(table: Table, rule: Rule, accounts: list[str]) -> None:
    if not any(table.has(key) for key in ("from", "subject", "text")):
        table.refuse("", _("would fit every mail: give it from, subject or text."))
    effects = [key for key in ("kind", "flags", "lane", "target") if table.has(key)]
    if not effects and not table.has("ignore"):
        table.refuse("", _("changes nothing: give it kind, flags, lane, target or ignore."))
    if effects and rule.ignore:
        table.refuse(effects[0], _("has no use beside ignore = true: what is ignored does not wait."))
    if rule.account and rule.account not in accounts:
        known = ", ".join(f'"{plain(name)}"' for name in accounts)
        table.refuse(
            "account",
            _("is {name}; it must be the name of an account: {known}.").format(name=shown(rule.account), known=known),
        )
