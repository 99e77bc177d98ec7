"""What `config.toml` may say, and the very sentence that its owner reads when it says something else."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from triage.clock import Counting, DayRange, Span, Target
from triage.config import find_config, holiday_dates, load_settings
from triage.errors import ConfigurationError, ExitStatus
from triage.model import Flag, Kind, Lane
from triage.settings import (
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
)

EXAMPLE = Path(__file__).parent.parent / "config.example.toml"
HOME = {"HOME": "/home/jan"}
SERVER = 'host = "imap.example.com"\nusername = "info@shop.example"\n'
ACCOUNT = f"[[account]]\n{SERVER}"
SHOP_ACCOUNT = AccountSettings(
    name="imap.example.com",
    host="imap.example.com",
    username="info@shop.example",
    addresses=OurAddresses.of("info@shop.example"),
)


def load(folder: Path, text: str | bytes) -> Settings:
    path = folder / "config.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_settings(path, HOME)


def refusal(folder: Path, text: str | bytes) -> str:
    """Give the error text of a configuration that is refused, without the folder."""
    with pytest.raises(ConfigurationError) as caught:
        load(folder, text)
    assert caught.value.status is ExitStatus.CONFIGURATION
    return str(caught.value).replace(f"{folder / 'config.toml'}", "FILE")


# --- what is read -----------------------------------------------------------------------------------------------------


def test_the_least_that_is_needed(tmp_path: Path) -> None:
    assert load(tmp_path, ACCOUNT) == Settings(accounts=(SHOP_ACCOUNT,))


def test_all_of_it(tmp_path: Path) -> None:
    text = """
        language = "en"
        [shop]
        name = "De Schoenmaker"
        timezone = "Europe/Brussels"
        holidays = "BE"
        open_on_holidays = ["2026-04-27", 2026-07-21]
        closed = ["2026-05-15", 2026-05-16, "2026-07-20 .. 2026-08-02"]
        [shop.hours]
        mon = ["13:00-17:30", "9:00-12:30"]
        sun = ["00:00-24:00"]
        sat = []
        [[account]]
        name = "shop"
        host = "imap.example.com"
        port = 1143
        security = "starttls"
        ca_file = "ca.pem"
        username = "jan"
        password_file = "~/secret"
        timeout = "5s"
        deadline = "1m"
        addresses = ["Info@Shop.example", "@shop.example"]
        mailboxes = ["INBOX", "Winkel", "INBOX"]
        sent = ["Verzonden"]
        since = "30d"
        opens_in = "thunderbird"
        [[account]]
        path = "~/Mail/oud"
        addresses = ["oud@shop.example"]
        [targets]
        preset = "1-working-day"
        buy = "30m"
        soon = 1
        [queue]
        order = ["haggle", "buy", "bought", "knock", "angry", "forgotten", "other"]
        sort = "due"
        [overdue]
        max_age = "1h"
        [[rule]]
        from = "@grossist.example"
        kind = "other"
        [[rule]]
        subject = "spoed"
        text = "vandaag nog"
        account = "shop"
        flags = ["deadline", "legal"]
        lane = "buy"
        target = "10m"
        [[rule]]
        text = "geef ons een cijfer"
        ignore = true
    """
    day = Target(timedelta(days=1), Counting.SHOP_DAYS)
    whole_day = (Span.parse("00:00-24:00"),)
    assert load(tmp_path, text) == Settings(
        language="en",
        shop=ShopSettings(
            name="De Schoenmaker",
            timezone=ZoneInfo("Europe/Brussels"),
            holidays="BE",
            open_on_holidays=frozenset({date(2026, 4, 27), date(2026, 7, 21)}),
            closed=(
                DayRange(date(2026, 5, 15), date(2026, 5, 15)),
                DayRange(date(2026, 5, 16), date(2026, 5, 16)),
                DayRange(date(2026, 7, 20), date(2026, 8, 2)),
            ),
            hours=((Span.parse("09:00-12:30"), Span.parse("13:00-17:30")), (), (), (), (), (), whole_day),
        ),
        accounts=(
            AccountSettings(
                name="shop",
                host="imap.example.com",
                port=1143,
                security=Security.STARTTLS,
                ca_file=tmp_path / "ca.pem",
                username="jan",
                password_file=Path("/home/jan/secret"),
                timeout=timedelta(seconds=5),
                deadline=timedelta(minutes=1),
                addresses=OurAddresses(frozenset({"info@shop.example"}), frozenset({"shop.example"})),
                mailboxes=("INBOX", "Winkel"),
                sent=("Verzonden",),
                since=timedelta(days=30),
                opens_in=OpensIn.THUNDERBIRD,
            ),
            AccountSettings(name="oud", path=Path("/home/jan/Mail/oud"), addresses=OurAddresses.of("oud@shop.example")),
        ),
        targets=TargetSettings(Preset.WORKING_DAY, Target(timedelta(minutes=30)), day, day, day, day, day, soon=1.0),
        queue=QueueSettings(
            (Lane.HAGGLE, Lane.BUY, Lane.BOUGHT, Lane.KNOCK, Lane.ANGRY, Lane.FORGOTTEN, Lane.OTHER), Sort.DUE
        ),
        overdue=OverdueSettings(timedelta(hours=1)),
        rules=(
            Rule(sender="@grossist.example", kind=Kind.OTHER),
            Rule(
                subject="spoed",
                text="vandaag nog",
                account="shop",
                flags=frozenset({Flag.DEADLINE, Flag.LEGAL}),
                lane=Lane.BUY,
                target=Target(timedelta(minutes=10)),
            ),
            Rule(text="geef ons een cijfer", ignore=True),
        ),
    )


@pytest.mark.parametrize(
    ("more", "account"),
    [
        pytest.param('security = "starttls"', {"security": Security.STARTTLS, "port": 143}, id="STARTTLS has port 143"),
        pytest.param(
            'auth = "oauth2-microsoft"\noauth_client_id = "abc"\noauth_client_secret_command = "pass show oauth"',
            {"auth": Auth.MICROSOFT, "oauth_client_id": "abc", "oauth_client_secret_command": "pass show oauth"},
            id="OAuth2",
        ),
        pytest.param(
            'auth = "oauth2-microsoft"\noauth_client_id = ""',
            {"auth": Auth.MICROSOFT},
            id="OAuth2, of which the client has yet to be filled in",
        ),
        pytest.param('password_command = "pass show shop"', {"password_command": "pass show shop"}, id="command"),
        pytest.param('password_env = "SHOP_PASSWORD"', {"password_env": "SHOP_PASSWORD"}, id="environment"),
        pytest.param('ca_file = "/etc/ca.pem"', {"ca_file": Path("/etc/ca.pem")}, id="absolute path"),
        pytest.param('path = ""\nca_file = ""\npassword_env = ""', {}, id="empty texts say nothing"),
    ],
)
def test_accounts_on_a_server(tmp_path: Path, more: str, account: dict[str, object]) -> None:
    assert load(tmp_path, f"{ACCOUNT}{more}").accounts == (replace(SHOP_ACCOUNT, **account),)  # type: ignore[arg-type]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.8.9.10", "::1", "[::1]"])
def test_plain_text_is_allowed_on_this_computer(tmp_path: Path, host: str) -> None:
    text = f'[[account]]\nhost = "{host}"\nusername = "a@b.example"\nsecurity = "none"'
    assert load(tmp_path, text).accounts[0].security is Security.NONE


@pytest.mark.parametrize(
    "host", ["imap.example.com", "10.0.0.1", "192.168.1.2", "128.0.0.1", "localhost.example.com", "::2", "172.16.0.1"]
)
def test_plain_text_is_refused_elsewhere(tmp_path: Path, host: str) -> None:
    text = f'[[account]]\nhost = "{host}"\nusername = "a@b.example"\nsecurity = "none"'
    assert refusal(tmp_path, text) == (
        f'FILE: account[1].security is "none", which would send your password in the clear to "{host}". '
        'It must be "tls" or "starttls", save for a server on this computer.'
    )


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        pytest.param("", TargetSettings(), id="no preset"),
        pytest.param('preset = ""', TargetSettings(), id="empty preset"),
        pytest.param('preset = "bol.com"', TargetSettings.of_preset(Preset.BOL), id="bol.com"),
        pytest.param(
            'preset = "bol.com"\nangry = "1h"\nforgotten = "4d"',
            replace(
                TargetSettings.of_preset(Preset.BOL),
                angry=Target(timedelta(hours=1)),
                forgotten=Target(timedelta(days=4), Counting.SHOP_DAYS),
            ),
            id="keys override the preset",
        ),
    ],
)
def test_presets(tmp_path: Path, text: str, targets: TargetSettings) -> None:
    assert load(tmp_path, f"{ACCOUNT}[targets]\n{text}").targets == targets


@pytest.mark.parametrize(
    ("preset", "target", "other", "forgotten"),
    [
        (Preset.NONE, "1h", "3d", "5d"),
        (Preset.BOL, "24h weekdays", "24h weekdays", "5d"),
        (Preset.WORKING_DAY, "1d", "1d", "5d"),
    ],
)
def test_targets_per_kind(preset: Preset, target: str, other: str, forgotten: str) -> None:
    targets = TargetSettings.of_preset(preset)
    shown = [str(found) for found in (targets.for_kind(Kind.BUY), targets.for_kind(Kind.OTHER), targets.forgotten)]
    assert shown == [target, other, forgotten]


def test_what_the_user_reopened_though_nothing_is_to_be_answered_has_the_target_of_other() -> None:
    assert TargetSettings().for_kind(Kind.NONE) == TargetSettings().other


@pytest.mark.parametrize(
    ("encoded", "name"),
    [
        pytest.param("\ufeff[shop]\nname = 'Café'\n".encode(), "Café", id="with a byte order mark, as by Notepad"),
        pytest.param("[shop]\r\nname = 'Café'\r\n".encode(), "Café", id="with line ends of Windows"),
    ],
)
def test_files_from_windows(tmp_path: Path, encoded: bytes, name: str) -> None:
    assert load(tmp_path, encoded + ACCOUNT.encode()).shop.name == name


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param('langauge = "nl"', 'langauge is no setting. Did you mean "language"?', id="typo"),
        pytest.param(
            "colour = true",
            "colour is no setting. Known here: account, language, overdue, queue, rule, shop, targets.",
            id="unknown, and nothing like it",
        ),
        pytest.param('language = "fr"', 'language is "fr"; it must be one of "nl", "en".', id="language"),
        pytest.param("language = 1", 'language is the number 1; it must be one of "nl", "en".', id="wrong type"),
        pytest.param('shop = "x"', 'shop is "x"; it must be a table written as [shop].', id="no table"),
        pytest.param("[shop]\nname = true", "shop.name is true; it must be a text between quotes.", id="name"),
        pytest.param('[shop]\nname = "a\\nb"', 'shop.name is "a�b"; it must be a short text on one line.', id="line"),
        pytest.param(
            '[shop]\ntimezone = "Europe/Amsterdm"',
            'shop.timezone is "Europe/Amsterdm"; it must be an IANA time zone. Did you mean "Europe/Amsterdam"?',
            id="zone",
        ),
        pytest.param(
            '[shop]\ntimezone = "../../etc/passwd"',
            'shop.timezone is "../../etc/passwd"; it must be an IANA time zone.',
            id="zone that is a path",
        ),
        pytest.param(
            '[shop]\ntimezone = "Europe"',
            'shop.timezone is "Europe"; it must be an IANA time zone. Did you mean "Europe/Rome"?',
            id="zone folder",
        ),
        pytest.param(
            '[shop]\nholidays = "nl"',
            'shop.holidays is "nl"; it must be a code such as "NL", "BE" or "DE-BY", or "" for none. '
            'Did you mean "NL"?',
            id="holidays",
        ),
        pytest.param(
            '[shop]\nclosed = "2026-05-15"', 'shop.closed is "2026-05-15"; it must be a list.', id="no list of days"
        ),
        pytest.param(
            '[shop]\nclosed = ["2026-05-15", "15-05-2026"]',
            'shop.closed[2] is "15-05-2026"; it must be a date such as "2026-05-15", or days from first to last such '
            'as "2026-07-20..2026-08-02".',
            id="Dutch date",
        ),
        pytest.param(
            '[shop]\nclosed = ["2026-08-02..2026-07-20"]',
            'shop.closed[1] is "2026-08-02..2026-07-20"; it must be a date such as "2026-05-15", or days from first '
            'to last such as "2026-07-20..2026-08-02". Here the last day comes before the first.',
            id="days the wrong way round",
        ),
        pytest.param(
            '[shop]\nopen_on_holidays = ["2026-02-30"]',
            'shop.open_on_holidays[1] is "2026-02-30"; it must be a date such as "2026-05-15".',
            id="no such day",
        ),
        pytest.param(
            "[shop]\nopen_on_holidays = [2026-04-27T10:00:00]",
            'shop.open_on_holidays[1] is the date or time 2026-04-27 10:00:00; it must be a date such as "2026-05-15".',
            id="a moment is no day",
        ),
        pytest.param(
            '[shop]\nclosed = ["2026-04-27"]\nopen_on_holidays = ["2026-04-27"]',
            "shop.closed holds 2026-04-27, and so does open_on_holidays. Take it out of one of them.",
            id="both open and closed",
        ),
        pytest.param(
            '[shop.hours]\nmon = "09:00-17:00"',
            'shop.hours.mon is "09:00-17:00"; it must be a list such as ["09:00-12:30", "13:00-17:30"].',
            id="no list of spans",
        ),
        pytest.param(
            '[shop.hours]\nmon = ["09:00-12:30", "12:00-17:30"]',
            'shop.hours.mon[2] is "12:00-17:30"; it must not overlap "09:00-12:30".',
            id="overlap",
        ),
        pytest.param(
            '[shop.hours]\nmon = ["9-17"]',
            'shop.hours.mon[1] is "9-17"; it must be a time of one day such as "09:00-12:30", the end later than the '
            'start and at most "24:00".',
            id="no span",
        ),
        pytest.param(
            '[shop.hours]\nfri = ["18:00-02:00"]',
            'shop.hours.fri[1] is "18:00-02:00"; it must be a time of one day such as "09:00-12:30", the end later '
            'than the start and at most "24:00". Opening past midnight is written on two days: "18:00-24:00" and '
            '"00:00-02:00".',
            id="past midnight",
        ),
        pytest.param(
            '[shop.hours]\nmon = ["09:00-17:00"]\nmonday = []',
            'shop.hours.monday is no setting. Did you mean "mon"?',
            id="day by another name",
        ),
        pytest.param(
            "[shop.hours]\nmon = []",
            'shop.hours never lets the shop open. Give at least one day its hours, such as mon = ["09:00-17:00"].',
            id="never open",
        ),
        pytest.param(
            '[targets]\nbuy = "0m"',
            'targets.buy is "0m"; it must be longer than nothing and at most 366 days, such as "90m" or "4h" of '
            'opening time, or "3d".',
            id="no time at all",
        ),
        pytest.param(
            "[targets]\nbuy = 4",
            "targets.buy is the number 4; it must be longer than nothing and at most 366 days, such as "
            '"90m" or "4h" of opening time, or "3d".',
            id="target without unit",
        ),
        pytest.param(
            '[targets]\npreset = "bol"',
            'targets.preset is "bol"; it must be one of "", "bol.com", "1-working-day". Did you mean "bol.com"?',
            id="preset",
        ),
        pytest.param(
            "[targets]\nsoon = 75",
            "targets.soon is the number 75; it must be a number from 0 to 1, such as 0.75.",
            id="soon in percent",
        ),
        pytest.param(
            "[targets]\nsoon = nan",
            "targets.soon is the number nan; it must be a number from 0 to 1, such as 0.75.",
            id="soon is no number",
        ),
        pytest.param(
            '[targets]\nnone = "1h"',
            "targets.none is no setting. "
            "Known here: angry, bought, buy, forgotten, haggle, knock, other, preset, soon.",
            id="target for what needs no answer",
        ),
        pytest.param(
            '[queue]\norder = ["buy", "bought", "knock", "angry", "haggle", "other"]',
            'queue.order is a list; it must hold every lane; missing: "forgotten".',
            id="lane missing",
        ),
        pytest.param(
            '[queue]\norder = ["buy", "bought", "knock", "buy"]',
            'queue.order[4] is "buy"; it must hold each lane once.',
            id="lane twice",
        ),
        pytest.param(
            '[queue]\norder = ["vip"]',
            'queue.order[1] is "vip"; it must be one of "buy", "bought", "knock", "angry", "haggle", "forgotten", '
            '"other".',
            id="no lane",
        ),
        pytest.param(
            '[queue]\nsort = "Lane"',
            'queue.sort is "Lane"; it must be one of "lane", "due", "age". Did you mean "lane"?',
            id="capital",
        ),
        pytest.param(
            '[overdue]\nmax_age = "two hours"',
            'overdue.max_age is "two hours"; it must be a time such as "60s", "10m", "2h" or "90d", at most "36500d".',
            id="duration in words",
        ),
        pytest.param(
            '[[rule]]\nkind = "other"',
            "rule[1] would fit every mail: give it from, subject or text.",
            id="rule without condition",
        ),
        pytest.param(
            '[[rule]]\nfrom = "a@b.example"',
            "rule[1] changes nothing: give it kind, flags, lane, target or ignore.",
            id="rule without effect",
        ),
        pytest.param(
            '[[rule]]\nfrom = "a@b.example"\nignore = "yes"',
            'rule[1].ignore is "yes"; it must be true or false, without quotes.',
            id="neither true nor false",
        ),
        pytest.param(
            '[[rule]]\nfrom = "a@b.example"\nkind = "supplier"',
            'rule[1].kind is "supplier"; it must be one of "buy", "bought", "knock", "angry", "haggle", "other", '
            '"none".',
            id="no kind",
        ),
        pytest.param(
            '[[rule]]\nfrom = "a@b.example"\nflags = ["legal", "urgent"]',
            'rule[1].flags[2] is "urgent"; it must be one of "legal", "review", "deadline", "repeat", "carrier".',
            id="no flag",
        ),
        pytest.param(
            '[[rule]]\nfrom = "a@b.example"\nignore = true\nlane = "buy"',
            "rule[1].lane has no use beside ignore = true: what is ignored does not wait.",
            id="ignored, and yet in line",
        ),
        pytest.param(
            '[[rule]]\nfrom = "a@b.example"\nignore = true\naccount = "shop"',
            'rule[1].account is "shop"; it must be the name of an account: "imap.example.com".',
            id="no such account",
        ),
        pytest.param(
            '[rule]\nfrom = "a@b.example"',
            "rule is a table; it must be written as [[rule]], in double brackets.",
            id="single brackets",
        ),
    ],
)
def test_refused_beside_an_account(tmp_path: Path, text: str, sentence: str) -> None:
    assert refusal(tmp_path, f"{text}\n{ACCOUNT}") == f"FILE: {sentence}"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param(
            f"{SERVER}port = 70000",
            "port is the number 70000; it must be a whole number from 1 to 65535, without quotes.",
            id="port",
        ),
        pytest.param(
            f'{SERVER}port = "993"',
            'port is "993"; it must be a whole number from 1 to 65535, without quotes.',
            id="port in quotes",
        ),
        pytest.param(
            f"{SERVER}port = true",
            "port is true; it must be a whole number from 1 to 65535, without quotes.",
            id="port that is no number",
        ),
        pytest.param(f"{SERVER}prot = 993", 'prot is no setting. Did you mean "port"?', id="typo"),
        pytest.param(
            f'{SERVER}security = "ssl"',
            'security is "ssl"; it must be one of "tls", "starttls", "none".',
            id="security",
        ),
        pytest.param(
            f'{SERVER}password = "hunter2"',
            "password is refused: a password has no place in this file. Say where it is kept with password_env, "
            "password_command or password_file, or leave all three out and use the system's keyring.",
            id="password",
        ),
        pytest.param(
            f'{SERVER}oauth_client_secret = "hunter2"',
            "oauth_client_secret is refused: name a command that prints it, with oauth_client_secret_command.",
            id="client secret",
        ),
        pytest.param(
            f"{SERVER}verify = false",
            "verify is refused: a server's certificate is always verified. "
            "Name a certificate authority of your own with ca_file.",
            id="verification off",
        ),
        pytest.param(
            f'{SERVER}password_env = "hunter 2"',
            'password_env must be the name of an environment variable, such as "SHOP_PASSWORD", and not the password '
            "itself.",
            id="password where its name belongs",
        ),
        pytest.param(
            f"{SERVER}password_command = 12345",
            "password_command must be a text between quotes.",
            id="number that may be a secret",
        ),
        pytest.param(
            f'{SERVER}password_env = "A"\npassword_command = "b"',
            "password_command is one too many beside password_env: the password can only be in one place.",
            id="two passwords",
        ),
        pytest.param(
            f'{SERVER}auth = "oauth2-google"',
            'oauth_client_id is missing: auth = "oauth2-google" needs the ID of an app that you registered.',
            id="OAuth2 without client",
        ),
        pytest.param(
            f'{SERVER}auth = "oauth2-google"\noauth_client_id = "a"\npassword_env = "A"',
            'password_env has no use with auth = "oauth2-google".',
            id="OAuth2 and a password",
        ),
        pytest.param(
            f'{SERVER}oauth_client_id = "a"',
            'oauth_client_id has no use with auth = "password".',
            id="password and OAuth2",
        ),
        pytest.param(
            f'{SERVER}opens_in = "Gmail"',
            'opens_in is "Gmail"; it must be one of "", "gmail", "outlook", "thunderbird", "apple-mail", "mailto". '
            'Did you mean "gmail"?',
            id="no mail program",
        ),
        pytest.param(
            'host = "imaps://imap.example.com"\nusername = "a@b.example"',
            'host is "imaps://imap.example.com"; it must be the name of a server alone, such as "imap.example.com".',
            id="address of a page",
        ),
        pytest.param(
            'host = "imap.example.com:993"\nusername = "a@b.example"',
            'host is "imap.example.com:993"; it must be the name of a server alone, such as "imap.example.com". '
            "The port has a key of its own.",
            id="host and port in one",
        ),
        pytest.param(
            'username = "a@b.example"',
            'host is missing: name the server, such as "imap.example.com", or a mailbox on disk with path.',
            id="neither host nor path",
        ),
        pytest.param(
            'host = "imap.example.com"\naddresses = ["a@b.example"]',
            "username is missing: it is the name to sign in with, on most servers your whole address.",
            id="no username",
        ),
        pytest.param(
            'host = "imap.example.com"\npath = "Mail"\naddresses = ["a@b.example"]',
            "host has no use beside path: an account is on a server (host) or on disk (path).",
            id="both host and path",
        ),
        pytest.param(
            'path = "Mail"',
            'addresses is missing: say which addresses you answer from, such as ["info@shop.example"].',
            id="on disk, and no addresses",
        ),
        pytest.param(
            'host = "imap.example.com"\nusername = "jan"\naddresses = []',
            'addresses is missing: say which addresses you answer from, such as ["info@shop.example"].',
            id="the username is no address",
        ),
        pytest.param(
            f'{SERVER}addresses = ["shop.example"]',
            'addresses[1] is "shop.example"; it must be an address such as "info@shop.example", or "@shop.example" '
            'for a whole domain. Did you mean "@shop.example"?',
            id="domain without its sign",
        ),
        pytest.param(
            f'{SERVER}addresses = ["Jan <jan@shop.example>"]',
            'addresses[1] is "Jan <jan@shop.example>"; it must be an address such as "info@shop.example", or '
            '"@shop.example" for a whole domain.',
            id="address with a name",
        ),
        pytest.param(
            f"{SERVER}mailboxes = []",
            'mailboxes is empty. Name where customers\' mail arrives, such as ["INBOX"].',
            id="no mailboxes",
        ),
        pytest.param(
            f'{SERVER}mailboxes = [""]', 'mailboxes[1] is ""; it must not be empty.', id="mailbox without a name"
        ),
        pytest.param(f'{SERVER}sent = "Sent"', 'sent is "Sent"; it must be a list.', id="no list of mailboxes"),
        pytest.param(
            f'{SERVER}timeout = "2h"',
            'timeout is "2h"; it must be a time such as "60s", "10m", "2h" or "90d", at most "1h".',
            id="timeout",
        ),
        pytest.param(
            f"{SERVER}since = 90",
            'since is the number 90; it must be a time such as "60s", "10m", "2h" or "90d", at most "36500d".',
            id="since",
        ),
    ],
)
def test_refused_in_an_account(tmp_path: Path, text: str, sentence: str) -> None:
    assert refusal(tmp_path, f"[[account]]\n{text}") == f"FILE: account[1].{sentence}"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param(
            "", "account is missing: name the mailbox to read in a table [[account]], with host or path.", id="empty"
        ),
        pytest.param(
            "account = []",
            "account is missing: name the mailbox to read in a table [[account]], with host or path.",
            id="no accounts",
        ),
        pytest.param(
            f"[account]\n{SERVER}", "account is a table; it must be written as [[account]], in double brackets.", id="["
        ),
        pytest.param(
            f"{ACCOUNT}{ACCOUNT}",
            'account[2].name is "imap.example.com", as is that of account[1]. Give every account a name of its own.',
            id="the same name twice",
        ),
    ],
)
def test_accounts_that_cannot_be(tmp_path: Path, text: str, sentence: str) -> None:
    assert refusal(tmp_path, text) == f"FILE: {sentence}"


def test_several_mistakes_are_told_at_once(tmp_path: Path) -> None:
    assert refusal(tmp_path, f"[shop]\nnaam = 1\n[queue]\nsort = 2\n{ACCOUNT}") == (
        "FILE has 2 mistakes:\n"
        '  shop.naam is no setting. Did you mean "name"?\n'
        '  queue.sort is the number 2; it must be one of "lane", "due", "age".'
    )


def test_more_than_five_mistakes_are_cut_short(tmp_path: Path) -> None:
    lines = refusal(tmp_path, "[shop]\n" + "".join(f"x{number} = 1\n" for number in range(8)) + ACCOUNT).splitlines()
    assert [lines[0], len(lines), lines[-1]] == ["FILE has 8 mistakes:", 7, "  … and 3 more."]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param(
            "[targets]\nbuy = 1h\n",
            "FILE, line 2: this is not TOML (Expected newline or end of document after a statement). "
            'Put texts between quotes, such as "4h".',
            id="no quotes",
        ),
        pytest.param(
            '[[account]]\npath = "C:\\Users\\jan\\Mail"\n',
            "FILE, line 2: this is not TOML (Invalid hex value). Put a text with backslashes between single quotes.",
            id="backslashes",
        ),
        pytest.param('language = "nl', "FILE, line 1: this is not TOML (Unterminated string).", id="no end"),
        pytest.param(
            "[shop]\n[shop]\n", "FILE, line 2: this is not TOML (Cannot declare ('shop',) twice).", id="twice"
        ),
        pytest.param("a = " + "[" * 50_000, "FILE is nested too deeply for a configuration.", id="hostile"),
        pytest.param(
            '[shop]\nname = "Café"\n'.encode("cp1252"),
            "FILE, line 2: this is not UTF-8 text. Save the file as UTF-8.",
            id="saved as ANSI",
        ),
        pytest.param(
            '[shop]\nname = "Café"\n'.encode("utf-16"),
            "FILE, line 1: this is not UTF-8 text. Save the file as UTF-8.",
            id="saved as Unicode by an old Notepad",
        ),
    ],
)
def test_files_that_are_no_configuration(tmp_path: Path, text: str | bytes, sentence: str) -> None:
    assert refusal(tmp_path, text) == sentence


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(tmp_path / "config.toml", {})
    assert str(caught.value) == (
        f"There is no configuration at {tmp_path / 'config.toml'}. Run `triage init` to set triage up, "
        "or `triage demo` to see it at work first."
    )


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(tmp_path, {})
    assert str(caught.value) == f"{tmp_path} is a folder. Name the file in it, such as {tmp_path / 'config.toml'}."


@pytest.mark.parametrize("key", ["password", "pasword", "oauth_client_secret", "password_env", "password_command"])
@pytest.mark.parametrize("value", ['"hunter2 correct horse"', '["hunter2 correct horse"]', "{ hunter2 = 1 }"])
def test_no_refusal_repeats_a_secret(tmp_path: Path, key: str, value: str) -> None:
    text = f"{ACCOUNT}{key} = {value}\nprot = 1"
    assert "hunter2" not in refusal(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('[targets]\nbuy = "' + "1h" * 25_000 + '"', id="target"),
        pytest.param('[shop]\nclosed = ["' + "2026-" * 10_000 + '"]', id="date"),
        pytest.param('[shop]\nholidays = "' + "A-" * 25_000 + '"', id="holidays"),
        pytest.param('[shop.hours]\nmon = ["' + "09:00-" * 8_000 + '"]', id="span"),
        pytest.param("x" * 50_000 + " = 1", id="key"),
        pytest.param('[[rule]]\nfrom = "a"\naccount = "' + "\\u001b]52;" * 5_000 + '"', id="escape sequences"),
    ],
)
def test_hostile_texts_make_short_sentences(tmp_path: Path, text: str) -> None:
    sentence = refusal(tmp_path, f"{text}\n{ACCOUNT}")
    assert len(sentence) < 500
    assert "\x1b" not in sentence


# --- where it lies ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("explicit", "environ", "found"),
    [
        (Path("a.toml"), {"TRIAGE_CONFIG": "b.toml"}, Path("a.toml")),
        (None, {"TRIAGE_CONFIG": "b.toml"}, Path("b.toml")),
        (None, {"TRIAGE_CONFIG": "~/b.toml", **HOME}, Path("/home/jan/b.toml")),
    ],
)
def test_the_place_that_was_named(explicit: Path | None, environ: dict[str, str], found: Path) -> None:
    assert find_config(explicit, environ) == found


@pytest.mark.parametrize("environ", [{}, {"TRIAGE_CONFIG": ""}])
def test_else_the_config_folder(environ: dict[str, str]) -> None:
    assert find_config(None, environ).parts[-2:] == ("triage", "config.toml")


# --- whose mail is ours -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("configured", "email", "ours"),
    [
        pytest.param("info@shop.example", "info@shop.example", True, id="the address itself"),
        pytest.param("Info@Shop.example", "iNFO@shop.EXAMPLE", True, id="any letter case"),
        pytest.param("info@shop.example", "info+bol@shop.example", True, id="with a tag"),
        pytest.param("info+bol@shop.example", "info+bol@shop.example", True, id="configured with a tag"),
        pytest.param("info+bol@shop.example", "info@shop.example", False, id="only with that tag"),
        pytest.param("info@shop.example", "verkoop@shop.example", False, id="another mailbox"),
        pytest.param("@shop.example", "verkoop@shop.example", True, id="whole domain"),
        pytest.param("@shop.example", "jan@mail.shop.example", False, id="not below the domain"),
        pytest.param("@shop.example", "jan@myshop.example", False, id="nor beside it"),
        pytest.param("@shop.example", "info@shop.example@evil.example", False, id="the last domain counts"),
        pytest.param("@schön.example", "jan@xn--schn-7qa.example", True, id="international domain"),
        pytest.param("jan@xn--schn-7qa.example", "jan@SCHÖN.example", True, id="the other way round"),
        pytest.param("info@shop.example", "", False, id="no address"),
        pytest.param("@shop.example", "@shop.example", False, id="nobody at the domain"),
        pytest.param("@shop.example", "shop.example", False, id="no sign"),
        pytest.param("@shop.example", "jan@" + "ö" * 50_000, False, id="hostile"),
        pytest.param("@shop.example", "jan@ö..example", False, id="domain that cannot be"),
    ],
)
def test_our_addresses(configured: str, email: str, ours: bool) -> None:
    assert OurAddresses.of(configured).contains(email) is ours


# --- holidays ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "day", "off"),
    [
        pytest.param("NL", date(2026, 4, 27), True, id="King's Day"),
        pytest.param("BE", date(2026, 7, 21), True, id="Belgium's national day"),
        pytest.param("NL", date(2026, 7, 21), False, id="not in the Netherlands"),
        pytest.param("DE-BY", date(2026, 1, 6), True, id="Epiphany in Bavaria"),
        pytest.param("DE", date(2026, 1, 6), False, id="not in all of Germany"),
        pytest.param("", date(2026, 12, 25), False, id="none wanted"),
    ],
)
def test_holidays(code: str, day: date, off: bool) -> None:
    assert (day in holiday_dates(code, [2026])) is off


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        pytest.param(
            "NX",
            'shop.holidays is "NX", for which no holidays are known. '
            "Use the two letters of your country, such as NL or BE.",
            id="no country",
        ),
    ],
)
def test_unknown_countries(code: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        holiday_dates(code, [2026])
    assert str(caught.value) == sentence


def test_unknown_regions() -> None:
    with pytest.raises(ConfigurationError) as caught:
        holiday_dates("DE-XX", [2026])
    opening = (
        'shop.holidays is "DE-XX", for which no holidays are known. Use "DE" for the whole country, or one of DE-BB,'
    )
    assert str(caught.value).startswith(opening)


# --- the example ------------------------------------------------------------------------------------------------------

EXAMPLE_TEXT = EXAMPLE.read_text(encoding="utf-8")
KEY_LINE = re.compile(r"(?:# )?([a-z_]+) = (.*)")
TABLES: dict[str, type] = {
    "": Settings,
    "shop": ShopSettings,
    "account": AccountSettings,
    "targets": TargetSettings,
    "queue": QueueSettings,
    "overdue": OverdueSettings,
    "rule": Rule,
}
NAMES_IN_THE_FILE = {"sender": "from", "accounts": "account", "rules": "rule"}


def example_lines() -> list[tuple[str, str, str]]:
    """Every setting of the example as table, key and the default that its comment tells, commented out or not."""
    table, told, found = "", "", []
    for line in EXAMPLE_TEXT.splitlines():
        if line.startswith("["):
            table = line.strip("[]")
        told = (re.findall(r"Default: (\S.*)", line) or ["" if line.startswith("[") or not line else told])[0]
        if key := KEY_LINE.match(line):
            found.append((table, key[1], told))
            told = ""
    return found


def test_every_setting_stands_in_the_example_and_the_reverse() -> None:
    in_code = {
        (table, NAMES_IN_THE_FILE.get(field.name, field.name))
        for table, kind in TABLES.items()
        for field in fields(kind)
    }
    in_code |= {("shop.hours", day) for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    tables = {("", table) for table in TABLES if table} | {("shop", "hours")}
    assert {(table, key) for table, key, _ in example_lines()} == in_code - tables


def test_the_example_loads_as_it_stands() -> None:
    settings = load_settings(EXAMPLE, HOME)
    assert [settings.shop.name, settings.accounts[0].name, len(settings.rules)] == ["De Schoenmaker", "shop", 2]


def test_every_commented_setting_of_the_example_loads_too(tmp_path: Path) -> None:
    commented = [line for line in EXAMPLE_TEXT.splitlines() if re.match(r"# [a-z_]+ = ", line)]
    text = "\n".join(line[2:] if line in commented else line for line in EXAMPLE_TEXT.splitlines())
    mistakes = refusal(tmp_path, text).splitlines()
    assert len(commented) == 5
    assert not [mistake for mistake in mistakes if "is no setting" in mistake]


LITERAL = re.compile(r"(?:\"[^\"]*\"|\[.*\]|[\d.]+|true|false)(?=$|[.;,]? |$)")
DEFAULTS = [
    pytest.param(table, key, literal[0], id=f"{table}.{key}")
    for table, key, told in example_lines()
    if (literal := LITERAL.match(told))
]


@pytest.mark.parametrize(("table", "key", "default"), DEFAULTS)
def test_the_example_tells_the_true_default(tmp_path: Path, table: str, key: str, default: str) -> None:
    line = f"{key} = {default}"
    if table == "rule":
        rule = '[[rule]]\nfrom = "a"\nkind = "other"\n'
        assert load(tmp_path, f"{ACCOUNT}{rule}{line}") == load(tmp_path, f"{ACCOUNT}{rule}")
        return
    text = f"{ACCOUNT}{line}" if table == "account" else f"{ACCOUNT}[{table}]\n{line}"
    assert load(tmp_path, text) == load(tmp_path, ACCOUNT)


def test_most_settings_of_the_example_tell_a_default() -> None:
    without = {(table, key) for table, key, _ in example_lines()} - {
        (str(param.values[0]), str(param.values[1])) for param in DEFAULTS
    }
    assert {key for table, key in without if table in ("shop", "targets", "queue", "overdue")} == set()
    assert {key for table, key in without if table == "account"} == {
        "name",
        "host",
        "username",
        "addresses",
        "path",
    }


def test_the_example_is_toml_that_other_readers_take_alike() -> None:
    assert tomllib.loads(EXAMPLE_TEXT)["targets"]["soon"] == TargetSettings().soon
