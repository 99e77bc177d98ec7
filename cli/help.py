"""`--help` in the owner's language: plain text, as wide as the terminal is, the same in a pipe; and short for `triage`.

The texts stand in English at the commands; here they are translated when somebody wants to read them, so that typer
need not know of languages.
"""

from __future__ import annotations

import sys
import textwrap
from contextlib import suppress
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any

import typer

from cli.letters import as_shown
from cli.tour import EXAMPLES, TOUR
from triage.i18n import N_, _

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    Record = tuple[str, str]  # what is explained, and its explanation

_ARGUMENTS, _OPTIONS, _COMMANDS = N_("Arguments"), N_("Options"), N_("Commands")
_WIDEST_LEFT = 36  # columns; what is longer stands on a line of its own
_LEAST_RIGHT = 20
_SHELL_WIDTH = 60


def speak(command: Any, *, is_bold: bool) -> None:  # noqa: ANN401 - typer has had click's commands and its own
    """Let a command, and those below it, explain themselves in the owner's language."""
    command.format_help = partial(_write_help, command, is_bold)
    for below in getattr(command, "commands", {}).values():
        speak(below, is_bold=is_bold)


def speak_to_the_shell(command: Any) -> None:  # noqa: ANN401
    """Put what a shell shows beside its suggestions into the owner's language; only where it asks for some."""
    with suppress(ImportError):  # it is typer's own; without it a shell waits a little longer
        from typer import _completion_classes

        _completion_classes._sanitize_help_text = lambda text: text  # noqa: SLF001 - loads rich to take out markup
    phrases = {name: what for _title, group in TOUR for name, what in group}
    phrase = phrases.get(command.name)
    command.short_help = (
        _(phrase) if phrase else textwrap.shorten(_first_sentence(command), _SHELL_WIDTH, placeholder="…")
    )
    for parameter in command.params:
        parameter.help = _said(parameter.help)
    for below in getattr(command, "commands", {}).values():
        speak_to_the_shell(below)


def _write_help(command: Any, is_bold: bool, context: Any, formatter: Any) -> None:  # noqa: ANN401
    width = max(formatter.width, _LEAST_RIGHT)
    parts = [
        _wrapped(_usage(command, context), width, hanging=7),
        "\n\n".join(_wrapped(part, width) for part in _said(command.help).split("\n\n")),
    ]
    for title, records in _sections(command, context):
        if records:
            heading = typer.style(_(title), bold=True) if is_bold else _(title)
            parts.append("\n".join([heading, *_listed(records, width)]))
    formatter.write(as_shown("\n\n".join(filter(None, parts)) + "\n", sys.stdout))


def _said(text: str | None) -> str:
    """Give a text paragraph by paragraph, as the catalogue has them."""
    parts = (" ".join(part.split()) for part in (text or "").split("\n\n"))
    return "\n\n".join(_(part) for part in parts)


def _usage(command: Any, context: Any) -> str:  # noqa: ANN401
    below = [_("COMMAND …")] if getattr(command, "commands", None) else []
    arguments = [_argument(each) if each.required else f"[{_argument(each)}]" for each in _arguments(command, context)]
    return " ".join([_("Usage:"), context.command_path, _("[OPTIONS]"), *arguments, *below])


def _sections(command: Any, context: Any) -> Iterator[tuple[str, Sequence[Record]]]:  # noqa: ANN401
    is_whole_program = context.parent is None
    yield _ARGUMENTS, [(_argument(each), _said(each.help)) for each in _arguments(command, context)]
    commands = getattr(command, "commands", {})
    if is_whole_program:
        yield from _tour(commands)
        yield N_("Examples"), [(what, _(why)) for what, why in EXAMPLES]
    else:
        yield _COMMANDS, [(name, _first_sentence(each)) for name, each in commands.items()]
    panels: dict[str, list[Record]] = {_OPTIONS: []}
    for option in command.get_params(context):
        if option.param_type_name == "option" and not option.hidden:
            panel = getattr(option, "rich_help_panel", None) or _OPTIONS  # not every typer gives `--help` one
            panels.setdefault(panel, []).append((_option(option), _meaning(option)))
    yield from panels.items()


def _tour(commands: dict[str, Any]) -> Iterator[tuple[str, Sequence[Record]]]:
    rest, longest = dict(commands), max(map(len, commands))
    for title, group in TOUR:
        yield title, [(f"{name:<{longest}}", _(what)) for name, what in group if rest.pop(name, None) is not None]
    yield _COMMANDS, [(name, _first_sentence(each)) for name, each in rest.items() if not each.hidden]


def _first_sentence(command: Any) -> str:  # noqa: ANN401
    return _said(command.help).partition("\n\n")[0].partition(". ")[0].removesuffix(".")


def _arguments(command: Any, context: Any) -> list[Any]:  # noqa: ANN401
    return [each for each in command.get_params(context) if each.param_type_name == "argument" and not each.hidden]


def _argument(argument: Any) -> str:  # noqa: ANN401
    return _(argument.metavar or argument.name.upper())


def _option(option: Any) -> str:  # noqa: ANN401
    """Write an option as it is typed, the short form last, as at many programs: `--quiet, -q`, `--limit N`."""
    names = ", ".join(sorted(option.opts, key=len, reverse=True))
    if option.secondary_opts:
        names += f", {', '.join(option.secondary_opts)}"
    return names if option.is_flag else f"{names} {_(option.metavar or option.name.upper())}"


def _meaning(option: Any) -> str:  # noqa: ANN401
    text, default = _said(option.help), option.default
    if option.is_flag or callable(default) or not option.show_default or default in (None, "", (), []):
        return text
    shown = default.value if isinstance(default, Enum) else default
    return text + " " + _("(without it: {default})").format(default=shown)


def _listed(records: Iterable[Record], width: int) -> Iterator[str]:
    """Write what is explained on the left and its explanation on the right, or below where it has no room there."""
    records = list(records)
    fitting = [len(left) for left, _right in records if len(left) <= _WIDEST_LEFT]
    room = max(fitting, default=0) + 4
    if width - room < _LEAST_RIGHT:
        room = 6
    for left, right in records:
        lines = textwrap.wrap(right, width - room, break_on_hyphens=False) or [""]
        if len(left) + 4 > room:
            yield f"  {left}"
        else:
            lines[0] = f"  {left:<{room - 2}}{lines[0]}".rstrip()
        first, *rest = lines
        yield first if len(left) + 4 <= room else " " * room + first
        yield from (" " * room + line for line in rest)


def _wrapped(text: str, width: int, hanging: int = 0) -> str:
    return textwrap.fill(text, width, subsequent_indent=" " * hanging, break_on_hyphens=False)
