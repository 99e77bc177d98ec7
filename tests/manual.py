"""The man page, written from the command tree: `python -m tests.manual` writes docs/triage.1 anew."""

from __future__ import annotations

import re
import textwrap
import tomllib
from dataclasses import fields
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
import typer.main

from cli.app import program
from cli.options import _EVERYWHERE, _WHICH, Which
from triage.errors import ExitStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "triage.1"

ABOUT = """
triage reads a shop's mailbox over IMAP, read-only, asks of each conversation whether a customer waits for an answer,
since when and until when, and prints whom to answer first. Nothing is sent, moved, deleted or marked on the server, and
nothing leaves the computer. Without a command it is `triage queue`.
"""
STATUSES = {
    ExitStatus.FINE: "Fine.",
    ExitStatus.BUG: "A bug in triage; please report it.",
    ExitStatus.USAGE: "Wrong usage; also an ID that is unknown or the beginning of several.",
    ExitStatus.OVERDUE: "Something is overdue (`triage overdue --exit-code`).",
    ExitStatus.CONFIGURATION: "The configuration is missing, or says something impossible.",
    ExitStatus.CONNECTION: "The server cannot be reached or trusted.",
    ExitStatus.LOGIN: "The login was refused, or a sign-in has ended.",
    ExitStatus.MAILBOX: "A mailbox of the configuration is missing.",
    ExitStatus.STORE: "The database cannot be used, or another run holds the lock.",
    ExitStatus.STALE: "The last successful sync is too long ago to say that nothing is overdue.",
    ExitStatus.TRY_LATER: "The server asks to try later.",
    ExitStatus.INCOMPLETE: "Some messages could not be fetched (`triage sync`).",
    ExitStatus.INTERRUPTED: "Interrupted.",
}
ENVIRONMENT = {
    "TRIAGE_CONFIG": "The configuration file, unless `--config` names one.",
    "TRIAGE_DATA_DIR": "The folder of the database.",
    "TRIAGE_WEIGHTS": "`off` leaves the neural network out; rules and cues judge alone.",
    "NO_COLOR": "If set, no colours.",
    "FORCE_COLOR": "If set, colours in pipes too.",
}
FILES = {
    "~/.config/triage/config.toml": "The configuration; `triage init` writes it (macOS: ~/Library/Application "
    "Support/triage; Windows: %LOCALAPPDATA%\\triage).",
    "~/.local/share/triage": "The database, readable by its owner alone.",
}
EXAMPLES = {
    "triage": "Whom to answer first.",
    "triage snooze nf6g monday 9:00": "Put a conversation away until then.",
    "triage overdue --quiet": "The report for cron: nothing is printed when nothing is overdue.",
    "triage export --format jsonl | jq .subject": "The queue for scripts.",
}
SHARED = (_EVERYWHERE, _WHICH)
"""Panels of options that many commands take: they stand on the page once."""


def manual() -> str:
    """Write the whole page."""
    group: Any = typer.main.get_command(program())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    sections = {
        "NAME": [escaped(f"{project['name']} - {_sentence_as_title(project['description'])}")],
        "SYNOPSIS": [".B triage", "[\\fIOPTIONS\\fR] [\\fICOMMAND\\fR [\\fIARGUMENTS\\fR]]"],
        "DESCRIPTION": [prose(ABOUT)],
        "COMMANDS": [line for name, command in all_commands(group) for line in _command(name, command)],
        **{title.upper(): list(_options(_of_panel(group.commands["queue"], title))) for title in SHARED},
        "EXIT STATUS": _table({str(int(status)): STATUSES[status] for status in ExitStatus}),
        "ENVIRONMENT": _table(ENVIRONMENT),
        "FILES": _table(FILES),
        "EXAMPLES": _table(EXAMPLES),
    }
    head = [
        '.\\" Written by tests/manual.py from the command tree; change the help texts there.',
        f'.TH TRIAGE 1 "" "triage {project["version"]}"',
        ".nh",
        ".ad l",
    ]
    return "\n".join([*head, *(line for title, lines in sections.items() for line in (f".SH {title}", *lines))]) + "\n"


def _sentence_as_title(sentence: str) -> str:
    """Give a description's first sentence as `apropos` lists it: no capital, no full stop."""
    first = sentence.partition(". ")[0]
    return first[:1].lower() + first[1:]


def all_commands(group: Any, above: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - no public types in typer
    """Give every command with what is typed for it, those below another behind it."""
    for name, command in group.commands.items():
        yield f"{above}{name}", command
        if hasattr(command, "commands"):
            yield from all_commands(command, f"{above}{name} ")


def _command(name: str, command: Any) -> Iterator[str]:  # noqa: ANN401
    parameters = [each for each in command.params if getattr(each, "rich_help_panel", None) not in SHARED]
    arguments = [each for each in parameters if each.param_type_name == "argument"]
    options = [each for each in parameters if each.param_type_name == "option"]
    usage = " ".join([name, *(["[OPTIONS]"] if options else []), *map(_usage, arguments)])
    yield f".SS {escaped(usage)}"
    yield prose(command.help)
    yield from _options([*arguments, *options])
    if chosen := _of_panel(command, _WHICH):
        yield ".PP"
        names = ", ".join(f"`{name}`" for each in chosen for name in each.opts)
        all_or_some = "Takes the options of" if len(chosen) == len(fields(Which)) else f"Takes {names} of"
        yield prose(f"{all_or_some} {_WHICH.upper()}.")


def _usage(argument: Any) -> str:  # noqa: ANN401
    name = argument.metavar or argument.name.upper()
    several = f"{name}…" if argument.nargs == -1 and "…" not in name else name
    return several if argument.required or several.startswith("[") else f"[{several}]"


def _of_panel(command: Any, title: str) -> list[Any]:  # noqa: ANN401
    return [each for each in command.params if getattr(each, "rich_help_panel", None) == title]


def _options(parameters: Iterable[Any]) -> Iterator[str]:
    panel = ""
    for parameter in parameters:
        if getattr(parameter, "hidden", False):
            continue
        if (named := getattr(parameter, "rich_help_panel", None)) and named not in {panel, *SHARED}:
            panel = str(named)
            yield from (".PP", f"\\fI{escaped(panel)}\\fR")
        yield ".TP"
        yield _label(parameter)
        yield prose(parameter.help)


def _label(parameter: Any) -> str:  # noqa: ANN401
    if parameter.param_type_name == "argument":
        return f"\\fI{escaped(parameter.metavar or parameter.name.upper())}\\fR"
    names = ", ".join(f"\\fB{escaped(name)}\\fR" for name in (*parameter.opts, *parameter.secondary_opts))
    return names if parameter.is_flag else f"{names} \\fI{escaped(_value(parameter))}\\fR"


def _value(option: Any) -> str:  # noqa: ANN401
    kind = option.type_descriptor.annotation
    if option.metavar:
        return str(option.metavar)
    is_choice = isinstance(kind, type) and issubclass(kind, Enum)
    return "|".join(str(each.value) for each in kind) if is_choice else str(option.name).upper()


def _table(rows: dict[str, str]) -> list[str]:
    return [line for label, text in rows.items() for line in (".TP", f"\\fB{escaped(label)}\\fR", prose(text))]


def prose(text: str) -> str:
    """Write sentences on short lines; what stands in backticks is bold."""
    words = " ".join(re.sub(r"\[/?[a-z ]+\]", "", text).split())
    parts = words.split("`")
    marked = "".join(f"\\fB{escaped(part)}\\fR" if place % 2 else escaped(part) for place, part in enumerate(parts))
    lines = textwrap.wrap(marked, 78, break_long_words=False, break_on_hyphens=False)
    return "\n".join(f"\\&{line}" if line.startswith((".", "'")) else line for line in lines)


def escaped(text: str) -> str:
    """Write a text that roff shows as it is, in letters of ASCII."""
    escapes = {"\\": "\\e", "-": "\\-", "'": "\\(aq", "~": "\\(ti", "^": "\\(ha", "`": "\\(ga", "…": "..."}
    return "".join(escapes.get(each, each if each.isascii() else f"\\[u{ord(each):04X}]") for each in text)


if __name__ == "__main__":
    PAGE.write_text(manual(), "utf-8")
