"""What may stand in `config.toml`: each reader gives a value, or a sentence about what is allowed instead.

A reader takes whatever TOML holds and raises UnfitError; a Table knows the key's full name and gathers the mistakes.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from triage.clock import DayRange, Span, parse_duration, parse_target
from triage.i18n import N_, _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Value = TypeVar("Value")
Default = TypeVar("Default")
Choice = TypeVar("Choice", bound=str)

LONGEST_DURATION = timedelta(days=36500)

SECRET_KEYS = ("password", "oauth_client_secret")

# What owners write all the same, and what to say instead of "there is no such setting".
REFUSED_KEYS = {
    "password": N_(
        "is refused: a password has no place in this file. Say where it is kept with password_env, "
        "password_command or password_file, or leave all three out and use the system's keyring."
    ),
    "oauth_client_secret": N_("is refused: name a command that prints it, with oauth_client_secret_command."),
} | dict.fromkeys(
    ("verify", "verify_ssl", "verify_tls", "ssl_verify", "tls_verify", "insecure", "check_hostname"),
    N_("is refused: a server's certificate is always verified. Name a certificate authority of your own with ca_file."),
)


class UnfitError(Exception):
    """A value that cannot be meant; `allowed` goes on after "it must", `place` and `found` name the part of a list."""

    def __init__(self, allowed: str, *, hint: str = "", place: str = "", found: object = None) -> None:
        super().__init__(allowed)
        self.allowed = allowed
        self.hint = hint
        self.place = place
        self.found = found


class Table:
    """One table of the file: hands out checked values, notes mistakes, and knows which keys were asked for."""

    def __init__(self, values: dict[str, Any], name: str, mistakes: list[str]) -> None:
        self._values = values
        self._name = name
        self._mistakes = mistakes
        self._asked: set[str] = set()

    def has(self, key: str) -> bool:
        """Whether the file says something here; an empty text or list says nothing."""
        return self._values.get(key, "") not in ("", [])

    def mentions(self, key: str) -> bool:
        """Whether the key is there at all, be it that its value has yet to be filled in."""
        return key in self._values

    def refuse(self, key: str, sentence: str) -> None:
        """Note a mistake; the sentence goes on after the key's full name."""
        full_name = ".".join(part for part in (self._name, key) if part)
        self._mistakes.append(f"{full_name} {sentence}")

    def get(self, key: str, read: Callable[[object], Value], default: Default) -> Value | Default:
        """Give the value as read, or the default where the key is absent or wrong, so that reading goes on."""
        self._asked.add(key)
        if key not in self._values:
            return default
        try:
            return read(self._values[key])
        except UnfitError as unfit:
            found = self._values[key] if unfit.found is None else unfit.found
            said = _("is {found}; it must {allowed}. {hint}")
            if key.startswith(SECRET_KEYS):
                said = _("must {allowed}. {hint}")
            said = said.format(found=shown(found), allowed=unfit.allowed, hint=unfit.hint)
            self.refuse(key + unfit.place, said.rstrip())
            return default

    def has_table(self, key: str) -> bool:
        """Whether there is a table below this key, empty or not."""
        return isinstance(self._values.get(key), dict)

    def table(self, key: str) -> Table:
        """Give the table below a key, empty where it is absent."""
        name = f"{self._name}.{key}" if self._name else key
        return Table(self.get(key, _table_written(f"[{name}]"), {}), name, self._mistakes)

    def tables(self, key: str) -> list[Table]:
        """Give the tables written as `[[key]]`."""
        written = f"[[{key}]]"
        allowed = N_("be written as {written}, in double brackets")
        found = self.get(key, list_of(_table_written(written), allowed, written=written), ())
        return [Table(values, f"{key}[{number}]", self._mistakes) for number, values in enumerate(found, 1)]

    def finish(self) -> None:
        """Refuse the keys that nobody asked for."""
        for key in self._values:
            if key in self._asked:
                continue
            known = _("Known here: {names}.").format(names=", ".join(sorted(self._asked)))
            unknown = _("is no setting. {hint}").format(hint=near(key, self._asked) or known)
            self.refuse(plain(key), _(REFUSED_KEYS[key]) if key in REFUSED_KEYS else unknown)


def shown(value: object) -> str:
    """Show what was found, on one line and without control characters."""
    if isinstance(value, str):
        return f'"{plain(value)}"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return _("the number {value}").format(value=value)
    if isinstance(value, list):
        return _("a list") if value else _("an empty list")
    return _("a table") if isinstance(value, dict) else _("the date or time {value}").format(value=value)


def plain(text: str) -> str:
    """Make a text fit to be shown in a sentence: short, on one line, without control characters."""
    short = text if len(text) <= 60 else text[:59] + "…"
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in short)


def near(word: str, known: Iterable[str]) -> str:
    """Guess what was meant, as a sentence, or say nothing."""
    from difflib import get_close_matches

    by_lower = {name.lower(): name for name in sorted(known)}
    found = get_close_matches(word.lower()[:60], by_lower, n=1)
    return _('Did you mean "{name}"?').format(name=by_lower[found[0]]) if found else ""


def read_text(value: object) -> str:
    """Take a text, without blanks around it."""
    if not isinstance(value, str):
        raise UnfitError(_("be a text between quotes"))
    return value.strip()


def read_switch(value: object) -> bool:
    """Take true or false."""
    if not isinstance(value, bool):
        raise UnfitError(_("be true or false, without quotes"))
    return value


def _table_written(written: str) -> Callable[[object], dict[str, Any]]:
    def read(value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise UnfitError(_("be a table written as {written}").format(written=written))
        return value

    return read


def list_of(
    read_one: Callable[[object], Value], allowed: str = N_("be a list"), **values: object
) -> Callable[[object], tuple[Value, ...]]:
    """Make a reader of lists from a reader of one item; `values` fill the blanks of what is allowed."""

    def read(value: object) -> tuple[Value, ...]:
        if not isinstance(value, list):
            raise UnfitError(_(allowed).format(**values))
        return tuple(_item(read_one, number, item) for number, item in enumerate(value, 1))

    return read


def _item(read_one: Callable[[object], Value], number: int, item: object) -> Value:
    try:
        return read_one(item)
    except UnfitError as unfit:
        raise UnfitError(unfit.allowed, hint=unfit.hint, place=f"[{number}]", found=item) from None


def one_of(choices: Iterable[Choice]) -> Callable[[object], Choice]:
    """Make a reader that takes one of these words, and nothing else."""
    by_text = {str(choice): choice for choice in choices}
    choices_shown = ", ".join(f'"{text}"' for text in by_text)

    def read(value: object) -> Choice:
        if not isinstance(value, str) or value not in by_text:
            allowed = _("be one of {choices}").format(choices=choices_shown)
            raise UnfitError(allowed, hint=near(value, by_text) if isinstance(value, str) else "")
        return by_text[value]

    return read


def _parsing(parse: Callable[[str], Value], allowed: str, **values: object) -> Callable[[object], Value]:
    """Turn a parser that raises ValueError into a reader; `values` fill the blanks of what is allowed."""

    def read(value: object) -> Value:
        try:
            return parse(read_text(value))
        except (ValueError, UnfitError):
            raise UnfitError(_(allowed).format(**values)) from None

    return read


read_target = _parsing(
    parse_target, N_('be longer than nothing and at most 366 days, such as "90m" or "4h" of opening time, or "3d"')
)


def duration_up_to(longest: timedelta = LONGEST_DURATION) -> Callable[[object], timedelta]:
    """Make a reader of durations by the calendar; the longest still lets a moment that long ago be a date."""

    def parse(text: str) -> timedelta:
        duration = parse_duration(text)
        if duration > longest:
            raise ValueError(text)
        return duration

    most = f"{longest.days}d" if longest.days else f"{longest.seconds // 3600}h"
    return _parsing(parse, N_('be a time such as "60s", "10m", "2h" or "90d", at most "{most}"'), most=most)


def read_port(value: object) -> int:
    """Take a TCP port."""
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 65535:
        raise UnfitError(_("be a whole number from 1 to 65535, without quotes"))
    return value


def read_share(value: object) -> float:
    """Take a share between none and all."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        raise UnfitError(_("be a number from 0 to 1, such as 0.75"))
    return float(value)


def read_host(value: object) -> str:
    """Take the name of a server, without a scheme, a user or a port."""
    host = read_text(value)
    if re.search(r"[\s/@]", host) or host.count(":") == 1:
        hint = _("The port has a key of its own.") if host.count(":") == 1 and "/" not in host else ""
        raise UnfitError(_('be the name of a server alone, such as "imap.example.com"'), hint=hint)
    return host


def read_address(value: object) -> str:
    """Take a mail address, or a domain behind an `@`."""
    address = read_text(value)
    if not re.fullmatch(r"[^@\s<>]*@[^@\s<>]+", address):
        hint = (
            _('Did you mean "{name}"?').format(name=f"@{plain(address)}")
            if re.fullmatch(r"[\w-]+\.[\w.-]+", address)
            else ""
        )
        raise UnfitError(
            _('be an address such as "info@shop.example", or "@shop.example" for a whole domain'), hint=hint
        )
    return address


def read_name(value: object) -> str:
    """Take a name that fits in a line of output."""
    name = read_text(value)
    if not name.isprintable() or len(name) > 60:
        raise UnfitError(_("be a short text on one line"))
    return name


def read_filled_text(value: object) -> str:
    """Take a text that says something."""
    text = read_text(value)
    if not text:
        raise UnfitError(_("not be empty"))
    return text


def read_variable(value: object) -> str:
    """Take the name of an environment variable; what is none may be the secret itself, so it is not shown."""
    name = read_text(value)
    if not re.fullmatch(r"(?:[A-Za-z_]\w*)?", name, re.ASCII):
        raise UnfitError(
            _('be the name of an environment variable, such as "SHOP_PASSWORD", and not the password itself')
        )
    return name


def read_zone(value: object) -> ZoneInfo:
    """Take a time zone."""
    name = read_text(value)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # ValueError for "../etc", OSError for "Europe", which is a folder of zones.
        from zoneinfo import available_timezones

        raise UnfitError(_("be an IANA time zone"), hint=near(name, available_timezones())) from None


def read_holiday_code(value: object) -> str:
    """Take what looks like a code of the `holidays` library; whether it is one, `holiday_dates()` finds out."""
    code = read_text(value)
    if not re.fullmatch(r"(?:[A-Z]{2,4}(?:-\S{1,40})?)?", code):
        hint = (
            _('Did you mean "{name}"?').format(name=code.upper())
            if re.fullmatch(r"[A-Za-z]{2}(?:-[A-Za-z]{1,3})?", code)
            else ""
        )
        raise UnfitError(_('be a code such as "NL", "BE" or "DE-BY", or "" for none'), hint=hint)
    return code


def read_day(value: object) -> date:
    """Read a date, with quotes or without (TOML has dates of its own)."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    return _parsing(date.fromisoformat, N_('be a date such as "2026-05-15"'))(value)


def read_days(value: object) -> DayRange:
    """Take a day, or days from first to last."""
    first, dots, last = value.partition("..") if isinstance(value, str) else (value, "", value)
    allowed = _('be a date such as "2026-05-15", or days from first to last such as "2026-07-20..2026-08-02"')
    try:
        return DayRange(read_day(first), read_day(last if dots else first))
    except UnfitError:
        raise UnfitError(allowed) from None
    except ValueError:
        raise UnfitError(allowed, hint=_("Here the last day comes before the first.")) from None


def _read_span(value: object) -> Span:
    try:
        return Span.parse(read_text(value))
    except ValueError:
        over_midnight = _('Opening past midnight is written on two days: "18:00-24:00" and "00:00-02:00".')
        raise UnfitError(
            _('be a time of one day such as "09:00-12:30", the end later than the start and at most "24:00"'),
            hint=over_midnight if re.match(r"(?:1[2-9]|2\d):\d\d-0?\d:\d\d$", read_text(value)) else "",
        ) from None


def read_spans(value: object) -> tuple[Span, ...]:
    """Take the opening hours of a day, in any order."""
    spans = list_of(_read_span, N_('be a list such as ["09:00-12:30", "13:00-17:30"]'))(value)
    in_order = sorted(enumerate(spans, 1), key=lambda numbered: numbered[1].start)
    for (_number, before), (number, after) in pairwise(in_order):
        if after.start < before.end:
            raise UnfitError(_('not overlap "{before}"').format(before=before), place=f"[{number}]", found=str(after))
    return tuple(span for _, span in in_order)
