"""What the owner decided, as frozen values with their defaults; `config` reads them from a file.

Every default of `config.toml` stands here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from triage.clock import Counting, DayRange, OpeningHours, Span, Target
from triage.model import Flag, Kind, Lane

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LANGUAGES = ("nl", "en")

_GMAIL_HOSTS = frozenset({"imap.gmail.com", "imap.googlemail.com"})

_OFFICE_DAY = (Span(timedelta(hours=9), timedelta(hours=17)),)
_OFFICE_WEEK = (_OFFICE_DAY,) * 5 + ((), ())

_ONE_HOUR, _TWO_HOURS, _FOUR_HOURS, _EIGHT_HOURS = (Target(timedelta(hours=hours)) for hours in (1, 2, 4, 8))
_THREE_DAYS, _FIVE_DAYS = (Target(timedelta(days=days), Counting.SHOP_DAYS) for days in (3, 5))


def _amsterdam() -> ZoneInfo:
    # Not at import: a computer without time zone data shall get a sentence from `config`, not a traceback.
    return ZoneInfo("Europe/Amsterdam")


class Security(StrEnum):
    """How the connection is protected; `none` is for loopback hosts alone."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"

    @property
    def port(self) -> int:
        """The port that IMAP has by custom for this protection."""
        return 993 if self is Security.TLS else 143


class Auth(StrEnum):
    """How to sign in."""

    PASSWORD = "password"  # noqa: S105 - the name of a way to log in
    GOOGLE = "oauth2-google"
    MICROSOFT = "oauth2-microsoft"


class OpensIn(StrEnum):
    """The program in which mail is read and answered."""

    UNKNOWN = ""
    GMAIL = "gmail"
    OUTLOOK = "outlook"  # on the web
    THUNDERBIRD = "thunderbird"
    APPLE_MAIL = "apple-mail"
    MAILTO = "mailto"  # whatever program writes mail here: it begins a reply


class Sort(StrEnum):
    """What the queue is ordered by."""

    LANE = "lane"
    DUE = "due"
    AGE = "age"


class Preset(StrEnum):
    """A norm that sets the target of every kind at once."""

    NONE = ""
    BOL = "bol.com"
    WORKING_DAY = "1-working-day"


@dataclass(frozen=True, slots=True)
class OurAddresses:
    """The addresses whose mail is ours: whole addresses and whole domains, in any letter case.

    `info+bol@shop.example` is ours if `info@shop.example` is (RFC 5233). Build it with `of()`.
    """

    exact: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()

    @classmethod
    def of(cls, *addresses: str) -> OurAddresses:
        """Take each `info@shop.example` as an address and each `@shop.example` as a whole domain."""
        normal = [_normal_address(address) for address in addresses]
        return cls(
            frozenset(address for address in normal if not address.startswith("@")),
            frozenset(address[1:] for address in normal if address.startswith("@")),
        )

    def __bool__(self) -> bool:
        return bool(self.exact or self.domains)

    def contains(self, email: str) -> bool:
        """Whether mail from this address is ours."""
        address = _normal_address(email)
        local, _, domain = address.rpartition("@")
        if not local:
            return False
        return domain in self.domains or address in self.exact or f"{local.partition('+')[0]}@{domain}" in self.exact


def _normal_address(address: str) -> str:
    """Lower case, with an international domain as it goes over the wire (`xn--…`)."""
    local, at, domain = address.strip().lower().rpartition("@")
    if not domain.isascii() and len(domain) < 256:
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            return local + at + domain  # no such domain can be ours, but the mail is no less readable for it
    return local + at + domain


@dataclass(frozen=True, slots=True)
class ShopSettings:
    """The shop: its name, its zone, and when it is open; `hours` is the week from Monday."""

    name: str = ""
    timezone: ZoneInfo = field(default_factory=_amsterdam)
    holidays: str = "NL"
    open_on_holidays: frozenset[date] = frozenset()
    closed: tuple[DayRange, ...] = ()
    hours: tuple[tuple[Span, ...], ...] = _OFFICE_WEEK


def is_loopback(host: str) -> bool:
    """Say whether a host is this computer itself: only there a line needs no encryption."""
    if host.lower() == "localhost":
        return True
    from ipaddress import ip_address

    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """One mail account: on a server (`host` and what follows) or on disk (`path`), never both.

    `addresses` are ours: a mail from one of them is our answer. Of the three sources of a password at most one is set;
    with none it lies in the system's keyring. `timeout` is silence on the wire, `deadline` ends a whole sync.
    """

    name: str
    host: str = ""
    port: int = 993
    security: Security = Security.TLS
    ca_file: Path | None = None
    username: str = ""
    auth: Auth = Auth.PASSWORD
    password_env: str = ""
    password_command: str = ""
    password_file: Path | None = None
    oauth_client_id: str = ""
    oauth_client_secret_command: str = ""
    timeout: timedelta = timedelta(seconds=60)
    deadline: timedelta = timedelta(minutes=10)
    addresses: OurAddresses = OurAddresses()
    mailboxes: tuple[str, ...] = ("INBOX",)
    sent: tuple[str, ...] = ()
    since: timedelta = timedelta(days=90)
    opens_in: OpensIn = OpensIn.UNKNOWN
    path: Path | None = None

    @property
    def program(self) -> OpensIn:
        """The program in which mail is answered: the owner's choice, else the provider's own."""
        if self.opens_in is OpensIn.UNKNOWN and self.host.lower() in _GMAIL_HOSTS:
            return OpensIn.GMAIL
        return self.opens_in

    @property
    def is_on_disk(self) -> bool:
        """Whether this is a Maildir or mbox instead of a server."""
        return self.path is not None


@dataclass(frozen=True, slots=True)
class TargetSettings:
    """How soon each kind of customer gets a first answer, and when one counts as forgotten.

    `soon` is the share of a target, between 0 and 1, after which a conversation is soon due.
    """

    preset: Preset = Preset.NONE
    buy: Target = _ONE_HOUR
    bought: Target = _FOUR_HOURS
    knock: Target = _TWO_HOURS
    angry: Target = _FOUR_HOURS
    haggle: Target = _EIGHT_HOURS
    other: Target = _THREE_DAYS
    forgotten: Target = _FIVE_DAYS
    soon: float = 0.75

    @classmethod
    def of_preset(cls, preset: Preset) -> TargetSettings:
        """One target for every kind; `forgotten` and `soon` keep their own defaults.

        bol.com asks its sellers to answer within 24 hours, weekends and national holidays not counted.
        """
        if preset is Preset.NONE:
            return cls()
        counting = Counting.WEEKDAYS if preset is Preset.BOL else Counting.SHOP_DAYS
        same = Target(timedelta(days=1), counting)
        return cls(preset, buy=same, bought=same, knock=same, angry=same, haggle=same, other=same)

    def for_kind(self, kind: Kind) -> Target:
        """Give the target of a kind; `none`, which waits only where the user reopened it, has that of `other`."""
        targets = {
            Kind.BUY: self.buy,
            Kind.BOUGHT: self.bought,
            Kind.KNOCK: self.knock,
            Kind.ANGRY: self.angry,
            Kind.HAGGLE: self.haggle,
        }
        return targets.get(kind, self.other)


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """In which order to answer: `order` holds every lane once."""

    order: tuple[Lane, ...] = tuple(Lane)
    sort: Sort = Sort.LANE


@dataclass(frozen=True, slots=True)
class OverdueSettings:
    """When to trust the report: `max_age` is that of the last successful sync."""

    max_age: timedelta = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Rule:
    """What the owner knows better than any model: conditions that must all fit, and what then holds.

    `sender` is the file's `from`: an address, `@domain` or a glob. `subject` and `text` are words or a phrase in any
    letter case. An empty condition always fits; an effect that is None or empty changes nothing.
    """

    sender: str = ""
    subject: str = ""
    text: str = ""
    account: str = ""
    kind: Kind | None = None
    flags: frozenset[Flag] = frozenset()
    ignore: bool = False
    lane: Lane | None = None
    target: Target | None = None

    def fits(self, emails: Iterable[str], subject: str, text: str, accounts: Iterable[str]) -> bool:
        """Say whether every condition fits a mail from one of these addresses, lying in these accounts."""
        return (
            (not self.sender or any(self._is_from(email) for email in emails))
            and (not self.subject or _holds(subject, self.subject))
            and (not self.text or _holds(text, self.text))
            and (not self.account or self.account in accounts)
        )

    def _is_from(self, email: str) -> bool:
        pattern, address = self.sender.casefold(), email.casefold()
        return fnmatchcase(address, f"*{pattern}" if pattern.startswith("@") else pattern)

    def words(self) -> tuple[str, ...]:
        """Give the conditions as evidence: what stands in the mail."""
        return tuple(filter(None, (self.text, self.subject, self.sender)))


def _holds(text: str, phrase: str) -> bool:
    """Say whether a phrase stands in a text as whole words, in any letter case and spacing."""
    words, wanted = " ".join(text.casefold().split()), " ".join(phrase.casefold().split())
    place = words.find(wanted)
    while place >= 0:
        before, after = words[place - 1 : place], words[place + len(wanted) : place + len(wanted) + 1]
        if not (before.isalnum() and wanted[0].isalnum()) and not (after.isalnum() and wanted[-1].isalnum()):
            return True
        place = words.find(wanted, place + 1)
    return False


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole of `config.toml`; `language` is None where the locale decides."""

    language: str | None = None
    shop: ShopSettings = field(default_factory=ShopSettings)
    accounts: tuple[AccountSettings, ...] = ()
    targets: TargetSettings = TargetSettings()
    queue: QueueSettings = QueueSettings()
    overdue: OverdueSettings = OverdueSettings()
    rules: tuple[Rule, ...] = ()

    def opening_hours(self, holiday_dates: frozenset[date] = frozenset()) -> OpeningHours:
        """Build the shop's opening hours, given the holidays of its country (`config.holiday_dates`)."""
        shop = self.shop
        return OpeningHours(shop.timezone, shop.hours, shop.closed, holiday_dates, shop.open_on_holidays)

    def account(self, name: str) -> AccountSettings | None:
        """Find the account of this name, if there is one."""
        return next((account for account in self.accounts if account.name == name), None)
