"""Renew the Dutch catalogue after texts have changed: `python -m tests.translations` from the checkout.

It takes the texts out of the code (`_`, `N_`, `ngettext`, `say`, `count`) and out of the help of every command and
option, keeps the translations that there are, writes `triage/locale/nl/LC_MESSAGES/triage.po` and compiles the `.mo`.
What is new stands in the `.po` without a translation and is listed: fill it in and run this again.
"""

from __future__ import annotations

import io
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PO = ROOT / "triage" / "locale" / "nl" / "LC_MESSAGES" / "triage.po"
MO = PO.with_suffix(".mo")
KEYWORDS: dict[str, Any] = {"_": None, "N_": None, "say": None, "ngettext": (1, 2)}
SPEAKING = {"cli": KEYWORDS | {"count": (2, 3)}, "triage": KEYWORDS}
"""The packages, with the functions whose literals are texts (in the core `count()` is that of bytes and lists)."""

Text = str | tuple[str, ...]  # one, or one for a single thing and one for many


class TidyCatalog(Catalog):
    """A catalogue whose head has no dates and no versions: it changes only where a text does."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """Give what gettext needs to know."""
        return [
            ("Language", "nl"),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Plural-Forms", "nplurals=2; plural=(n != 1);"),
        ]


def in_the_code() -> Iterator[tuple[Text, str]]:
    """Give every marked text, with the file in which it stands."""
    for package, keywords in SPEAKING.items():
        for name, _line, text, *_rest in extract_from_dir(ROOT / package, [("**.py", "python")], keywords=keywords):
            if "training" not in Path(name).parts and text and text != ("",):
                yield text, f"{package}/{Path(name).as_posix()}"


def in_the_help() -> Iterator[tuple[Text, str]]:
    """Give every text that `--help` shows, by the command that shows it."""
    import typer.main

    from cli.app import program

    yield "Show this message and exit.", "triage"  # typer adds --help when a command runs
    yield from _texts_of(typer.main.get_command(program()), "triage")


def _texts_of(command: Any, name: str) -> Iterator[tuple[Text, str]]:  # noqa: ANN401 - typer's own kinds
    for part in (command.help or "").split("\n\n"):
        yield " ".join(part.split()), name
    for parameter in command.params:
        yield from ((text, name) for text in _texts_of_parameter(parameter))
    for below, sub_command in getattr(command, "commands", {}).items():
        yield from _texts_of(sub_command, f"{name} {below}")


def _texts_of_parameter(parameter: Any) -> Iterator[str]:  # noqa: ANN401
    yield " ".join((parameter.help or "").split())
    yield parameter.rich_help_panel or ""
    if any(word.isupper() and len(word) > 1 for word in (parameter.metavar or "").replace("…", "").split()):
        yield parameter.metavar


@cache
def texts() -> dict[Text, list[str]]:
    """Give every text that people read, with where it stands."""
    places: dict[Text, list[str]] = {}
    for text, place in (*in_the_code(), *in_the_help()):
        if text and place not in places.setdefault(text, []):
            places[text].append(place)
    return places


def stored() -> Catalog:
    """Read the catalogue as it lies in the checkout."""
    with PO.open("rb") as file:
        return read_po(file, locale="nl", domain="triage")


def renewed(before: Catalog) -> TidyCatalog:
    """Give the catalogue of the texts of today, with the translations there were; no guesses and nothing obsolete."""
    catalog = TidyCatalog(locale="nl", domain="triage", fuzzy=False, charset="utf-8")
    catalog.header_comment = "# The Dutch of triage. Made by tests/translations.py; write only behind msgstr."
    for text, places in sorted(texts().items(), key=lambda item: (item[1][0], str(item[0]))):
        known = before.get(text[0] if isinstance(text, tuple) else text)
        catalog.add(text, _kept(text, known.string if known else ""), locations=[(place, 0) for place in places])
    return catalog


def _kept(text: Text, string: Any) -> Any:  # noqa: ANN401 - a text or two
    is_plural = isinstance(text, tuple)
    return string if isinstance(string, tuple | list) == is_plural else ("", "") if is_plural else ""


def compiled(catalog: Catalog) -> bytes:
    """Give the bytes of the `.mo`."""
    target = io.BytesIO()
    write_mo(target, catalog)
    return target.getvalue()


def missing(catalog: Catalog) -> list[str]:
    """Name the texts that have no translation yet."""
    return [
        str(message.id)
        for message in catalog
        if message.id and not all(message.string if isinstance(message.string, tuple | list) else [message.string])
    ]


def main() -> None:
    """Renew both files."""
    PO.parent.mkdir(parents=True, exist_ok=True)
    catalog = renewed(stored() if PO.exists() else Catalog())
    with PO.open("wb") as file:
        write_po(file, catalog, width=110, include_lineno=False)
    MO.write_bytes(compiled(catalog))
    todo = missing(catalog)
    sys.stdout.write(f"{len(catalog)} texts, {len(todo)} without a translation\n")
    sys.stdout.writelines(f"  {text}\n" for text in todo)


if __name__ == "__main__":
    main()
