"""The language in which people are spoken to: the one value that all of the program shares, chosen when it starts.

Texts are English in the code and translated where they are said: `_("… {name} …").format(name=…)`. A text that stands
in a table is marked there with `N_()` and translated when it is taken out. The catalogues under `triage/locale` are
made by `tests/translations.py`, and a test holds them against the code.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from gettext import NullTranslations
    from pathlib import Path

DOMAIN = "triage"
SOURCE_LANGUAGE = "en"

_chosen = [SOURCE_LANGUAGE]


def choose_language(language: str) -> None:
    """Say in which language people are spoken to from now on."""
    _chosen[0] = language


def chosen_language() -> str:
    """Give the language that was chosen."""
    return _chosen[0]


def language_at_start(config: Path, environ: Mapping[str, str]) -> str:
    """Find the language before anything else is known: the configuration's, if that can be read, else the locale's.

    The language stands above the tables, so only that is read: what is wrong further below shall be told in it. What
    is wrong here is told later, by who needs the configuration, and leaves the choice to the locale.
    """
    import re
    import tomllib

    try:
        above = re.split(r"^\s*\[", config.read_text("utf-8-sig"), maxsplit=1, flags=re.MULTILINE)[0]
        said = tomllib.loads(above).get("language")
    except (OSError, ValueError, RecursionError):
        said = None
    return said if said in {SOURCE_LANGUAGE, "nl"} else language_of_locale(environ)


def language_of_locale(environ: Mapping[str, str]) -> str:
    """Give the language that the system is set to, if it is one of ours."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(name):
            return "nl" if environ[name].startswith("nl") else SOURCE_LANGUAGE
    import locale

    return "nl" if (locale.getlocale()[0] or "").startswith(("nl", "Dutch")) else SOURCE_LANGUAGE


@cache
def _catalogue(language: str) -> NullTranslations:
    import gettext
    from pathlib import Path

    return gettext.translation(DOMAIN, Path(__file__).parent / "locale", [language], fallback=True)


def translate(text: str, language: str) -> str:
    """Give a text in a language; what is not translated stays English."""
    return text if language == SOURCE_LANGUAGE or not text else _catalogue(language).gettext(text)


def translate_count(one: str, many: str, number: int, language: str) -> str:
    """Give the text for one or for many, as the language has it."""
    if language == SOURCE_LANGUAGE:
        return one if number == 1 else many
    return _catalogue(language).ngettext(one, many, number)


def _(text: str) -> str:
    """Give a text in the chosen language."""
    return translate(text, _chosen[0])


def ngettext(one: str, many: str, number: int) -> str:
    """Give the text for one or for many in the chosen language."""
    return translate_count(one, many, number, _chosen[0])


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it
    """Mark a text that is translated later, where it is said."""
    return text
