"""The pictures of the README, made from the sample shop: `python -m tests.pictures [FOLDER]` draws docs/images anew.

The shop is shown as it looks on a Friday afternoon, so that the same program always draws the same pictures.
"""

from __future__ import annotations

import io
import os
import re
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Self
from unittest import mock

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from tests.shop import run
from triage.classify.learnt import WEIGHTS_VARIABLE
from triage.demo import demo_config, sample_shop, write_maildir

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDER = Path(__file__).parents[1] / "docs" / "images"
NOW = datetime(2026, 11, 20, 14, 10, tzinfo=UTC)
PICTURES = {
    "queue": (104, ("queue", "--limit", "12")),
    "show": (100, ("show", "gcfh")),
    "overdue": (152, ("overdue", "--limit", "2")),
}
"""Columns, and what is typed."""
LANGUAGES = {"nl": "nl_NL.UTF-8", "en": "en_GB.UTF-8"}

_COLOURS = [(46, 52, 64), (191, 97, 106), (163, 190, 140), (235, 203, 139)]
_THEME = TerminalTheme((27, 30, 36), (216, 222, 233), [*_COLOURS, *_COLOURS], [*_COLOURS, *_COLOURS])
# rich's own frame fetches a font from the network, which neither GitHub nor we want.
_FRAME = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">
<style>
.{unique_id}-matrix {{ font: {char_height}px/{line_height}px Menlo, Consolas, "DejaVu Sans Mono", monospace; }}
.{unique_id}-title {{ font: 16px system-ui, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


class _Friday(datetime):
    """A clock that stands still."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls.fromtimestamp(NOW.timestamp(), tz)


def pictures() -> dict[str, str]:
    """Draw all pictures, by the names of their files."""
    with _sample_shop():
        return {
            f"{name}-{language}.svg": _picture(name, columns, arguments, locale)
            for language, locale in LANGUAGES.items()
            for name, (columns, arguments) in PICTURES.items()
        }


@contextmanager
def _sample_shop() -> Iterator[None]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        write_maildir(folder / "mail", sample_shop(NOW))
        (folder / "config.toml").write_text(demo_config(folder / "mail"), "utf-8")
        places = {"TRIAGE_CONFIG": str(folder / "config.toml"), "TRIAGE_DATA_DIR": str(folder / "data")}
        stack.enter_context(_environment(places))
        stack.enter_context(mock.patch("cli.session.datetime", _Friday))
        for _ in range(2):  # on a first sync what was forgotten before is folded away
            assert run("sync", "--quiet").status == 0
        yield


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set variables, and take away those that would change what is said or how."""
    others = ("LC_ALL", "LC_MESSAGES", "LANG", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", WEIGHTS_VARIABLE)
    kept = {name: value for name, value in os.environ.items() if name not in others}
    with mock.patch.dict(os.environ, {**kept, **values}, clear=True):
        yield


def _picture(name: str, columns: int, arguments: tuple[str, ...], locale: str) -> str:
    with mock.patch.dict(os.environ, {"LC_ALL": locale, "COLUMNS": str(columns)}):
        result = run(*arguments, "--color")
    assert (result.status, result.err) == (0, "")
    console = Console(record=True, file=io.StringIO(), width=columns, force_terminal=True, color_system="256")
    console.print(Text("$ triage " + " ".join(arguments), "bold"))
    console.print(Text.from_ansi(result.out))
    svg = console.export_svg(title="triage", theme=_THEME, code_format=_FRAME, unique_id=name)
    return re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE)


def main(folder: Path = FOLDER) -> None:
    """Draw all pictures into a folder."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as the program does, before numpy is imported
    folder.mkdir(parents=True, exist_ok=True)
    for file, svg in pictures().items():
        (folder / file).write_text(svg, "utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
