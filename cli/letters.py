"""What to write for a letter that a console cannot show: one as wide that reads alike, else a question mark.

Windows' consoles take every letter; cp850 or cp1252 is what remains with PYTHONLEGACYWINDOWSSTDIO or PYTHONIOENCODING,
and Linux has consoles that know Latin-1 or ASCII alone.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

NEAREST = "triage.nearest"
"""The name of the error handler, for streams."""

# As wide as what it stands for, since rows are cut to columns before they are written.
_ALIKE = {
    "…": ".", "·": "-", "•": "*", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "‚": "'",
    "–": "-", "—": "-", "‑": "-", "−": "-", "×": "x", "€": "E", "ß": "s", "ø": "o", "æ": "a", "œ": "o", "ł": "l",
    "Ø": "O", "Æ": "A", "Œ": "O", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i",
    "→": ">", "←": "<",
}  # fmt: skip


def register() -> None:
    """Make the error handler known under its name."""
    codecs.register_error(NEAREST, _replace)


def as_shown(text: str, stream: TextIO) -> str:
    """Give a text in the letters that a stream has: typer takes ASCII for a mistake, and would write UTF-8 to it."""
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, NEAREST).decode(encoding)


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(nearest, error.object[error.start : error.end])), error.end


def nearest(letter: str) -> str:
    """Give what in ASCII is as wide as a letter and reads most like it."""
    import unicodedata

    if letter in _ALIKE:
        return _ALIKE[letter]
    if unicodedata.category(letter) in {"Mn", "Me", "Cf"}:  # takes no column
        return ""
    if unicodedata.east_asian_width(letter) in {"W", "F"}:
        return "??"
    base = unicodedata.normalize("NFKD", letter)[0]
    return base if base.isascii() and base.isprintable() else "?"
