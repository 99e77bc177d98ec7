"""`triage open`: hands a link to the platform's opener, and prints it where there is none."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.on_disk import AT, STORED, DiskShop
from tests.cli.terminal import Terminal
from tests.shop import NOON, OURS, write_mail
from tests.test_links import draft

if TYPE_CHECKING:
    from pathlib import Path

posix_only = pytest.mark.skipif(sys.platform != "linux", reason="xdg-open and terminals of Linux")


class Opener:
    """An opener that notes down what it is given, each argument on a line."""

    def __init__(self, folder: Path, name: str = "xdg-open", end: str = "exit 0") -> None:
        self.file = folder / "opened"
        folder.mkdir(exist_ok=True)
        program = folder / name
        program.write_text(f"#!/bin/sh\nprintf '%s\\n' \"$@\" >> '{self.file}'\n{end}\n", "utf-8")
        program.chmod(0o755)

    @property
    def opened(self) -> list[str]:
        return self.file.read_text("utf-8").splitlines() if self.file.exists() else []


@pytest.fixture
def opener(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opener:
    """A desktop with an opener."""
    made = Opener(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("DISPLAY", ":9")
    monkeypatch.delenv("BROWSER", raising=False)
    return made


def opens_in(shop: DiskShop, program: str) -> None:
    text = shop.config.read_text("utf-8")
    shop.config.write_text(text.replace('since = "3650d"', f'since = "3650d"\nopens_in = "{program}"'), "utf-8")


def one(shop: DiskShop, program: str = "", **fields: str) -> str:
    """Deliver a mail, and give the ID of its conversation."""
    return put(shop, write_mail(**fields), program)  # type: ignore[arg-type] # no field here is a moment


def put(shop: DiskShop, source: bytes, program: str = "") -> str:
    """Deliver a mail as it is, and give the ID of its conversation."""
    shop.mail.put(source, NOON)
    shop.open()
    if program:
        opens_in(shop, program)
    shop.run("sync")
    return shop.run("export", "--all", "--columns", "id", *STORED).csv[0]["id"]


@posix_only
def test_it_opens_in_the_program_of_the_account(disk: DiskShop, opener: Opener) -> None:
    identity = one(disk, "thunderbird")

    result = disk.run("open", identity)

    assert (result.status, result.out, result.err) == (0, "", f"{identity}: opened in Thunderbird.\n")
    assert opener.opened == ["mid:q1@klant.example"]


@posix_only
def test_where_no_program_is_known_it_begins_a_reply(disk: DiskShop, opener: Opener) -> None:
    identity = one(disk, Reply_To="thuis@elders.example", answers="a0@shop.example")

    result = disk.run("open", identity)

    made = draft(opener.opened[0])
    assert (result.status, result.err) == (0, f"{identity}: a reply is begun in your mail program.\n")
    assert (made.to, made.fields) == (
        ["thuis@elders.example"],
        {
            "subject": "Re: Maat 42?",
            "in-reply-to": "<q1@klant.example>",
            "references": "<a0@shop.example> <q1@klant.example>",
        },
    )


@posix_only
def test_several_open_one_after_the_other(wednesday: DiskShop, opener: Opener) -> None:
    opens_in(wednesday, "thunderbird")
    rows = wednesday.run("export", "--columns", "id,url", *STORED).csv[:3]

    result = wednesday.run("open", *(row["id"] for row in rows))

    assert result.status == 0
    assert opener.opened == [row["url"] for row in rows]


def test_an_id_that_is_none_opens_nothing_at_all(disk: DiskShop, opener: Opener) -> None:
    identity = one(disk, "thunderbird")

    result = disk.run("open", identity, "zzzz")

    assert (result.status, opener.opened) == (2, [])


@pytest.mark.parametrize("program", ["", "gmail", "outlook", "thunderbird", "apple-mail", "mailto"])
def test_print_is_the_link_alone(disk: DiskShop, opener: Opener, program: str) -> None:
    identity = one(disk, program)

    result = disk.run("open", identity, "--print")

    (row,) = disk.run("export", "--all", "--columns", "url", *STORED).csv
    assert (result.status, result.err, opener.opened) == (0, "", [])
    assert result.out.rstrip("\n") == (row["url"] or result.out.rstrip("\n"))
    assert re.fullmatch(r"(https://|mid:|message:|mailto:)\S+\n", result.out)
    assert bool(row["url"]) is bool(program)


@pytest.mark.parametrize("remove", ["DISPLAY", "PATH"])
@posix_only
def test_without_a_screen_or_an_opener_the_link_is_printed(
    disk: DiskShop, opener: Opener, monkeypatch: pytest.MonkeyPatch, remove: str
) -> None:
    identity = one(disk, "thunderbird")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv(remove, "")

    result = disk.run("open", identity)

    assert (result.status, result.out, opener.opened) == (0, "mid:q1@klant.example\n", [])
    assert result.err == f"{identity}: there is no program here to open it with. This is the link:\n"


@posix_only
def test_an_opener_that_fails_leaves_the_link(disk: DiskShop, opener: Opener) -> None:
    Opener(opener.file.parent, end="exit 3")  # xdg-open: a required tool could not be found
    identity = one(disk, "thunderbird")

    assert disk.run("open", identity).out == "mid:q1@klant.example\n"


@posix_only
def test_the_browser_of_a_remote_terminal_gets_web_addresses(
    disk: DiskShop, opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Opener(opener.file.parent.parent / "remote", "browser.sh")
    monkeypatch.setenv("BROWSER", str(browser.file.parent / "browser.sh"))
    identity = one(disk, "gmail")

    disk.run("open", identity)

    assert opener.opened == []
    assert [url.partition("#")[0] for url in browser.opened] == [
        f"https://mail.google.com/mail/u/?authuser={OURS.replace('@', '%40')}"
    ]


def test_outlook_may_show_the_inbox_so_what_to_look_for_is_said(
    disk: DiskShop, opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.opener.sys.platform", "linux")
    identity = one(disk, "outlook")

    assert 'look there for: from:jan@klant.example subject:"Maat 42?"' in disk.run("open", identity).err
    assert len(opener.opened) == 1


def test_a_mail_that_nobody_can_answer_is_told(disk: DiskShop, opener: Opener) -> None:
    identity = one(disk, sender="Jan zonder adres")

    result = disk.run("open", identity)

    assert (result.status, opener.opened) == (2, [])
    assert result.err == (
        f"triage: {identity} has no address to answer to. `triage show {identity}` shows it; "
        'look for it in the mailbox "INBOX".\n'
    )


HOSTILE = [
    "--help", "-e", "javascript:alert(1)", "$(touch pwned)", "`touch pwned`", ";touch pwned;",
    "x?bcc=evil@evil.example", "x%0d%0aBcc:evil@evil.example", '"&calc&"', "file:///etc/passwd",
]  # fmt: skip


@posix_only
@pytest.mark.parametrize("program", ["gmail", "outlook", "thunderbird", "apple-mail", "mailto", ""])
def test_what_strangers_write_reaches_the_opener_as_harmless_links(
    disk: DiskShop, opener: Opener, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.chdir(disk.folder)
    for number, text in enumerate(HOSTILE):
        source = write_mail(subject=text, sender=f"{number}@klant.example")
        named = source.replace(b"<q1@klant.example>", f"<{text}@{number}>".encode())
        put(disk, f"Reply-To: <{text}@y.example>\n".encode() + named)
    put(disk, write_mail(sender="last@klant.example", message_id="last@klant.example"), program)
    rows = disk.run("export", "--all", "--columns", "id", *STORED).csv

    assert disk.run("open", *(row["id"] for row in rows)).status == 0

    links = opener.opened
    assert len(links) == len(rows) == len(HOSTILE) + 1
    harmless = re.compile(r"(https://(mail\.google|outlook\.office)\.com/|mid:|message:|mailto:)[!-~]+")
    assert [link for link in links if not harmless.fullmatch(link)] == []
    assert not (disk.folder / "pwned").exists()
    for link in links if program in {"", "mailto"} else ():
        assert draft(link).fields.keys() <= {"subject", "in-reply-to", "references"}


# -- links in the queue and in show ------------------------------------------------

ENVIRONMENT = {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "200", "PAGER": "cat"}
_LINK = re.compile(r"\x1b\]8;[^;]*;([^\x1b]+)\x1b\\")


def seen(shop: DiskShop, *arguments: str, **more: str) -> str:
    """What a terminal is sent."""
    shown = ("--config", str(shop.config), *arguments)
    with Terminal(*arguments[:1], *shown[:2], *arguments[1:], environment={**ENVIRONMENT, **more}) as terminal:
        assert terminal.end() == 0
        return terminal.seen


@posix_only
def test_a_subject_leads_to_the_mail_on_a_terminal(wednesday: DiskShop) -> None:
    opens_in(wednesday, "thunderbird")
    (row,) = wednesday.run("export", "--columns", "id,url", "--kind", "angry", *STORED).csv

    assert _LINK.findall(seen(wednesday, "show", row["id"])) == [row["url"]]
    assert _LINK.findall(seen(wednesday, "queue", *STORED, "--kind", "angry")) == [row["url"]]


@posix_only
@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        pytest.param(["--plain"], {}, id="--plain"),
        pytest.param([], {"TERM": "dumb"}, id="a dumb terminal"),
        pytest.param([], {"TERM": "linux"}, id="the console of Linux"),
    ],
)
def test_some_terminals_get_no_links(wednesday: DiskShop, arguments: list[str], environment: dict[str, str]) -> None:
    opens_in(wednesday, "thunderbird")

    assert "\x1b]8" not in seen(wednesday, "queue", *STORED, *arguments, **environment)


def test_a_pipe_gets_no_links_even_when_it_gets_colours(wednesday: DiskShop) -> None:
    opens_in(wednesday, "thunderbird")

    assert "\x1b]8" not in wednesday.run("queue", *STORED, "--color").out


@posix_only
def test_hostile_names_make_no_link_that_acts(disk: DiskShop) -> None:
    put(disk, write_mail().replace(b"<q1@", b"<x\x1b]0;evil\x07;\xc2\x9c@"), "thunderbird")

    shown = seen(disk, "queue", *AT, "--no-sync")

    assert _LINK.findall(shown) == ["mid:x%5D0%3Bevil%3B@klant.example"]
