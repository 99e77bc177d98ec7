"""The command line: global options, and the table of commands."""

from __future__ import annotations

import io
import os
import sys
from importlib import import_module
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

import typer
import typer.main

from cli import letters
from cli.__main__ import INTERRUPTED
from cli.help import speak, speak_to_the_shell
from cli.options import Manners, complain, read_only_what_needs_it, takes
from cli.usage import told
from triage.config import find_config
from triage.errors import ExitStatus
from triage.i18n import _, choose_language, language_at_start

if TYPE_CHECKING:
    from collections.abc import Container

_MODULES = {
    "queue": ("queue",),
    "sync": ("sync",),
    "overdue": ("overdue",),
    "export": ("export",),
    "show": ("show",),
    "open": ("open",),
    "decide": ("done", "reopen", "snooze", "assign", "note", "undo", "log"),
    "correct": ("correct", "confirm"),
    "evaluate": ("evaluate",),
    "stored": ("purge", "forget"),
    "init": ("init",),
    "login": ("login",),
    "check": ("check",),
    "demo": ("demo",),
    "notes": ("notes",),
}
COMMANDS = {name: f"cli.{module}" for module, names in _MODULES.items() for name in names}
"""The module in which each command stands, under its own name."""


def program(asked: Container[str] = COMMANDS) -> typer.Typer:
    """Make the command line. Of a command that is not `asked` for only the name is there: importing it takes time."""
    app = typer.Typer(
        name="triage",
        help="Says which customer mail to answer first, and why. Reads IMAP, changes nothing on the server.",
        no_args_is_help=False,
        pretty_exceptions_enable=False,  # they print local variables, and with them passwords
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    app.callback()(_root)
    for name, module in COMMANDS.items():
        command = getattr(import_module(module), name) if name in asked else _not_asked_for
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def _not_asked_for() -> None:
    """Stand for a command whose name alone is wanted."""


@takes(Manners)
def _root(manners: Manners) -> None:
    """Says which customer mail to answer first, and why. Reads IMAP, changes nothing on the server."""


_OF_NO_COMMAND = frozenset({"--help", "-h", "--version", "--install-completion", "--show-completion"})
_USAGE_ERROR = next(
    kind for kind in typer.BadParameter.__mro__ if issubclass(kind, Exception) and kind.__name__ == "ClickException"
)
"""Newer typer brings its own copy of click, so its errors are found by way of one that it names."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; `triage` alone, or with options only, is `triage queue`."""
    _replace_closed_streams()
    given = list(sys.argv[1:] if arguments is None else arguments)
    is_bare = not given or given[0].startswith("-")
    if is_bare and _OF_NO_COMMAND.isdisjoint(given) and COMMANDS.keys().isdisjoint(given):
        given = ["queue", *given]
    choose_language(language_at_start(find_config(_named(given), os.environ), os.environ))
    _never_fail_at_a_letter()
    sys.exit(_run(given))


def _run(arguments: list[str]) -> int:
    """Run a command; wrong usage is told in a sentence, like every other error."""
    try:
        is_completing = "_TRIAGE_COMPLETE" in os.environ
        tree = typer.main.get_command(program(_typed_so_far() if is_completing else arguments))
        speak(tree, is_bold=_is_bold(arguments))
        read_only_what_needs_it(tree)
        if is_completing:
            speak_to_the_shell(tree)
        ended = tree(arguments, prog_name="triage", standalone_mode=False) or ExitStatus.FINE
        if ended == ExitStatus.INTERRUPTED and not isinstance(ended, ExitStatus):
            complain(_(INTERRUPTED))  # typer ended it with a number of its own: Ctrl-C came before the command began
        return int(ended)
    except _USAGE_ERROR as error:
        complain(f"{_sentence(error)} {_where_to_look(error)}")
        return ExitStatus.USAGE
    except (typer.Abort, KeyboardInterrupt):
        complain(_(INTERRUPTED))
        return ExitStatus.INTERRUPTED


def _typed_so_far() -> list[str]:
    """Give the words behind which a shell wants to know what may come."""
    return " ".join(os.environ.get(name, "") for name in ("COMP_WORDS", "_TYPER_COMPLETE_ARGS")).split()


def _named(arguments: list[str]) -> Path | None:
    """Find the configuration that is named, before anything is parsed, for the language in which to complain."""
    for word, following in zip_longest(arguments, arguments[1:], fillvalue=""):
        if word == "--config" and following:
            return Path(following)
        if word.startswith("--config="):
            return Path(word.partition("=")[2])
    return None


def _is_bold(arguments: list[str]) -> bool:
    """Say whether headings of a help stand out: on a terminal, for who wants it."""
    is_plain = {"--plain", "--no-color"} & set(arguments) or os.environ.get("NO_COLOR")
    return sys.stdout.isatty() and not is_plain


def _sentence(error: Exception) -> str:
    said: str = error.format_message()  # type: ignore[attr-defined] # every ClickException has it
    said = told(said.replace("Value error, ", "").strip())
    return said if said.endswith((".", "?")) else f"{said}."


def _where_to_look(error: Exception) -> str:
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "triage"
    return _("`{command} --help` shows what there is.").format(command=command)


def _replace_closed_streams() -> None:
    """Write to the null device where a standard stream is closed (`>&-`) or missing (pythonw, Windows services)."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - as long as we run


def _never_fail_at_a_letter() -> None:
    """Write UTF-8 to files and pipes whatever the locale, and to a terminal without a letter one that reads alike."""
    letters.register()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors=letters.NEAREST)
