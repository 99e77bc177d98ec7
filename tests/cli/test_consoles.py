"""Consoles that cannot show every letter, as on Windows: nothing fails, nothing shifts, and what is shown reads alike.

What only a real Windows shows: rich's calls of its old console, its fonts, and how PowerShell reads pipes.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from cli.app import main
from cli.letters import nearest
from cli.options import Manners
from cli.render import Screen
from tests.cli.on_disk import STORED
from tests.cli.terminal import Terminal
from tests.shop import NOON, write_mail

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.on_disk import DiskShop

ENCODINGS = ["cp437", "cp850", "cp1252", "latin-1", "ascii"]


class Console(io.TextIOWrapper):
    """A stream that says it is a console."""

    def __init__(self, encoding: str) -> None:
        super().__init__(io.BytesIO(), encoding, newline="")

    def isatty(self) -> bool:
        return True

    @property
    def shown(self) -> str:
        self.flush()
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode(self.encoding)


def shown(encoding: str, *arguments: str) -> str:
    """Run a command at a console of this encoding and give what stands there."""
    out, err = Console(encoding), Console(encoding)
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit):
        main([*arguments])
    assert "Traceback" not in err.shown
    return out.shown + err.shown


@pytest.fixture
def letters(wednesday: DiskShop, monkeypatch: pytest.MonkeyPatch) -> DiskShop:
    """A shop whose customers write more letters than any code page has."""
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("PAGER", "cat")
    mails = {"wide": ("王秀英", "鞋子有四十二號嗎 👟 ok?"), "odd": ("Łukasz Őry", "“Zürich” – 40 € … ﬁjn")}
    for name, (customer, subject) in mails.items():
        mail = write_mail(
            sender=f"{customer} <{name}@klant.example>", subject=subject, message_id=f"{name}@klant.example"
        )
        file = wednesday.mail.folder / "cur" / f"{name}:2,S"
        file.write_bytes(mail)
        os.utime(file, (NOON.timestamp(), NOON.timestamp()))
    wednesday.run("sync")
    return wednesday


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("width", ["40", "80", "160"])
def test_the_queue_keeps_its_columns(
    letters: DiskShop, monkeypatch: pytest.MonkeyPatch, encoding: str, width: str
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    arguments = ["queue", *STORED, "--config", str(letters.config)]

    everything, here = shown("utf-8", *arguments), shown(encoding, *arguments)

    assert [*map(cell_len, here.split("\n"))] == [*map(cell_len, everything.split("\n"))]
    as_ascii = "".join(letter if letter.isascii() else nearest(letter) for letter in everything)
    assert "".join(letter if letter.isascii() else nearest(letter) for letter in here) == as_ascii


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("command", [("overdue",), ("overdue", "--format", "html"), ("export", "--all"), ("log",)])
def test_other_commands_write_letters_of_the_console(
    letters: DiskShop, encoding: str, command: tuple[str, ...]
) -> None:
    stored = () if command == ("log",) else STORED
    arguments = [*command, *stored, "--config", str(letters.config)]

    everything, here = shown("utf-8", *arguments), shown(encoding, *arguments)

    assert len(here.splitlines()) == len(everything.splitlines())
    assert re.findall(r"[ -~]{3,}", here)[:1] == re.findall(r"[ -~]{3,}", everything)[:1]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("command", [["--help"], ["queue", "--help"], ["init", "--help"], ["nonsense"], ["absurdité"]])
def test_help_and_errors_have_frames_of_plain_letters(letters: DiskShop, encoding: str, command: list[str]) -> None:
    assert letters.config.is_file()

    said = shown(encoding, *command)

    assert re.findall("[\u2500-\u257f]|[^\x00-\x7f…é]", said) == []


def test_a_real_terminal_in_the_c_locale_shows_the_queue(letters: DiskShop) -> None:
    if sys.platform != "linux":
        pytest.skip("locales of Linux")
    environment = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "COLUMNS": "80", "TERM": "linux"}
    with Terminal("queue", *STORED, "--config", str(letters.config), environment=environment) as terminal:
        assert terminal.end() == 0

    assert [*filter(lambda letter: not letter.isascii(), terminal.seen)] == []
    assert "Lukasz Ory" in terminal.seen


def test_a_pipe_gets_utf_8_whatever_python_was_told(letters: DiskShop) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "cp850", "PYTHONUTF8": "0", "LC_ALL": "C"}
    command = [sys.executable, "-m", "cli", "queue", *STORED, "--config", str(letters.config)]
    done = subprocess.run(command, env=environment, capture_output=True, check=True)

    assert "Łukasz Őry" in done.stdout.decode("utf-8")


@pytest.mark.parametrize(
    ("variables", "arguments", "has_colours"),
    [
        ({}, [], True),
        ({"NO_COLOR": "1"}, [], False),
        ({"NO_COLOR": ""}, [], True),
        ({"NO_COLOR": "1"}, ["--color"], True),
        ({}, ["--no-color"], False),
        ({}, ["--plain"], False),
        ({"TERM": "dumb"}, [], False),
    ],
)
def test_colours_are_there_when_they_are_wanted(
    letters: DiskShop,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    arguments: list[str],
    has_colours: bool,
) -> None:
    for name, value in {"TERM": "xterm-256color", **variables}.items():
        monkeypatch.setenv(name, value)

    said = shown("cp850", "queue", *STORED, *arguments, "--config", str(letters.config))

    assert ("\x1b[38" in said or "\x1b[1;38" in said) == has_colours


@pytest.mark.parametrize(
    ("letter", "instead"),
    [("…", "."), ("é", "e"), ("ﬁ", "f"), ("鞋", "??"), ("\u0301", ""), ("\u200d", ""), ("☃", "?"), ("“", '"')],
)
def test_what_stands_for_a_letter_is_as_wide(letter: str, instead: str) -> None:
    assert (nearest(letter), cell_len(instead)) == (instead, cell_len(letter))


def test_forced_colours_bring_no_progress_into_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.render._PATIENCE", 0.0)
    file = tmp_path / "mail.txt"

    with (
        file.open("w", encoding="utf-8") as stream,
        redirect_stderr(stream),
        Screen(Manners(color=True)).progress("Fetching mail"),
    ):
        time.sleep(0.05)

    assert file.read_text("utf-8") == ""
