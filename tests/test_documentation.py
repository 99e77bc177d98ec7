"""Documentation is held against the code: commands, options, and nothing that only one machine knows."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer.main

from cli.app import program
from tests.shop import run
from triage.errors import ExitStatus
from triage.report.export import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
COMMANDS: dict[str, Any] = typer.main.get_command(program()).commands  # type: ignore[attr-defined] # an app with commands is a group
CARETAKING = {"__pycache__", "node_modules"}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_says_what_it_is_for(name: str) -> None:
    command = COMMANDS[name]

    assert command.help
    assert [parameter.name for parameter in command.params if not getattr(parameter, "help", "")] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_stands_in_the_readme(name: str) -> None:
    assert f"`triage {name}" in README


@pytest.mark.parametrize("name", ["", *COMMANDS])
@pytest.mark.parametrize("width", ["40", "80", "200"])
def test_help_is_there_at_every_width(monkeypatch: pytest.MonkeyPatch, name: str, width: str) -> None:
    monkeypatch.setenv("COLUMNS", width)

    result = run(*([name] if name else []), "--help")

    assert (result.status, result.err) == (0, "")
    assert f"Usage: triage {name}".strip() in result.out


def test_every_command_that_the_readme_names_is_there() -> None:
    named = set(re.findall(r"`triage ([a-z]+)", README))

    assert named - set(COMMANDS) == set()


def test_every_exit_status_stands_in_the_readme() -> None:
    sentence = README.partition("Exit statuses:")[2].partition("\n\n")[0]

    assert {int(number) for number in re.findall(r"\b\d+\b", sentence)} == {int(status) for status in ExitStatus} - {1}


def test_the_version_is_that_of_the_package() -> None:
    from importlib.metadata import version

    assert run("--version").out == f"triage {version('triage')}\n"


def test_the_fields_of_a_row_are_never_reordered() -> None:
    """The interface's list; what is new is appended behind it."""
    promised = [
        *("id", "account", "status", "lane", "kind", "confidence", "reason", "flags", "urgency", "rank", "from_name"),
        *("from_email", "subject", "language", "received_at", "waiting_since", "waited_minutes", "target_minutes"),
        *("due_at", "answered_at", "response_minutes", "messages", "unanswered_messages", "order_number", "carrier"),
        *("assigned_to", "snoozed_until", "because", "snippet", "message_id", "mailbox", "notices", "url"),
    ]

    assert list(COLUMNS[: len(promised)]) == promised


def repository() -> Iterator[Path]:
    """Every file that is kept under version control, or would be."""
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if not name.startswith(".") or name == ".ci"]
        folders[:] = [name for name in folders if name not in {*CARETAKING, "build", "dist"} and "egg-info" not in name]
        yield from (Path(folder) / name for name in files)


_ONE_MACHINE = re.compile(
    "|".join((
        r"(?<![\w.])/wor" + r"k/",  # broken in two, else this file would find itself
        r"(?<![\w.])/roo" + r"t/",
        r"(?<![\w.])/hom" + r"e/(?!jan\b)\w",  # Jan is everybody
        r"\.py" + r"env",
        r"--(extra-)?index" + r"-url",
        r"pypi\.o" + r"rg/simple",
        r"files\.python" + r"hosted",
        r"artifac" + r"tory",
    ))
)  # fmt: skip


def test_no_file_names_a_place_that_only_one_machine_has() -> None:
    found = {}
    for file in repository():
        text = file.read_bytes().decode("utf-8", "replace")
        if hits := [match[0] for match in _ONE_MACHINE.finditer(text)]:
            found[str(file.relative_to(ROOT))] = hits[:3]

    assert found == {}


def test_no_file_at_the_top_is_there_by_accident() -> None:
    expected = {
        "CHANGELOG.md",
        "LICENSE",
        "README.md",
        "config.example.toml",
        "pyproject.toml",
        "requirements-dev.lock",
    }

    assert {file.name for file in ROOT.iterdir() if file.is_file() and not file.name.startswith(".")} == expected
