"""Two questions to the name service that Python has no words for: who takes in a domain's mail, and where is its IMAP.

The system's own resolvers are asked, as for any host name. Whoever answers may lie, so what comes back only says where
to look: the server itself has to prove its name (TLS), and its owner confirms what no table knows.
"""

from __future__ import annotations

import secrets
import socket
import struct
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

Resolvers = Sequence[tuple[str, int]]
"""Addresses and ports of those who are asked."""

MX, SRV = 15, 33  # RFC 1035, section 3.2.2; RFC 2782
_TIMEOUT = 3.0  # seconds for each resolver
_LARGEST = 4096  # bytes of an answer
_MOST = 20  # records that are looked at
_RESOLVERS = Path("/etc/resolv.conf")


def exchangers(domain: str, resolvers: Resolvers | None = None) -> list[str]:
    """Name the hosts that take in a domain's mail, the preferred first; none where that is not to be known."""
    return [host for _, _, host in sorted(_ask(domain, MX, resolvers))]


def imap_services(domain: str, resolvers: Resolvers | None = None) -> list[tuple[str, int]]:
    """Name host and port of a domain's IMAP over TLS, by its own word (RFC 6186)."""
    found = sorted(_ask(f"_imaps._tcp.{domain}", SRV, resolvers))
    return [(host, port) for _, port, host in found if host]  # "." says: there is none


def _ask(name: str, kind: int, resolvers: Resolvers | None) -> list[tuple[int, int, str]]:
    for resolver in system_resolvers() if resolvers is None else resolvers:
        number = secrets.randbits(16)
        try:
            return read_answer(_exchange(resolver, question(name, kind, number)), number, kind)
        except (OSError, ValueError, IndexError, struct.error):
            continue  # silent, or what it says is no answer: the next one
    return []


def _exchange(resolver: tuple[str, int], packet: bytes) -> bytes:
    family = socket.AF_INET6 if ":" in resolver[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as line:
        line.settimeout(_TIMEOUT)
        line.connect(resolver)  # so that only its own answer comes back
        line.send(packet)
        return line.recv(_LARGEST)


def system_resolvers() -> list[tuple[str, int]]:
    """Name the resolvers that this computer asks, at most three."""
    found: list[str] = []
    with suppress(OSError, UnicodeDecodeError):
        found = list(_registered() if sys.platform == "win32" else _listed(_RESOLVERS.read_text("utf-8")))
    return [(address, 53) for address in found[:3]]


def _listed(text: str) -> Iterator[str]:
    for line in text.splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver":
            yield words[1]


def _registered() -> list[str]:
    """Read the resolvers of every network from the registry of Windows, those set by hand before those given."""
    found: list[str] = []
    if sys.platform == "win32":
        import winreg

        place = r"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces"
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, place) as networks:
            for number in range(winreg.QueryInfoKey(networks)[0]):
                with winreg.OpenKey(networks, winreg.EnumKey(networks, number)) as network:
                    for value in ("NameServer", "DhcpNameServer"):
                        with suppress(OSError):
                            found.extend(str(winreg.QueryValueEx(network, value)[0]).replace(",", " ").split())
    return found


def question(name: str, kind: int, number: int) -> bytes:
    """Write a question (RFC 1035, section 4.1); raises ValueError for what is no name."""
    labels = [label.encode("ascii") for label in name.rstrip(".").split(".")]
    if not all(0 < len(label) < 64 for label in labels):
        raise ValueError(name)
    encoded = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    wanted = 0x0100  # please ask others (recursion)
    return struct.pack("!6H", number, wanted, 1, 0, 0, 0) + encoded + struct.pack("!2H", kind, 1)


def read_answer(packet: bytes, number: int, kind: int) -> list[tuple[int, int, str]]:
    """Read the records of an answer as (preference, port, host); raises ValueError, IndexError or struct.error."""
    said, flags, questions, answers = struct.unpack_from("!4H", packet)
    if said != number or not flags & 0x8000:
        raise ValueError("not the answer to this question")
    if flags & 0x000F not in {0, 3}:  # 3: there is no such name
        raise ValueError("the resolver could not say")
    place = 12
    for _ in range(questions):
        place = _name_at(packet, place)[1] + 4
    found = []
    for _ in range(min(answers, _MOST)):
        _, place = _name_at(packet, place)
        said_kind, _, _, length = struct.unpack_from("!2HIH", packet, place)
        place += 10
        if said_kind == kind:
            found.append(_record(packet, place, kind))
        place += length
    return found


def _record(packet: bytes, place: int, kind: int) -> tuple[int, int, str]:
    if kind == MX:
        return *struct.unpack_from("!H", packet, place), 0, _name_at(packet, place + 2)[0]
    priority, _, port = struct.unpack_from("!3H", packet, place)
    return priority, port, _name_at(packet, place + 6)[0]


def _name_at(packet: bytes, place: int) -> tuple[str, int]:
    """Read a name, which may go on elsewhere (section 4.1.4), and say where what follows it begins."""
    labels: list[str] = []
    end = 0
    for _ in range(128):  # a name that points to itself has no end
        length = packet[place]
        if length >= 0xC0:
            end = end or place + 2
            place = struct.unpack_from("!H", packet, place)[0] & 0x3FFF
        elif length:
            labels.append(packet[place + 1 : place + 1 + length].decode("ascii").lower())
            place += 1 + length
        else:
            return ".".join(labels), end or place + 1
    raise ValueError("a name without end")
