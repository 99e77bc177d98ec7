"""What makes foreign text safe to show.

The hard truth: what does not show can act. An escape sequence in a subject writes the clipboard, a bidirectional
override turns an address round, and headers carry both inside encoded words. So all text passes here after decoding.
"""

from __future__ import annotations

import re

_INVISIBLE = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and newline, DEL, C1
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"  # soft hyphen, joiners and fillers of preheaders
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f"  # zero width, bidirectional marks, overrides and isolates
    "\ufeff\ufff9-\ufffb\ud800-\udfff"  # byte order mark, interlinear marks, lone surrogates
    "\ufdd0-\ufdef\ufffe\uffff"  # noncharacters: `text` and `mime` mark lines with them
    "\U000e0000-\U000e007f"  # tags
    "]+",
)
_PRINTABLE = "\u034f\u115f\u1160\u1427\u17b4\u17b5\u180b\u180c\u180d\u180f"  # yet not seen; Mailtrack's too
_ASCII_CONTROLS = dict.fromkeys(code for code in range(0x80) if not (chr(code).isprintable() or chr(code) in "\t\n"))
_MAX_LINE = 8 * 1024


def scrub(text: str) -> str:
    """Remove what does not show but acts: control characters, bidirectional controls, zero width, lone surrogates.

    The one place where bytes become text. Newlines and tabs stay, every line end becomes a newline.
    """
    if all_shows(text):
        return text
    for line_end in ("\r\n", "\r", "\u2028", "\u2029"):
        text = text.replace(line_end, "\n")
    # Most text is ASCII, and that is read twenty times as fast by a table.
    return text.translate(_ASCII_CONTROLS) if text.isascii() else _INVISIBLE.sub("", text)


def all_shows(text: str) -> bool:
    """Say at a glance that nothing in a text but its newlines is invisible; False where a closer look is needed."""
    return text.replace("\n", "").isprintable() and (text.isascii() or not any(map(text.__contains__, _PRINTABLE)))


def one_line(text: str, limit: int = _MAX_LINE) -> str:
    """Scrubbed text for a field of one line: white space becomes single spaces."""
    return " ".join(scrub(text).split())[:limit].rstrip()
