"""Finds the IMAP server of a mail address, asking nobody but the address's own domain and who takes in its mail.

First the table of providers, then the domain's MX, its own autoconfig (the format of Thunderbird), its SRV record, and
at last the usual names. No list of third parties is asked. Whatever is found may be wrong or hostile: XML with a DTD is
refused, answers have a limit, a redirection may not leave the domain, and no password goes anywhere by this module.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
import urllib.request
from dataclasses import dataclass, field
from enum import Enum, auto
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit
from xml.parsers import expat

from triage.mail import dns
from triage.mail.providers import Provider, provider_of_domain, provider_of_exchanger, provider_of_server
from triage.settings import Security

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from http.client import HTTPMessage, HTTPResponse
    from typing import IO

    from triage.mail.dns import Resolvers

TIMEOUT = 5.0  # seconds for each host
_LARGEST = 65_536  # bytes of an answer; real ones have 2,000
_DEEPEST = 20  # elements within one another
_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]{0,62}\.)*[a-z0-9-]{1,63}", re.ASCII | re.IGNORECASE)
_NOWHERE = frozenset({"example", "test", "invalid", "localhost", "local", "internal"})  # RFC 2606, RFC 6762


class Source(Enum):
    """Who says so."""

    TABLE = auto()  # a provider that triage knows
    AUTOCONFIG = auto()  # the domain's own page
    SERVICE = auto()  # the domain's SRV record
    GUESS = auto()  # nobody: a server answers at a usual name
    OWNER = auto()  # whoever answers the questions


@dataclass(frozen=True, slots=True)
class Found:
    """An IMAP server, and who says so; `provider` is known where the table has it."""

    host: str
    port: int
    security: Security
    username: str
    source: Source
    provider: Provider | None = None

    @property
    def is_sure(self) -> bool:
        """Whether nobody need confirm it."""
        return self.source in {Source.TABLE, Source.OWNER}


def find_server(address: str, tell: Callable[[str], None], resolvers: Resolvers | None = None) -> Found | None:
    """Find the server of a mail address, or None; `tell` hears of each host before it is asked.

    `resolvers` are asked instead of the system's own.
    """
    domain = domain_of(address)
    if provider := provider_of_domain(domain):
        return at_provider(provider, address)
    if "." not in domain or domain.rpartition(".")[2] in _NOWHERE:
        return None
    tell(domain)
    exchangers = dns.exchangers(domain, resolvers)
    for host in exchangers:
        if provider := provider_of_exchanger(host):
            return at_provider(provider, address)
    return _by_its_own_word(domain, address, tell, resolvers) or _by_guess(domain, address, exchangers, tell)


def at_provider(provider: Provider, address: str) -> Found:
    """Say where a provider keeps the mail of an address."""
    username = provider.username(address)
    return Found(provider.host, provider.port, provider.security, username, Source.TABLE, provider)


def domain_of(address: str) -> str:
    """Give the domain of an address as it goes over the wire, in lower case."""
    domain = address.rpartition("@")[2].strip().rstrip(".").lower()
    try:
        return domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def _by_its_own_word(
    domain: str, address: str, tell: Callable[[str], None], resolvers: Resolvers | None
) -> Found | None:
    for url in config_pages(domain, address):
        tell(str(urlsplit(url).hostname))
        if (page := fetch(url, domain)) and (found := read_config(page, address)):
            return found
    for host, port in dns.imap_services(domain, resolvers):
        if is_host(host):
            return _made(host, port, Security.TLS, address, Source.SERVICE)
    return None


def _by_guess(domain: str, address: str, exchangers: list[str], tell: Callable[[str], None]) -> Found | None:
    """Try the usual names, and the host that takes in the mail: small hosting companies keep it there."""
    for host in (f"imap.{domain}", f"mail.{domain}", *filter(is_host, exchangers[:1])):
        tell(host)
        if greets(host):
            return _made(host, Security.TLS.port, Security.TLS, address, Source.GUESS)
    return None


def _made(host: str, port: int, security: Security, username: str, source: Source) -> Found:
    return Found(host, port, security, username, source, provider_of_server(host, port))


def is_host(text: str) -> bool:
    """Whether a text is the name of a host, and nothing else."""
    return _HOST.fullmatch(text) is not None


# -- the domain's own page ---------------------------------------------------------------------------------------------


def config_pages(domain: str, address: str) -> tuple[str, str]:
    """Name the pages where a domain says how to read its mail; only over TLS, for in the clear anybody could answer."""
    return (
        f"https://autoconfig.{domain}/mail/config-v1.1.xml?emailaddress={quote(address, safe='')}",
        f"https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml",
    )


def fetch(url: str, domain: str) -> bytes | None:
    """Fetch a page, or None; a redirection is followed to the domain itself, over TLS, and nowhere else."""
    opener = urllib.request.build_opener(_WithinDomain(domain))
    request = urllib.request.Request(url, headers={"User-Agent": "triage", "Accept": "application/xml, text/xml"})  # noqa: S310 - see `config_pages`
    try:
        with opener.open(request, timeout=TIMEOUT) as answer:
            return _read(answer)
    except (OSError, HTTPException, ValueError):  # no such host, no such page, no TLS, not HTTP
        return None


def _read(answer: HTTPResponse) -> bytes | None:
    """Read a page that is neither large nor dripping."""
    page, ends = b"", time.monotonic() + TIMEOUT
    while chunk := answer.read1(_LARGEST):
        page += chunk
        if len(page) > _LARGEST or time.monotonic() > ends:
            return None
    return page


class _WithinDomain(urllib.request.HTTPRedirectHandler):
    max_redirections = 3

    def __init__(self, domain: str) -> None:
        self._domain = domain

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        there = urlsplit(newurl)
        host = there.hostname or ""
        if there.scheme != "https" or not (host == self._domain or host.endswith(f".{self._domain}")):
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


@dataclass(slots=True)
class _Reading:
    """What was read of a page so far."""

    path: list[str] = field(default_factory=list)
    text: str = ""
    servers: list[dict[str, str]] = field(default_factory=list)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.path.append(name)
        self.text = ""
        if len(self.path) > _DEEPEST:
            raise ValueError("nested too deeply")
        if name == "incomingServer":
            self.servers.append({"type": attributes.get("type", "")})

    def end(self, name: str) -> None:
        self.path.pop()
        if self.path[-1:] == ["incomingServer"]:
            self.servers[-1].setdefault(name, self.text.strip())

    def hear(self, text: str) -> None:
        self.text = (self.text + text)[:1000]


def read_config(page: bytes, address: str) -> Found | None:
    """Read where IMAP is, the safest first; None when the page says nothing that can be used, or is hostile."""
    reading = _Reading()
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = reading.start, reading.end
    parser.CharacterDataHandler = reading.hear
    parser.StartDoctypeDeclHandler = _refuse  # entities that grow, or that read files
    try:
        parser.Parse(page, True)
    except (expat.ExpatError, ValueError, LookupError):
        return None
    servers = list(_usable(reading.servers, address))
    return min(servers, key=lambda found: found.security is not Security.TLS, default=None)


def _refuse(*_: object) -> None:
    raise ValueError("a document type has no place here")


_SECURITIES = {"SSL": Security.TLS, "STARTTLS": Security.STARTTLS}  # "plain" is not used


def _usable(servers: list[dict[str, str]], address: str) -> Iterator[Found]:
    for server in servers:
        host = _filled(server.get("hostname", ""), address).lower()
        security = _SECURITIES.get(server.get("socketType", "").upper())
        port = server.get("port", "")
        if server["type"] != "imap" or security is None or not is_host(host) or not re.fullmatch("[0-9]{1,5}", port):
            continue
        username = _filled(server.get("username", "") or "%EMAILADDRESS%", address)
        if 0 < int(port) < 65_536 and username.isprintable():
            yield _made(host, int(port), security, username, Source.AUTOCONFIG)


def _filled(text: str, address: str) -> str:
    local, _, domain = address.rpartition("@")
    blanks = {"%EMAILADDRESS%": address, "%EMAILLOCALPART%": local, "%EMAILDOMAIN%": domain}
    return re.sub(r"%[A-Z]{5,15}%", lambda blank: blanks.get(blank[0], blank[0]), text)


# -- guessing ----------------------------------------------------------------------------------------------------------


def greets(host: str, port: int = 993) -> bool:
    """Whether an IMAP server with a certificate for this name answers there; nothing is said to it."""
    try:
        with (
            socket.create_connection((host, port), timeout=TIMEOUT) as line,
            ssl.create_default_context().wrap_socket(line, server_hostname=host) as safe,
        ):
            return safe.recv(64).startswith(b"* OK")
    except (OSError, ValueError):
        return False
