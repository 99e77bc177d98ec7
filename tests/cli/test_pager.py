"""What is longer than the screen is shown page by page, to somebody who reads it at a terminal."""

from __future__ import annotations

import os
import re
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.on_disk import STORED, DiskShop
from tests.cli.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="terminals of Linux"),
    pytest.mark.skipif(shutil.which("less") is None, reason="no less here"),
]
SMALL = {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "12"}
LARGE = {**SMALL, "LINES": "200"}


@pytest.fixture
def pager(tmp_path: Path) -> Path:
    """A pager that says that it is one, and then shows all."""
    program = tmp_path / "pager"
    program.write_text("#!/bin/sh\necho PAGED\nexec /bin/cat\n", "utf-8")
    program.chmod(0o755)
    return program


def seen(shop: DiskShop, *arguments: str, **environment: str) -> str:
    command = [*arguments, "--config", str(shop.config)]
    with Terminal(*command, environment={**SMALL, **environment}) as terminal:
        assert terminal.end() == 0
        return terminal.seen


@pytest.mark.parametrize(
    ("arguments", "environment", "is_paged"),
    [
        pytest.param(["queue", *STORED], {}, True, id="longer than the screen"),
        pytest.param(["queue", *STORED], {"LINES": "200"}, False, id="it fits"),
        pytest.param(["queue", *STORED, "--no-pager"], {}, False, id="not wanted"),
        pytest.param(["queue", *STORED, "--plain"], {}, False, id="a screen reader"),
        pytest.param(["queue", *STORED, "--no-color"], {}, True, id="no colours"),
        pytest.param(["queue", *STORED], {"TERM": "dumb"}, False, id="a dumb terminal"),
        pytest.param(["queue", *STORED], {"PAGER": ""}, False, id="PAGER is empty"),
        pytest.param(["queue", *STORED], {"PAGER": "nonesuch --x"}, False, id="there is no such pager"),
        pytest.param(["queue", *STORED], {"PAGER": "'"}, False, id="PAGER is nonsense"),
        pytest.param(["queue", *STORED, "--format", "csv"], {}, False, id="for a script"),
    ],
)
def test_when_there_is_a_pager(
    wednesday: DiskShop, pager: Path, arguments: list[str], environment: dict[str, str], is_paged: bool
) -> None:
    shown = seen(wednesday, *arguments, **{"PAGER": str(pager), **environment})

    assert ("PAGED" in shown) is is_paged
    assert "DIT IS NIET NORMAAL" in shown


@pytest.mark.parametrize("command", [["show", "{id}"], ["show", "{id}", "--raw"], ["log"]])
def test_what_else_is_long_is_paged_too(wednesday: DiskShop, pager: Path, command: list[str]) -> None:
    rows = wednesday.run("export", "--columns", "id", *STORED).csv
    for number in range(12):
        wednesday.run("note", rows[0]["id"], f"nummer {number}")

    arguments = [word.format(id=rows[0]["id"]) for word in command]

    assert "PAGED" in seen(wednesday, *arguments, PAGER=str(pager), LINES="5")


def test_a_pipe_is_never_paged(wednesday: DiskShop, pager: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER", str(pager))
    monkeypatch.setenv("LINES", "5")

    assert "PAGED" not in wednesday.run("queue", *STORED, "--color").out


def test_nothing_is_lost_between_pages_and_all_at_once(wednesday: DiskShop, pager: Path) -> None:
    paged = seen(wednesday, "queue", *STORED, PAGER=str(pager))

    assert paged.replace("PAGED\r\n", "") == seen(wednesday, "queue", *STORED, "--no-pager")


def test_colours_live_in_less_and_quitting_early_ends_quietly(wednesday: DiskShop) -> None:
    environment = {**SMALL, "PAGER": "less", "LESS": ""}
    for _ in range(50):
        wednesday.run("note", wednesday.run("export", "--columns", "id", *STORED).csv[0]["id"], "x" * 70)
    with Terminal("queue", *STORED, "--config", str(wednesday.config), environment=environment) as terminal:
        terminal.until(":")
        terminal.type("q")
        status = terminal.end()

    assert (status, "Traceback" in terminal.seen, "triage:" in terminal.seen) == (0, False, False)
    assert re.search(r"\x1b\[[0-9;]*38;5;\d+m", terminal.seen)
    assert "ESC[" not in terminal.seen


def test_a_pager_that_reads_nothing_is_none_the_worse(wednesday: DiskShop, tmp_path: Path) -> None:
    program = tmp_path / "quits"
    program.write_text("#!/bin/sh\nexec </dev/null\nexit 1\n", "utf-8")
    program.chmod(0o755)

    shown = seen(wednesday, "queue", *STORED, PAGER=str(program))

    assert "Traceback" not in shown
    assert "triage:" not in shown


def test_an_older_less_gets_no_links_that_it_would_print(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cli.pager import pager_command, show_paged

    kept = tmp_path / "kept"
    program = tmp_path / "less"
    program.write_text(
        f'#!/bin/sh\nif [ "$1" = --version ]; then echo "less 551 (x)"; exit; fi\n/bin/cat > {kept}\n', "utf-8"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("PAGER", raising=False)

    command = pager_command()

    assert command == [str(program), "-R"]
    assert show_paged("\x1b]8;id=1;mid:x@y\x1b\\\x1b[1mMaat\x1b[0m\x1b]8;;\x1b\\\n", command)
    assert kept.read_text("utf-8") == "\x1b[1mMaat\x1b[0m\n"
