"""The server of a mail address: what its domain says of itself is used where it can be, and does no harm where not."""

from __future__ import annotations

import struct
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET, SOCK_DGRAM, socket
from typing import TYPE_CHECKING

import pytest

from triage.mail import dns
from triage.mail.autoconfig import (
    Found,
    Source,
    config_pages,
    domain_of,
    fetch,
    find_server,
    greets,
    is_host,
    read_config,
)
from triage.mail.providers import provider_of_domain
from triage.settings import Security

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.dovecot import DovecotServer

ADDRESS = "info@deschoenmaker.example"


def page(*servers: str, head: str = "") -> bytes:
    """Write a page as a domain offers it."""
    inside = "".join(servers)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{head}<clientConfig version="1.1"><emailProvider id="x">'
        f'<domain>x</domain>{inside}<outgoingServer type="smtp"><hostname>smtp.x.example</hostname></outgoingServer>'
        "</emailProvider></clientConfig>"
    ).encode()


def server(
    host: str = "mail.hoster.example",
    port: str = "993",
    socket_type: str = "SSL",
    username: str = "%EMAILADDRESS%",
    kind: str = "imap",
) -> str:
    return (
        f'<incomingServer type="{kind}"><hostname>{host}</hostname><port>{port}</port>'
        f"<socketType>{socket_type}</socketType><username>{username}</username>"
        "<authentication>password-cleartext</authentication></incomingServer>"
    )


def found(
    host: str = "mail.hoster.example", port: int = 993, security: Security = Security.TLS, username: str = ADDRESS
) -> Found:
    return Found(host, port, security, username, Source.AUTOCONFIG)


@pytest.mark.parametrize(
    ("servers", "expected"),
    [
        pytest.param([server()], found(), id="one"),
        pytest.param([server(kind="pop3"), server()], found(), id="POP first"),
        pytest.param(
            [server(port="143", socket_type="STARTTLS"), server()], found(), id="the safest of two"
        ),
        pytest.param(
            [server(port="143", socket_type="STARTTLS")],
            found(port=143, security=Security.STARTTLS),
            id="STARTTLS alone",
        ),
        pytest.param([server(host="imap.%EMAILDOMAIN%")], found("imap.deschoenmaker.example"), id="host with a blank"),
        pytest.param([server(username="%EMAILLOCALPART%")], found(username="info"), id="short name"),
        pytest.param([server(username="")], found(), id="no name"),
        pytest.param([server(port="143", socket_type="plain")], None, id="in the clear"),
        pytest.param([server(kind="pop3")], None, id="POP alone"),
        pytest.param([server(port="0")], None, id="port 0"),
        pytest.param([server(port="99999")], None, id="no such port"),
        pytest.param([server(port="x")], None, id="no port"),
        pytest.param([server(host="a b")], None, id="no host"),
        pytest.param([server(host="evil.example/path")], None, id="a path"),
        pytest.param([server(host="&#27;[31m")], None, id="not even XML"),
        pytest.param([], None, id="nothing"),
    ],
)  # fmt: skip
def test_what_a_domain_says_of_itself(servers: list[str], expected: Found | None) -> None:
    assert read_config(page(*servers), ADDRESS) == expected


def test_a_server_of_a_known_provider_is_known() -> None:
    read = read_config(page(server("imap.transip.email")), ADDRESS)

    assert read is not None
    assert read.provider == provider_of_domain("transip.email")


BOMB = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
) + "]>"  # fmt: skip


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param(page(server("&i;"), head=BOMB), id="entities that grow"),
        pytest.param(
            page(server("&f;"), head='<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]>'), id="entity of a file"
        ),
        pytest.param(page(server(), head="<!DOCTYPE x>"), id="any document type"),
        pytest.param(
            page(server(), head="<!DOCTYPE x>").decode().replace("UTF-8", "UTF-16").encode("utf-16"), id="in UTF-16"
        ),
        pytest.param(b"<a>" * 50_000, id="nested"),
        pytest.param(b"<a " + b"b='c' " * 9_000 + b">", id="attributes"),
        pytest.param(page(server("h" * 60_000)), id="a long host"),
        pytest.param(b"\xff\xfe\x00", id="no text"),
        pytest.param(b"", id="empty"),
        pytest.param(b"<html><body>404", id="a web page"),
        pytest.param(b'<?xml version="1.0" encoding="nonsense"?><a/>', id="unknown encoding"),
    ],
)
def test_hostile_pages_say_nothing_and_take_no_time(hostile: bytes) -> None:
    before = time.perf_counter()

    assert read_config(hostile, ADDRESS) is None
    assert time.perf_counter() - before < 1


# -- on the wire -------------------------------------------------------------------------------------------------------


@contextmanager
def web(
    status: int = 200, body: bytes = b"", headers: tuple[tuple[str, str], ...] = ()
) -> Iterator[tuple[str, list[str]]]:
    """Answer every question alike; gives the address, and what was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{http.server_address[1]}", asked
        http.shutdown()


def test_a_page_is_fetched() -> None:
    with web(body=page(server())) as (address, asked):
        assert fetch(f"{address}/mail/config-v1.1.xml", "127.0.0.1") == page(server())
    assert asked == ["/mail/config-v1.1.xml"]


@pytest.mark.parametrize(
    ("status", "body"), [(404, b"no"), (500, b"no"), (200, b"x" * 65_537)], ids=["missing", "broken", "too large"]
)
def test_what_is_no_page_is_none(status: int, body: bytes) -> None:
    with web(status, body) as (address, _):
        assert fetch(f"{address}/x", "127.0.0.1") is None


def test_a_redirection_out_of_the_domain_is_not_followed() -> None:
    with web(body=page(server())) as (elsewhere, asked), web(302, headers=(("Location", elsewhere),)) as (address, _):
        assert fetch(f"{address}/x", "deschoenmaker.example") is None
    assert asked == []


def test_a_redirection_into_the_clear_is_not_followed() -> None:
    with web(body=page(server())) as (clear, asked), web(301, headers=(("Location", f"{clear}/y"),)) as (address, _):
        assert fetch(f"{address}/x", "127.0.0.1") is None
    assert asked == []


def test_a_host_that_is_not_there_is_no_error() -> None:
    assert fetch("https://127.0.0.1:1/x", "127.0.0.1") is None


def test_only_pages_of_the_domain_itself_are_asked_over_tls() -> None:
    assert config_pages("shop.example", "info+a@shop.example") == (
        "https://autoconfig.shop.example/mail/config-v1.1.xml?emailaddress=info%2Ba%40shop.example",
        "https://shop.example/.well-known/autoconfig/mail/config-v1.1.xml",
    )


def test_a_server_with_a_certificate_that_nobody_trusts_does_not_greet(dovecot: DovecotServer) -> None:
    assert dovecot.tls_port is not None
    assert not greets("127.0.0.1", dovecot.tls_port)


# -- the name service --------------------------------------------------------------------------------------------------


def name(text: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"


def record(kind: int, data: bytes) -> bytes:
    return b"\xc0\x0c" + struct.pack("!2HIH", kind, 1, 60, len(data)) + data


@contextmanager
def resolver(*records: bytes, flags: int = 0x8180, wrong_number: bool = False) -> Iterator[list[tuple[str, int]]]:
    """Answer one question with these records."""
    with socket(AF_INET, SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", 0))

        def answer() -> None:
            asked, sender = line.recvfrom(4096)
            number = b"\0\0" if wrong_number and asked[:2] != b"\0\0" else asked[:2]
            line.sendto(
                number + struct.pack("!5H", flags, 1, len(records), 0, 0) + asked[12:] + b"".join(records), sender
            )

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield [line.getsockname()]
        thread.join(5)


def test_the_preferred_exchanger_comes_first() -> None:
    second = record(dns.MX, struct.pack("!H", 20) + name("mx2.hoster.example"))
    first = record(dns.MX, struct.pack("!H", 5) + name("MX1.hoster.example"))
    with resolver(second, first) as resolvers:
        assert dns.exchangers("shop.example", resolvers) == ["mx1.hoster.example", "mx2.hoster.example"]


def test_a_name_may_go_on_elsewhere() -> None:
    with resolver(record(dns.MX, struct.pack("!H", 5) + b"\x04mail\xc0\x0c")) as resolvers:
        assert dns.exchangers("shop.example", resolvers) == ["mail.shop.example"]


def test_a_service_names_host_and_port() -> None:
    service = record(dns.SRV, struct.pack("!3H", 0, 1, 993) + name("imap.hoster.example"))
    with resolver(service) as resolvers:
        assert dns.imap_services("shop.example", resolvers) == [("imap.hoster.example", 993)]


def test_a_service_that_is_said_not_to_be_there_is_not() -> None:
    with resolver(record(dns.SRV, struct.pack("!3H", 0, 0, 0) + b"\0")) as resolvers:
        assert dns.imap_services("shop.example", resolvers) == []


@pytest.mark.parametrize(
    "records",
    [
        pytest.param([b"\xff" * 50], id="nonsense"),
        pytest.param([record(dns.MX, b"\0")], id="cut off"),
        pytest.param([record(dns.MX, struct.pack("!H", 5) + b"\xc0\x2c")], id="a name that points to itself"),
        pytest.param([record(dns.MX, struct.pack("!H", 5) + b"\x03\xff\xfe\xfd\0")], id="letters that are none"),
        pytest.param([record(1, b"\x7f\0\0\1")], id="another kind"),
    ],
)
def test_an_answer_that_is_none_names_nobody(records: list[bytes]) -> None:
    with resolver(*records) as resolvers:
        assert dns.exchangers("shop.example", resolvers) == []


@pytest.mark.parametrize(("flags", "wrong_number"), [(0x8182, False), (0x8183, False), (0x0100, False), (0x8180, True)])
def test_an_answer_to_something_else_names_nobody(flags: int, *, wrong_number: bool) -> None:
    genuine = record(dns.MX, struct.pack("!H", 5) + name("mx.hoster.example"))
    records = () if flags == 0x8183 else (genuine,)
    with resolver(*records, flags=flags, wrong_number=wrong_number) as resolvers:
        assert dns.exchangers("shop.example", resolvers) == []


def test_a_domain_that_is_no_name_is_not_asked_for() -> None:
    assert dns.exchangers("a..b", [("127.0.0.1", 1)]) == []
    assert dns.exchangers("x" * 64 + ".example", [("127.0.0.1", 1)]) == []


# -- all of it ---------------------------------------------------------------------------------------------------------


def test_an_address_at_a_provider_asks_nobody() -> None:
    heard: list[str] = []
    gmail = provider_of_domain("gmail.com")

    assert find_server("jan@gmail.com", heard.append) == Found(
        "imap.gmail.com", 993, Security.TLS, "jan@gmail.com", Source.TABLE, gmail
    )
    assert heard == []


def test_a_domain_of_ones_own_at_a_provider_is_known_by_its_exchanger() -> None:
    heard: list[str] = []
    with resolver(record(dns.MX, struct.pack("!H", 1) + name("smtp.google.com"))) as resolvers:
        found = find_server("info@shop-of-nobody.nl", heard.append, resolvers)

    assert found == Found(
        "imap.gmail.com", 993, Security.TLS, "info@shop-of-nobody.nl", Source.TABLE, provider_of_domain("gmail.com")
    )
    assert heard == ["shop-of-nobody.nl"]


@pytest.mark.parametrize("address", ["info@shop.example", "jan@localhost", "jan@shop.test", "jan@printer.local"])
def test_a_domain_that_cannot_be_asks_nobody(address: str) -> None:
    heard: list[str] = []

    assert find_server(address, heard.append) is None
    assert heard == []


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("Info@Shop.Example", "shop.example"),
        ("info@schoenmäker.example", "xn--schoenmker-w5a.example"),
        ("info@shop.example.", "shop.example"),
    ],
)
def test_the_domain_of_an_address(address: str, domain: str) -> None:
    assert domain_of(address) == domain


@pytest.mark.parametrize(
    "text", ["", ".", "a b", "-x.example", "x.example/y", "x:993", "[::1]", "x" * 300, "é.example"]
)
def test_what_is_no_host(text: str) -> None:
    assert not is_host(text)
