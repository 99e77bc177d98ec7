"""`triage init`, the shop: language, name, opening hours, country."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cli.ask import UnclearError
from cli.hours import parse_hours, say_hours
from triage.config import holiday_dates
from triage.config_edit import ShopDraft
from triage.errors import ConfigurationError
from triage.mail.providers import provider_of_domain
from triage.settings import LANGUAGES, ShopSettings

if TYPE_CHECKING:
    from datetime import datetime

    from cli.ask import Ask
    from cli.hours import Week
    from cli.init import Answers

_ZONES = {
    "NL": "Amsterdam", "BE": "Brussels", "LU": "Luxembourg", "DE": "Berlin", "AT": "Vienna", "CH": "Zurich",
    "FR": "Paris", "GB": "London", "IE": "Dublin", "DK": "Copenhagen", "SE": "Stockholm", "NO": "Oslo",
    "FI": "Helsinki", "PL": "Warsaw", "CZ": "Prague", "ES": "Madrid", "PT": "Lisbon", "IT": "Rome",
}  # fmt: skip
_COUNTRIES = {
    "nederland": "NL", "netherlands": "NL", "holland": "NL", "belgië": "BE", "belgie": "BE", "belgium": "BE",
    "belgique": "BE", "duitsland": "DE", "germany": "DE", "deutschland": "DE", "frankrijk": "FR", "france": "FR",
    "luxemburg": "LU", "luxembourg": "LU", "oostenrijk": "AT", "austria": "AT", "zwitserland": "CH",
    "switzerland": "CH", "uk": "GB", "engeland": "GB", "england": "GB", "spanje": "ES", "spain": "ES",
}  # fmt: skip
_NO_COUNTRY = {"-", "geen", "none", "no"}


def ask_language(ask: Ask, given: str | None, default: str) -> str:
    """Ask for the language of everything that follows."""

    def read(text: str) -> str:
        language = {"nederlands": "nl", "dutch": "nl", "engels": "en", "english": "en"}.get(text.lower(), text.lower())
        if language not in LANGUAGES:
            raise UnclearError(ask.words.say("Type nl or en."))
        return language

    return ask.text("Taal / Language (nl, en)", "--language", given, read, default)


def ask_shop(ask: Ask, given: Answers, address: str, language: str, now: datetime) -> ShopDraft:
    """Ask for all that is written of a shop."""
    say = ask.words.say
    ask.tell("")
    name = ask.text(say("Name of your shop"), "--shop", given.shop, lambda text: text[:60], _likely_name(address))
    hours = _ask_hours(ask, given, language)
    country = _ask_country(ask, given, address, now)
    zone = ask.text("", "--timezone", given.timezone or _zone_of(country), lambda text: _read_zone(ask, text))
    ask.mention(say("Time zone: {zone}.", zone=zone))
    return ShopDraft(language, name, zone, country, hours)


def _likely_name(address: str) -> str:
    """Guess the shop's name from its domain; people at large providers have none of their own."""
    domain = address.rpartition("@")[2].lower()
    return "" if provider_of_domain(domain) else domain.partition(".")[0].capitalize()


def _ask_hours(ask: Ask, given: Answers, language: str) -> Week:
    say = ask.words.say

    def read(text: str) -> Week:
        try:
            return parse_hours(text)
        except ValueError:
            example = say("Mon-Fri 9-12:30 13-17:30, Sat 10-16")
            raise UnclearError(say("That is not clear. Write it like this: {example}.", example=example)) from None

    default = say_hours(ShopSettings().hours, language)
    week = ask.text(say("Opening hours"), "--hours", given.hours, read, default)
    if (said := say_hours(week, language)) != default:
        ask.mention(say("You are open {hours}.", hours=said))
    return week


def _ask_country(ask: Ask, given: Answers, address: str, now: datetime) -> str:
    say = ask.words.say

    def read(text: str) -> str:
        if text.lower() in _NO_COUNTRY:
            return ""
        code = _COUNTRIES.get(text.lower(), text.upper())
        try:
            holiday_dates(code, [now.year])
        except ConfigurationError:
            raise UnclearError(say("No holidays are known for that. Type NL, BE, DE-BY, FR, … or none.")) from None
        return code

    question = say("Country, or region, for public holidays")
    return ask.text(question, "--holidays", given.holidays, read, _likely_country(address))


def _likely_country(address: str) -> str:
    for name in ("LC_ALL", "LC_TIME", "LANG"):
        if os.environ.get(name):
            region = os.environ[name].partition(".")[0].partition("_")[2]
            if region in _ZONES:
                return region
    last = address.rpartition(".")[2].upper()
    return last if last in _ZONES else "NL"


def _zone_of(country: str) -> str:
    """Name the zone of a country; elsewhere that of this computer, where it has a name."""
    if city := _ZONES.get(country.partition("-")[0]):
        return f"Europe/{city}"
    try:
        return str(ZoneInfo(os.environ.get("TZ", "").lstrip(":") or time.tzname[0]))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "Europe/Amsterdam"


def _read_zone(ask: Ask, text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnclearError(ask.words.say("That is no time zone. An example: Europe/Brussels.")) from None
