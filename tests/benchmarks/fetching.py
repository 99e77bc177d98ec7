"""Fetch a whole mailbox, and print how many bytes of mail that were: what `fetch` puts beside one another.

    python -m tests.benchmarks.fetching ours|raw|imapclient PORT MAILBOX

`raw` only reads from the socket until the last answer is complete, `imapclient` is its plain `fetch()`; both ask for
what ours asks for first, in batches of 500, `raw` with four of them under way.
"""

from __future__ import annotations

import socket
import sys
from datetime import timedelta

from tests.servers.base import HOST, PASSWORD
from triage.mail.source import HEAD_BYTES

USER = "alice"
BATCH = 500
_UNDER_WAY = 4
_ITEMS = ["UID", "FLAGS", "INTERNALDATE", "RFC822.SIZE", f"BODY.PEEK[]<0.{HEAD_BYTES}>"]


def ours(port: int, mailbox: str) -> int:
    """Fetch as a sync does."""
    from triage.mail.imap import Deadline, ImapSource
    from triage.settings import AccountSettings, Security

    account = AccountSettings("shop", host=HOST, port=port, security=Security.NONE, username=USER)
    source = ImapSource(account, PASSWORD, Deadline(timedelta(hours=1)))
    try:
        named = next(each for each in source.mailboxes() if each.name == mailbox)
        source.examine(named)
        return sum(len(item.source) for batch in source.fetch(source.uids()) for item in batch)
    finally:
        source.close()


def imapclient(port: int, mailbox: str) -> int:
    """Fetch by imapclient alone."""
    from imapclient import IMAPClient

    with IMAPClient(HOST, port=port, ssl=False) as client:
        client.login(USER, PASSWORD)
        client.select_folder(mailbox, readonly=True)
        uids = client.search("ALL")
        size = 0
        for start in range(0, len(uids), BATCH):
            found = client.fetch(uids[start : start + BATCH], _ITEMS)
            size += sum(len(each[b"BODY[]<0>"]) for each in found.values())
        return size


def raw(port: int, mailbox: str, items: str = " ".join(_ITEMS)) -> int:
    """Read the bytes and do nothing with them; counted is all that comes."""
    with socket.create_connection((HOST, port)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.sendall(f"l LOGIN {USER} {PASSWORD}\r\ne EXAMINE {mailbox}\r\n".encode())
        said = b""
        while b"\r\ne OK" not in said:
            said += line.recv(65_536)
        exists = int(said.partition(b" EXISTS")[0].rpartition(b"* ")[2])
        asked = [
            f"f{first} FETCH {first}:{min(first + BATCH - 1, exists)} ({items})\r\n".encode()
            for first in range(1, exists + 1, BATCH)
        ]
        return _read(line, asked) if asked else 0


def _read(line: socket.socket, asked: list[bytes]) -> int:
    """Send the commands, few at a time, and read until the last one is answered."""
    for command in asked[:_UNDER_WAY]:
        line.sendall(command)
    size = done = 0
    tail = b""
    while done < len(asked):
        piece = line.recv(1 << 18)
        if not piece:
            raise EOFError(f"{len(asked) - done} of {len(asked)} commands were not answered.")
        size += len(piece)
        seen = tail + piece
        while done < len(asked) and (b"\r\n" + asked[done].split(b" ", 1)[0] + b" OK") in seen:
            done += 1
            if done + _UNDER_WAY - 1 < len(asked):
                line.sendall(asked[done + _UNDER_WAY - 1])
        tail = piece[-40:]
    return size


def read_all(port: int, mailboxes: tuple[str, ...]) -> None:
    """Let the server see every mail once, so that its caches are warm."""
    for mailbox in mailboxes:
        raw(port, mailbox, "UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE BODY.PEEK[]")


if __name__ == "__main__":
    way = {"ours": ours, "raw": raw, "imapclient": imapclient}[sys.argv[1]]
    print(way(int(sys.argv[2]), sys.argv[3]))  # noqa: T201 - a script
