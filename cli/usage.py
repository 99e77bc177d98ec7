"""What typer says of wrong usage, in the owner's language.

typer (and click, which it was built on) writes these sentences in English, with the names in them. They are recognised
by their form; what is not known stays as it is.
"""

from __future__ import annotations

import re

from triage.i18n import N_, _

_SAID = (
    N_("No such option: {name}"),
    N_("No such option: {name} (Possible options: {names})"),
    N_("No such option: {name} Did you mean {names}?"),
    N_("No such command {name}."),
    N_("No such command {name}. Did you mean {names}?"),
    N_("Missing command."),
    N_("Missing argument {name}."),
    N_("Missing argument {name}. {what}"),
    N_("Missing option {name}."),
    N_("Missing option {name}. {what}"),
    N_("Invalid value for {name}: {what}"),
    N_("Invalid value: {what}"),
    N_("Option {name} requires an argument."),
    N_("Option {name} does not take a value."),
    N_("Got unexpected extra argument(s) ({names})"),
    N_("Got unexpected extra argument ({names})"),
    N_("Got unexpected extra arguments ({names})"),
    N_("{value} is not one of {names}."),
    N_("{value} is not a valid {name}."),
    N_("{value} is not a valid integer."),
    N_("{value} is not in the range {range}."),
    N_("Input should be a valid integer, unable to parse string as an integer"),
    N_("Input should be greater than or equal to {value}"),
    N_("Input should be less than or equal to {value}"),
    N_("Choose from: {names}"),
)
_BLANK = re.compile(r"\{(\w+)\}")


def told(sentence: str) -> str:
    """Give a sentence of typer's in the owner's language, if it is one that we know."""
    for said in sorted(_SAID, key=_told_literally, reverse=True):
        if found := _form(said).fullmatch(sentence):
            values = {name: _value(name, text) for name, text in found.groupdict().items()}
            return _(said).format(**values)
    return sentence


def _told_literally(said: str) -> tuple[int, int]:
    """Say how much of a sentence is fixed, before its first blank and in all: what is more surely meant goes first."""
    return len(_BLANK.split(said)[0]), len(_BLANK.sub("", said))


def _form(said: str) -> re.Pattern[str]:
    """Write a sentence with blanks as a pattern: quoted or not, on one line or several."""
    pieces = _BLANK.split(said)
    pattern = "".join(f"(?P<{piece}>.+?)" if number % 2 else re.escape(piece) for number, piece in enumerate(pieces))
    return re.compile(pattern, re.DOTALL)


def _value(name: str, text: str) -> str:
    """Translate what is a sentence itself, and the name of an argument."""
    if name == "what":
        return told(text)
    bare = text.strip("'")
    return text.replace(bare, _(bare)) if name == "name" and bare.isupper() else text
