"""Where providers have their servers: found by the domain of an address, or by who takes in a domain's mail."""

from __future__ import annotations

from collections import Counter

import pytest

from triage.mail.autoconfig import is_host
from triage.mail.providers import (
    PROVIDERS,
    Needs,
    provider_of_domain,
    provider_of_exchanger,
    provider_of_server,
)
from triage.settings import Auth, Security


@pytest.mark.parametrize(
    ("domain", "host"),
    [
        ("gmail.com", "imap.gmail.com"),
        ("GoogleMail.com", "imap.gmail.com"),
        ("hotmail.nl", "outlook.office365.com"),
        ("deschoenmaker.onmicrosoft.com", "outlook.office365.com"),
        ("icloud.com", "imap.mail.me.com"),
        ("xs4all.nl", "imap.kpnmail.nl"),
        ("hetnet.nl", "imap.kpnmail.nl"),
        ("home.nl", "imap.ziggo.nl"),
        ("skynet.be", "imap.proximus.be"),
        ("web.de", "imap.web.de"),
        ("gmx.de", "imap.gmx.net"),
        ("t-online.de", "secureimap.t-online.de"),
        ("wanadoo.fr", "imap.orange.fr"),
        ("laposte.net", "imap.laposte.net"),
        ("proton.me", "127.0.0.1"),
    ],
)
def test_an_address_at_a_provider_is_known_by_its_domain(domain: str, host: str) -> None:
    provider = provider_of_domain(domain)

    assert provider is not None
    assert provider.host == host


@pytest.mark.parametrize(
    "domain", ["deschoenmaker.nl", "notgmail.com", "gmail.com.evil.example", "com", "", "live.evil"]
)
def test_a_domain_of_ones_own_is_no_providers(domain: str) -> None:
    assert provider_of_domain(domain) is None


@pytest.mark.parametrize(
    ("exchanger", "host"),
    [
        ("aspmx.l.google.com", "imap.gmail.com"),
        ("alt1.aspmx.l.google.com.", "imap.gmail.com"),
        ("smtp.google.com", "imap.gmail.com"),
        ("shop-nl.mail.protection.outlook.com", "outlook.office365.com"),
        ("shop-nl.i-v1.mx.microsoft", "outlook.office365.com"),
        ("mx.transip.email", "imap.transip.email"),
        ("mx1.pub.mailpod5-cph3.one.com", "imap.one.com"),
        ("mx1.mailprotect.be", "imap.mailprotect.be"),
        ("smtpin.rzone.de", "imap.strato.de"),
        ("mx00.ionos.de", "imap.ionos.de"),
        ("mx00.ionos.co.uk", "imap.ionos.co.uk"),
        ("mx1.mail.ovh.net", "ssl0.ovh.net"),
        ("spool.mail.gandi.net", "mail.gandi.net"),
        ("mx.zoho.eu", "imappro.zoho.eu"),
        ("mx.soverin.net", "imap.soverin.net"),
        ("in1-smtp.messagingengine.com", "imap.fastmail.com"),
        ("mail.protonmail.ch", "127.0.0.1"),
    ],
)
def test_a_domain_of_ones_own_is_known_by_who_takes_in_its_mail(exchanger: str, host: str) -> None:
    provider = provider_of_exchanger(exchanger)

    assert provider is not None
    assert provider.host == host


def test_nobody_is_known_by_an_exchanger_that_only_looks_alike() -> None:
    assert provider_of_exchanger("aspmx.l.notgoogle.com") is None


def test_every_entry_of_the_table_is_sound() -> None:
    claims = Counter(end for each in PROVIDERS for end in each.domains)
    claims.update(f"mx {end}" for each in PROVIDERS for end in each.exchangers)

    assert [claim for claim, times in claims.items() if times > 1] == []
    assert [each.name for each in PROVIDERS if not each.domains and not each.exchangers] == []
    assert [each.name for each in PROVIDERS if not is_host(each.host)] == []
    assert [each.name for each in PROVIDERS if each.security is Security.NONE] == []
    assert [
        each.name for each in PROVIDERS if (each.needs not in {Needs.NOTHING, Needs.SIGN_IN}) != bool(each.page)
    ] == []
    assert [each.name for each in PROVIDERS if each.page and not each.page.startswith("https://")] == []
    assert {each.name for each in PROVIDERS if each.auth is not Auth.PASSWORD} == {"Microsoft"}
    assert len({each.name for each in PROVIDERS}) >= 40


def test_a_server_is_known_with_its_port() -> None:
    """127.0.0.1 is Proton's Bridge on its own port alone."""
    bridge, other = provider_of_server("127.0.0.1", 1143), provider_of_server("127.0.0.1", 993)

    assert (bridge and bridge.name, other) == ("Proton", None)


@pytest.mark.parametrize(
    ("domain", "address", "username"),
    [
        ("free.fr", "jan@free.fr", "jan"),
        ("icloud.com", "Jan@iCloud.com", "Jan"),
        ("icloud.com", "info@shop.example", "info@shop.example"),
        ("gmail.com", "jan@gmail.com", "jan@gmail.com"),
    ],
)
def test_who_wants_short_names_gets_them(domain: str, address: str, username: str) -> None:
    provider = provider_of_domain(domain)

    assert provider is not None
    assert provider.username(address) == username
