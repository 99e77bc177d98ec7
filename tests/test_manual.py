"""The man page says what the command tree says, and the programs that show man pages find no fault with it."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from typing import Any

import pytest
import typer.main

from cli.app import program
from tests.manual import PAGE, ROOT, all_commands, escaped, manual, prose
from triage.errors import ExitStatus

COMMANDS: dict[str, Any] = dict(all_commands(typer.main.get_command(program())))


def test_the_page_is_what_the_command_tree_gives() -> None:
    assert PAGE.read_text("utf-8") == manual(), "run `python -m tests.manual`"


def test_every_command_and_option_stands_in_it() -> None:
    page = manual()
    options = {name for command in COMMANDS.values() for each in command.params for name in each.opts if "-" in name}

    assert set(re.findall(r"^\.SS ([a-z]+(?: [a-z]+)?)", page, re.MULTILINE)) == set(COMMANDS)
    assert {name for name in options if f"\\fB{escaped(name)}\\fR" not in page} == set()


def test_every_exit_status_stands_in_it() -> None:
    assert {int(number) for number in re.findall(r"^\\fB(\d+)\\fR$", manual(), re.MULTILINE)} == set(ExitStatus)


@pytest.mark.parametrize(
    "command",
    [("groff", "-man", "-Tutf8", "-ww", "-b"), ("groff", "-man", "-Tascii", "-ww", "-b"), ("mandoc", "-Wwarning")],
    ids=["groff", "groff ascii", "mandoc"],
)
def test_it_is_shown_without_a_warning(command: tuple[str, ...]) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")

    shown = subprocess.run([*command, str(PAGE)], capture_output=True, text=True, check=False)

    complaints = re.findall("(?:WARNING|ERROR): (?!missing date).*|.*warning.*|.*error:.*", shown.stderr)
    assert (complaints, "snooze" in shown.stdout) == ([], True)


@pytest.mark.parametrize(
    ("text", "roff"),
    [
        ("a `--b` c", r"a \fB\-\-b\fR c"),
        (".starts with a dot", r"\&.starts with a dot"),
        ("'quoted'", r"\(aqquoted\(aq"),
        ("C:\\x … é", r"C:\ex ... \[u00E9]"),
        ("[bold]x[/bold] [ID]", "x [ID]"),
    ],
)
def test_no_text_acts_in_roff(text: str, roff: str) -> None:
    assert prose(text) == roff


def test_the_wheel_brings_it() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]

    assert wheel["shared-data"] == {"docs/triage.1": "share/man/man1/triage.1"}
