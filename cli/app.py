"""The command line: global options, and the table of commands."""

from __future__ import annotations

import sys

import typer

from cli.check import check
from cli.demo import demo
from cli.export import export
from cli.options import Manners, takes
from cli.overdue import overdue
from cli.queue import queue
from cli.show import show
from cli.sync import sync

app = typer.Typer(
    name="triage",
    help="Says which customer mail to answer first, and why. Reads IMAP, changes nothing on the server.",
    no_args_is_help=False,
    pretty_exceptions_enable=False,  # they print local variables, and with them passwords
    context_settings={"help_option_names": ["--help", "-h"]},
)

_COMMANDS = (queue, sync, overdue, export, show, check, demo)
for _command in _COMMANDS:
    app.command()(_command)


@app.callback()
@takes(Manners)
def _root(manners: Manners) -> None:
    """Says which customer mail to answer first, and why. Reads IMAP, changes nothing on the server."""


_OF_NO_COMMAND = frozenset({"--help", "-h", "--version", "--install-completion", "--show-completion"})


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; `triage` alone, or with options only, is `triage queue`."""
    given = sys.argv[1:] if arguments is None else arguments
    names = {command.__name__ for command in _COMMANDS}
    is_bare = not given or given[0].startswith("-")
    if is_bare and _OF_NO_COMMAND.isdisjoint(given) and names.isdisjoint(given):
        given = ["queue", *given]
    app(given)
