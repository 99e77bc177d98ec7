"""The command line: global options, and the table of commands."""

from __future__ import annotations

import io
import os
import sys
from itertools import zip_longest
from pathlib import Path

import typer
import typer.main

from cli import letters
from cli.__main__ import INTERRUPTED
from cli.check import check
from cli.correct import confirm, correct
from cli.decide import assign, done, log, note, reopen, snooze, undo
from cli.demo import demo
from cli.evaluate import evaluate
from cli.export import export
from cli.help import speak, speak_to_the_shell
from cli.init import init
from cli.login import login
from cli.notes import notes
from cli.open import open as open_mail
from cli.options import Manners, complain, takes
from cli.overdue import overdue
from cli.queue import queue
from cli.show import show
from cli.stored import forget, purge
from cli.sync import sync
from cli.usage import told
from triage.config import find_config
from triage.errors import ExitStatus
from triage.i18n import _, choose_language, language_at_start

app = typer.Typer(
    name="triage",
    help="Says which customer mail to answer first, and why. Reads IMAP, changes nothing on the server.",
    no_args_is_help=False,
    pretty_exceptions_enable=False,  # they print local variables, and with them passwords
    context_settings={"help_option_names": ["--help", "-h"]},
)

_COMMANDS = (
    queue, sync, overdue, export, show, open_mail,
    done, reopen, snooze, assign, note, undo, log, correct, confirm, evaluate,
    purge, forget,
    init, login, check, demo,
)  # fmt: skip
for _command in _COMMANDS:
    app.command()(_command)
app.add_typer(notes, name="notes")


@app.callback()
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
    given = list(sys.argv[1:] if arguments is None else arguments)
    names = {"notes", *(command.__name__ for command in _COMMANDS)}
    is_bare = not given or given[0].startswith("-")
    if is_bare and _OF_NO_COMMAND.isdisjoint(given) and names.isdisjoint(given):
        given = ["queue", *given]
    choose_language(language_at_start(find_config(_named(given), os.environ), os.environ))
    _never_fail_at_a_letter()
    sys.exit(_run(given))


def _run(arguments: list[str]) -> int:
    """Run a command; wrong usage is told in a sentence, like every other error."""
    try:
        tree = speak(typer.main.get_command(app), is_bold=_is_bold(arguments))
        if "_TRIAGE_COMPLETE" in os.environ:
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


def _never_fail_at_a_letter() -> None:
    """Write UTF-8 to files and pipes whatever the locale, and to a terminal without a letter one that reads alike."""
    letters.register()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors=letters.NEAREST)
