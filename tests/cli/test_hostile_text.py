"""What strangers write stays text: no control character, no markup and no emoji code of theirs acts in any output."""

from __future__ import annotations

import json
import os
import re
from base64 import b64encode
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.on_disk import STORED, DiskShop
from tests.servers.hostile import HostileServer, Mail, Mailbox
from tests.shop import NOON, OURS, Result, write_mail

OSC_52 = "\x1b]52;c;ZXZpbA==\x07"
TEXTS = {
    "colour": "\x1b[31mred\x1b[0m",
    "clipboard": OSC_52,
    "8-bit escape": "\x9b31m\x9d52;c;ZXZpbA==\x9c",
    "override": "\u202egnp.exe\u202c \u2066x\u2069 \u200f",
    "markup": "[/INST] [bold]x[/bold] [link=http://evil.example]y[/link] \\[",
    "emoji code": ":smile: :red_heart:",
    "wide": "鞋子有四十二號嗎" * 40 + "👩‍👩‍👧‍👦❤️",
    "zalgo": "Z" + "\u0336\u035c\u0489" * 3000,
    "long": "x" * 10_000,
    "lines": "a\r\nBcc: evil\x0b\x0c\x85\u2028\u2029b\tc",
    "format": "{0} {name} %s %(x)s {",
    "surrogates and nul": "\x00\ufffe\U000e0041x",
}
_ACTS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
COMMANDS = (
    ["queue"], ["queue", "--plain"], ["queue", "--color"], ["queue", "--format", "csv"], ["queue", "--format", "json"],
    ["queue", "--format", "jsonl"], ["overdue"], ["overdue", "--format", "markdown"], ["overdue", "--format", "html"],
    ["export", "--all"], ["export", "--all", "--format", "json"], ["export", "--all", "--format", "jsonl"],
)  # fmt: skip


def acting(result: Result) -> list[str]:
    """What in an output acts instead of showing; our own colours and CSV's line ends apart."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", result.out) if "38;5" in result.out else result.out
    return _ACTS.findall(text.replace("\r\n", "\n") + result.err)


def encoded(text: str) -> str:
    """Hide a text in encoded words, as mails carry control characters past every gateway (RFC 2047)."""
    data = text.encode("utf-8", "surrogatepass")
    pieces = [data[start : start + 45] for start in range(0, len(data), 45)]
    return "\r\n ".join(f"=?utf-8?b?{b64encode(piece).decode()}?=" for piece in pieces)


def hostile_mail(text: str, message_id: str) -> bytes:
    body = b64encode(f"Ik wil ze graag kopen. {text}".encode("utf-8", "surrogatepass")).decode()
    return (
        f"From: {encoded(text)} <x@klant.example>\r\nTo: {OURS}\r\nSubject: {encoded(text)}\r\n"
        f"Message-ID: <{message_id}>\r\nDate: Wed, 18 Nov 2026 11:00:00 +0100\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{body}\r\n"
    ).encode()


@pytest.fixture
def besieged(disk: DiskShop) -> DiskShop:
    """A shop that gets nothing but such mails."""
    for number, text in enumerate(TEXTS.values()):
        disk.mail.put(hostile_mail(text, f"h{number}@klant.example"), NOON - timedelta(hours=3))
    disk.open()
    disk.run("sync")
    disk.note_sync()
    return disk


@pytest.mark.parametrize("width", [40, 80, 200])
def test_nothing_that_a_stranger_writes_acts(besieged: DiskShop, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    identities = [row["id"] for row in besieged.run("export", "--all", "--columns", "id", *STORED).csv]
    shown = [["show", identity, *raw] for identity in identities for raw in ([], ["--raw"])]

    results = {" ".join(command): besieged.run(*command, *STORED) for command in COMMANDS}
    results |= {" ".join(command): besieged.run(*command) for command in (*shown, ["sync"], ["check"])}

    assert {name: result.status for name, result in results.items() if result.status} == {}
    assert {name: acting(result) for name, result in results.items() if acting(result)} == {}


def test_markup_and_emoji_codes_stay_as_they_were_written(besieged: DiskShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")

    out = besieged.run("queue", *STORED).out

    assert "[/INST] [bold]x[/bold]" in out
    assert ":smile: :red_heart:" in out
    assert "{0} {name} %s %(x)s {" in out


def test_what_a_server_and_its_mailboxes_are_called_does_not_act_either(disk: DiskShop) -> None:
    name = f"Vragen{OSC_52}"
    mailboxes = {"INBOX": Mailbox(), name: Mailbox({1: Mail(write_mail())})}
    with HostileServer(mailboxes) as server:
        keys = f'name = "shop"\nhost = "{server.host}"\nport = {server.port}\nsecurity = "none"\nusername = "x"\n'
        keys += f'password_env = "SHOP_PASSWORD"\naddresses = ["{OURS}"]\nsince = "3650d"\n'
        disk.configure(keys + 'mailboxes = ["Nee"]')
        refused = disk.run("check")
        listed = re.search(r'"(Vragen[^"]*)"', refused.err)
        assert listed is not None
        disk.configure(keys + f"mailboxes = [{json.dumps(listed[1])}]")
        results = [disk.run(*command) for command in (["check"], ["sync"], ["queue"], ["export", "--format", "json"])]

    assert [acting(result) for result in (refused, *results)] == [[]] * 5
    assert [result.status for result in (refused, *results)] == [23, 0, 0, 0, 0]


@pytest.mark.parametrize("text", [OSC_52, "\x9b31m", "\u202e", "[/INST]"])
def test_what_the_user_types_is_repeated_harmlessly(disk: DiskShop, text: str) -> None:
    disk.open()

    results = [
        disk.run("show", text), disk.run("queue", "--at", text), disk.run("queue", "--account", text),
        disk.run("export", "--columns", text), disk.run("queue", "--kind", text), disk.run(text),
    ]  # fmt: skip

    assert [(result.status, acting(result)) for result in results] == [(2, [])] * 6


def test_odd_mails_of_other_projects_pass_every_command(disk: DiskShop, odd_mails: list[Path]) -> None:
    """One mailbox of them all: no exception and no control character in any output of any command."""
    for file in odd_mails:
        disk.mail.put(file.read_bytes(), NOON - timedelta(hours=2))
    disk.open()

    results = {"sync": disk.run("sync")}
    disk.note_sync()
    results |= {" ".join(command): disk.run(*command, "--no-sync") for command in COMMANDS}

    assert {name: (result.status, result.err) for name, result in results.items()} == dict.fromkeys(results, (0, ""))
    assert {name: acting(result) for name, result in results.items() if acting(result)} == {}
    fetched = re.match(r"shop INBOX: (\d+) new; \1 on the server, \1 known", results["sync"].out)
    assert fetched is not None
    assert int(fetched[1]) > len(odd_mails) // 2


@pytest.fixture
def odd_mails() -> list[Path]:
    """Odd mails from public test suites, where the folder of shared data is at hand."""
    root = os.environ.get("TRIAGE_SHARED") or Path(__file__).parents[2].parent / "shared" / "data"
    found = sorted(file for file in (Path(root) / "odd-mails").rglob("*") if file.is_file())
    if not found:
        pytest.skip("the shared data folder is not here (set TRIAGE_SHARED to it)")
    return found
