"""Whatever people read is there in Dutch: the catalogue is held against the code, and the code against the catalogue.

After a text has changed: `python -m tests.translations`.
"""

from __future__ import annotations

import ast
import io
import re
from gettext import GNUTranslations
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("babel", reason="catalogues are made by Babel (a development dependency)")

from babel.messages.pofile import write_po

from cli import app, ask
from cli.tour import EXAMPLES
from tests import translations
from triage import config_values, errors
from triage.i18n import DOMAIN, N_, translate

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = translations.ROOT
RENEW = "run `python -m tests.translations`, fill in what it lists, and run it again"
STORED = translations.stored()
MESSAGES = [message for message in STORED if message.id]


def both(text: Any) -> tuple[str, ...]:  # noqa: ANN401 - a text, or one for a single thing and one for many
    return (text,) if isinstance(text, str) else tuple(text)


# -- the catalogue -----------------------------------------------------------------------------------------------------


def test_the_catalogue_holds_the_texts_of_the_code_and_no_others() -> None:
    in_the_catalogue = {both(message.id) for message in MESSAGES}
    in_the_code = {both(text) for text in translations.texts()}

    assert (in_the_code - in_the_catalogue, in_the_catalogue - in_the_code) == (set(), set()), RENEW


def test_every_text_is_translated() -> None:
    assert translations.missing(STORED) == [], RENEW


def test_nothing_in_the_catalogue_is_a_guess_or_obsolete() -> None:
    assert ([message.id for message in MESSAGES if message.fuzzy], list(STORED.obsolete)) == ([], [])


def test_the_catalogue_is_written_as_the_tool_writes_it() -> None:
    target = io.BytesIO()
    write_po(target, translations.renewed(STORED), width=110, include_lineno=False)

    assert target.getvalue().decode() == translations.PO.read_text("utf-8"), RENEW


def test_the_compiled_catalogue_is_that_of_the_written_one() -> None:
    def texts(source: bytes) -> dict[Any, str]:
        found: dict[Any, str] = GNUTranslations(io.BytesIO(source))._catalog  # type: ignore[attr-defined]  # noqa: SLF001
        return {text: said for text, said in found.items() if text}

    assert texts(translations.MO.read_bytes()) == texts(translations.compiled(STORED)), RENEW


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def is_format(text: str) -> bool:
    """Whether a text has blanks; a brace that means itself stands in texts that are not filled in."""
    try:
        return all(name.isidentifier() for name in blanks(text))
    except ValueError:
        return False


def test_the_blanks_are_the_same_in_both_languages() -> None:
    different = [
        english
        for message in MESSAGES
        for english, dutch in zip(both(message.id), both(message.string), strict=True)
        if is_format(english) and blanks(english) != blanks(dutch)
    ]

    assert different == []


def test_no_dutch_text_is_left_in_english() -> None:
    same = {message.id for message in MESSAGES if message.id == message.string}
    words = {text for text in same if re.search(r"[a-z]{3}", re.sub(r"\{\w+\}", "", str(text)))}

    assert words == {"open", "{n} min", 'Account "{name}": {error}'}


def test_an_owner_is_addressed_as_a_friend() -> None:
    formal = [dutch for message in MESSAGES for dutch in both(message.string) if re.search(r"\b[Uu]w?\b", dutch)]

    assert formal == [], "je, jij and jouw"


def test_a_text_that_ends_a_sentence_does_so_in_both_languages() -> None:
    ends = {
        english: dutch
        for message in MESSAGES
        for english, dutch in zip(both(message.id), both(message.string), strict=True)
        if english.endswith(".") and not dutch.endswith((".", "?"))
    }

    assert ends == {}


# -- the code ----------------------------------------------------------------------------------------------------------

MARKING = frozenset({*translations.KEYWORDS, "count"})
ERRORS = {
    name for module in (errors, config_values, ask) for name in vars(module) if name.endswith("Error")
} | {"LostConnectionError", "_TokenRefusedError"}  # fmt: skip
ABROAD = {"training", "classify", "demo"}
"""Rooms in which texts of customers stand, in their languages; their errors are looked at all the same."""

SAME_EVERYWHERE = {
    "Value error, ",  # of pydantic, to be taken away
    *("until reply", "tot antwoord", "tot en met"),  # what may be typed
    "Taal / Language (nl, en)",
    "imap.example.com, imap.example.com:993",
    *("bold ", "bold color(166)", "bold color(167)"),  # styles
    *(example for example, _ in EXAMPLES),
}


def modules(*packages: str) -> list[Path]:
    return [
        file
        for package in packages
        for file in sorted((ROOT / package).rglob("*.py"))
        if not {"training", "__pycache__"} & set(file.parts)
    ]


def called(call: ast.AST) -> str:
    match call:
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            return name
    return ""


def literals(node: ast.AST) -> Iterator[ast.Constant]:
    """Give the texts in an expression, but for those that are marked."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call) and called(child) in MARKING:
            for argument in child.args:
                yield from () if isinstance(argument, ast.Constant) else literals(argument)
        else:
            yield from literals(child)


def spoken(node: ast.AST) -> Iterator[ast.AST]:
    """Give what is told to people: the text of an error, and what goes to the screen."""
    for call in ast.walk(node):
        name = called(call)
        if name in ERRORS or name in {"complain", "refuse"}:
            arguments = call.args[1:2] if name == "refuse" else call.args[:1]  # type: ignore[attr-defined]
            yield from arguments
            yield from (word.value for word in call.keywords if word.arg == "hint")  # type: ignore[attr-defined]
        elif isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] in _SPEAKING:
            yield from (*call.args, *(word.value for word in call.keywords if word.arg == "label"))


_SPEAKING = {"line", "wrapped", "note", "warn", "guide", "tell", "mention", "prompt", "secret", "yes", "text"}


def is_words(text: str) -> bool:
    return (
        re.search(r"[A-Za-z]{3}", text) is not None
        and re.search(r"[a-z]{2,}[.,:;!?]? |[a-z]{3}[.?!]$", text) is not None
    )


@pytest.mark.parametrize("file", modules("cli", "triage"), ids=lambda file: str(file.relative_to(ROOT)))
def test_whatever_is_told_to_people_is_marked_for_translation(file: Path) -> None:
    tree = ast.parse(file.read_text("utf-8"))
    unmarked = [
        f"{file.relative_to(ROOT)}:{text.lineno}: {text.value!r}"
        for told in spoken(tree)
        if called(told) not in MARKING
        for text in literals(told)
        if is_words(str(text.value)) and str(text.value) not in SAME_EVERYWHERE
    ]

    assert unmarked == [], 'write _("… {name} …").format(name=…), or N_("…") where it is said later'


def sentences(tree: ast.Module) -> Iterator[ast.Constant]:
    """Give what looks like a sentence and is neither marked nor a docstring, nor said to developers alone."""

    def walk(node: ast.AST) -> Iterator[ast.Constant]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
                continue
            if isinstance(child, ast.Raise) and called(child.exc or child) in {"ValueError", "AssertionError"}:
                continue
            if called(child) in {"compile", "fullmatch", "match", "search", "sub", "Option", "Argument", "Typer"}:
                continue
            if called(child) in MARKING:
                for argument in child.args:  # type: ignore[attr-defined]
                    yield from () if isinstance(argument, ast.Constant) else walk(argument)
                continue
            if isinstance(child, ast.Constant) and isinstance(child.value, str):
                yield child
            yield from walk(child)

    yield from walk(tree)


@pytest.mark.parametrize("file", modules("cli"), ids=lambda file: file.name)
def test_the_command_line_has_no_text_that_is_not_translated(file: Path) -> None:
    """Two words beside each other are a text; those of options are taken from the commands themselves."""
    known = {text for pair in translations.texts() for text in both(pair)} | SAME_EVERYWHERE
    found = [
        f"{file.name}:{text.lineno}: {text.value!r}"
        for text in sentences(ast.parse(file.read_text("utf-8")))
        if re.search(r"[A-Za-z’']{2,}[,:;]? [a-z]{2,}", str(text.value)) and str(text.value) not in known
    ]

    assert file.name == "hours.py" or found == []  # hours.py knows the weekdays of four languages


@pytest.mark.parametrize(
    "file",
    [file for file in modules("triage") if not ABROAD & set(file.parts)],
    ids=lambda file: str(file.relative_to(ROOT)),
)
def test_the_core_has_no_sentence_that_is_not_translated(file: Path) -> None:
    found = [
        f"{file.relative_to(ROOT)}:{text.lineno}: {text.value!r}"
        for text in sentences(ast.parse(file.read_text("utf-8")))
        if re.search(r"^ ?[A-Z][a-z]+(?: [a-z]+){2}|[a-z]{2} [a-z]{2,}[.?]$", str(text.value))
    ]

    assert found == []


@pytest.mark.parametrize("file", modules("cli", "triage"), ids=lambda file: str(file.relative_to(ROOT)))
def test_every_marked_text_is_found_by_the_extractor(file: Path) -> None:
    """Babel does not look into the braces of an f-string, and loses a `count()` in a `count()`."""
    known = {text for pair in translations.texts() for text in both(pair)}
    marking = MARKING if file.is_relative_to(ROOT / "cli") else MARKING - {"count"}
    lost = [
        argument.value
        for call in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(call, ast.Call) and called(call) in marking
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and len(argument.value) > 1
        if argument.value not in known
    ]

    assert lost == [], "put it into a variable before it goes into an f-string"


def test_a_text_is_looked_up_whole() -> None:
    """A text that was formatted before it is looked up is not found, and stays English."""
    early = [
        f"{file.relative_to(ROOT)}:{call.lineno}"
        for file in modules("cli", "triage")
        for call in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(call, ast.Call) and called(call) in {"_", "N_", "ngettext", "say"}
        for argument in call.args[:1]
        if isinstance(argument, ast.JoinedStr) or called(argument) == "format"
    ]

    assert early == []


def test_what_is_not_translated_stays_english() -> None:
    assert translate(N_("There is nothing to undo."), "nl") == "Er is niets om terug te draaien."
    assert translate("nobody wrote this down", "nl") == "nobody wrote this down"
    assert translate("There is nothing to undo.", "en") == "There is nothing to undo."


def test_the_catalogue_is_part_of_the_package() -> None:
    assert translations.MO.is_relative_to(Path(app.__file__).parents[1] / "triage")
    assert translations.MO.name == f"{DOMAIN}.mo"
