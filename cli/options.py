"""Options that many commands share, each group a dataclass, and the one place where errors become exit statuses."""

from __future__ import annotations

import errno
import functools
import inspect
import os
import shutil
import sys
import textwrap
import traceback
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from cli.__main__ import INTERRUPTED
from cli.letters import as_shown
from triage.errors import ExitStatus, TriageError
from triage.i18n import _
from triage.mail.scrub import one_line, scrub
from triage.model import Kind, Lane, Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from enum import StrEnum

_EVERYWHERE = "Options that work everywhere"
_WHICH = "Which conversations"


def _names(codes: type[StrEnum]) -> str:
    return ", ".join(code.value for code in codes)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"triage {version('triage')}")
        raise typer.Exit


@dataclass(frozen=True, slots=True)
class Manners:
    """How every command behaves."""

    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="PATH", help="The configuration file.", rich_help_panel=_EVERYWHERE),
    ] = None
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Say only what matters.", rich_help_panel=_EVERYWHERE)
    ] = False
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say also what was fetched.", rich_help_panel=_EVERYWHERE)
    ] = False
    plain: Annotated[
        bool, typer.Option("--plain", help="No boxes, colours or columns.", rich_help_panel=_EVERYWHERE)
    ] = False
    color: Annotated[
        bool | None,
        typer.Option("--color/--no-color", help="Colours, or none.", rich_help_panel=_EVERYWHERE, show_default=False),
    ] = None
    no_pager: Annotated[
        bool,
        typer.Option("--no-pager", help="Print all at once, however long it is.", rich_help_panel=_EVERYWHERE),
    ] = False
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Print the version and exit.",
            rich_help_panel=_EVERYWHERE,
        ),
    ] = False

    def over(self, general: Manners) -> Manners:
        """Give these, with what was said before the command for what was not said behind it."""
        return Manners(
            self.config or general.config,
            self.quiet or general.quiet,
            self.verbose or general.verbose,
            self.plain or general.plain,
            color=general.color if self.color is None else self.color,
            no_pager=self.no_pager or general.no_pager,
        )


_Accounts = Annotated[
    list[str] | None,
    typer.Option("--account", metavar="NAME", help="Only this account; may be repeated.", rich_help_panel=_WHICH),
]
_At = Annotated[
    str | None,
    typer.Option("--at", metavar="DATETIME", help="As if it were this moment (ISO 8601).", rich_help_panel=_WHICH),
]
_NoSync = Annotated[bool, typer.Option("--no-sync", help="Use what is stored; ask no server.", rich_help_panel=_WHICH)]


@dataclass(frozen=True, slots=True)
class Which:
    """Which conversations a command shows, and as of when."""

    account: _Accounts = None
    at: _At = None
    no_sync: _NoSync = False
    kind: Annotated[
        list[Kind] | None,
        typer.Option("--kind", metavar="KIND", help=f"Only this kind: {_names(Kind)}.", rich_help_panel=_WHICH),
    ] = None
    lane: Annotated[
        list[Lane] | None,
        typer.Option("--lane", metavar="LANE", help=f"Only this lane: {_names(Lane)}.", rich_help_panel=_WHICH),
    ] = None
    status: Annotated[
        list[Status] | None,
        typer.Option("--status", metavar="STATUS", help=f"Only this status: {_names(Status)}.", rich_help_panel=_WHICH),
    ] = None
    person: Annotated[
        str | None,
        typer.Option("--for", metavar="PERSON", help="Only what is assigned to this person.", rich_help_panel=_WHICH),
    ] = None
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=0, help="At most this many.", rich_help_panel=_WHICH)
    ] = None


@dataclass(frozen=True, slots=True)
class Named:
    """In which accounts a command looks for the IDs that it is given, and as of when; it never asks a server."""

    account: _Accounts = None
    at: _At = None
    no_sync: _NoSync = False

    def which(self) -> Which:
        """Say it as the commands do that show many conversations."""
        return Which(account=self.account, at=self.at, no_sync=True)


def takes(*groups: type[Any]) -> Callable[[Callable[..., Any]], Callable[..., None]]:
    """Give a command the options of these groups, handed over as one argument each, and turn errors into exit statuses.

    A group's argument is named like its class in lower case. `Manners` come merged with those before the command.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., None]:
        own = [
            p
            for p in inspect.signature(function, eval_str=True).parameters.values()
            if p.name not in _arguments(groups)
        ]

        @functools.wraps(function)
        def command(ctx: typer.Context, **values: Any) -> None:  # noqa: ANN401 - whatever typer parsed
            given = {group.__name__.lower(): _take(group, values) for group in groups}
            if "manners" in given and isinstance(ctx.obj, Manners):
                given["manners"] = given["manners"].over(ctx.obj)
            ctx.obj = given.get("manners", ctx.obj)
            with _plain_endings():
                function(**values, **given)

        shared = [parameter for group in groups for parameter in _parameters(group)]
        context = inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
        parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in (context, *own, *shared)]
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        command.__annotations__ = {p.name: p.annotation for p in parameters}
        del command.__wrapped__  # else the signature would be that of the function
        return command

    return decorate


def read_only_what_needs_it(command: Any) -> None:  # noqa: ANN401 - typer has had click's commands and its own
    """Let a command, and those below it, take defaults and plain text as they are.

    Nothing is to be made of them; but typer has pydantic read every value, whose import takes a third of a short run.
    """
    command.get_params = functools.partial(_with_spared_readers, command.get_params)
    for below in getattr(command, "commands", {}).values():
        read_only_what_needs_it(below)


def _with_spared_readers(get_params: Callable[[Any], list[Any]], context: Any) -> list[Any]:  # noqa: ANN401
    parameters = get_params(context)  # with `--help`, which is made when it is first asked for
    for parameter in parameters:
        if "process_value" not in vars(parameter):
            parameter.process_value = functools.partial(_read_if_needed, parameter, parameter.process_value)
    return parameters


def _read_if_needed(parameter: Any, read: Callable[..., Any], context: Any, value: Any) -> Any:  # noqa: ANN401
    if context.get_parameter_source(parameter.name).name == "DEFAULT":
        is_read = not parameter.required or context.resilient_parsing
    else:
        wanted = getattr(getattr(parameter, "type_descriptor", None), "annotation", None)
        is_read = bool(value) and wanted in {str, list[str]}
    if not is_read:
        return read(context, value)
    if value is None and (parameter.multiple or parameter.nargs == -1):
        value = ()
    return parameter.callback(context, parameter, value) if parameter.callback else value


def _arguments(groups: tuple[type[Any], ...]) -> set[str]:
    return {group.__name__.lower() for group in groups}


def _take(group: type[Any], values: dict[str, Any]) -> Any:  # noqa: ANN401 - an instance of the group
    return group(**{field.name: values.pop(field.name) for field in fields(group)})


def _parameters(group: type[Any]) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if field.default is MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in fields(group)
    ]


_NO_ROOM = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


class _plain_endings:  # noqa: N801 - reads as what it is: with _plain_endings()
    """End a command in plain words: the one place that turns a `TriageError` into stderr and its exit status."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is None:
            error = _flush()
        match error:
            case None | typer.Exit():
                return
            case TriageError():
                complain(str(error))
                raise typer.Exit(error.status) from None
            case BrokenPipeError():
                _close_stdout()
                raise typer.Exit(ExitStatus.FINE) from None
            case KeyboardInterrupt():
                complain(_(INTERRUPTED))
                raise typer.Exit(ExitStatus.INTERRUPTED) from None
            case OSError() if error.errno in _NO_ROOM:
                _close_stdout()
                complain(_("The disk is full. Make room and run triage again; nothing that was stored is lost."))
                raise typer.Exit(ExitStatus.STORE) from None
            case Exception():
                typer.echo(scrub("".join(traceback.format_exception(error))).rstrip(), err=True)
                complain(_("This is a bug in triage. Please report it with the lines above; they hold no password."))
                raise typer.Exit(ExitStatus.BUG) from None
            case _:
                return


def _flush() -> BaseException | None:
    """Write out what is still held back, so that a closed pipe is noticed here."""
    try:
        sys.stdout.flush()
    except BrokenPipeError as error:
        return error
    return None


def _close_stdout() -> None:
    """Let Python's own last flush find nothing to complain about."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def complain(sentence: str) -> None:
    """Say on stderr what went wrong: a line for scripts, broken between words for a person."""
    line = f"triage: {one_line(sentence)}"
    if sys.stderr.isatty():
        width = shutil.get_terminal_size().columns
        line = textwrap.fill(line, max(20, width), break_long_words=False, break_on_hyphens=False)
    typer.echo(as_shown(line, sys.stderr), err=True)
