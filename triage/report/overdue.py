"""The report that cron sends: only what is overdue or forgotten, as text, Markdown or HTML.

Values in, text out. Foreign words are plain text here: cleaned by the caller, escaped where the format needs it.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Item:
    """One conversation in the report, all of it as people read it."""

    id: str
    who: str
    email: str
    subject: str
    lane: str
    waits: str
    due: str
    words: str


@dataclass(frozen=True, slots=True)
class Section:
    """What is overdue, or what is forgotten."""

    title: str
    items: tuple[Item, ...]


def to_text(title: str, sections: Sequence[Section], nothing: str, _language: str = "") -> str:
    """Write plain text, each conversation in two or three lines; `nothing` is said when there is nothing to report."""
    lines = [title, *(() if sections else ("", nothing))]
    for section in sections:
        lines += ["", f"{section.title} ({len(section.items)})"]
        for item in section.items:
            indent = " " * (len(item.id) + 4)
            lines.append(f"  {item.id}  {item.lane}: {_name(item)}, {shortened(item.subject)}")
            lines.append(f"{indent}{item.waits}; {item.due}")
            lines += [f"{indent}“{shortened(item.words)}”"] if item.words else []
    return "\n".join(lines) + "\n"


def to_markdown(title: str, sections: Sequence[Section], nothing: str, _language: str = "") -> str:
    """Write Markdown: a heading, and a list a section."""
    lines = [f"# {_plain_in_markdown(title)}", *(() if sections else ("", nothing))]
    for section in sections:
        lines += ["", f"## {section.title} ({len(section.items)})", ""]
        for item in section.items:
            head = f"**{_plain_in_markdown(_name(item))}**, {_plain_in_markdown(shortened(item.subject))}"
            lines.append(f"- `{item.id}` {head} ({item.lane}): {item.waits}; {item.due}")
            lines += [f"  > {_plain_in_markdown(shortened(item.words))}"] if item.words else []
    return "\n".join(lines) + "\n"


def to_html(title: str, sections: Sequence[Section], nothing: str, language: str = "en") -> str:
    """Write one self-contained page that mail programs show: no script, no style sheet, no picture from outside."""
    parts = [
        "<!DOCTYPE html>\n",
        f'<html lang="{escape(language)}"><head><meta charset="utf-8"><title>{escape(title)}</title></head>\n',
        f'<body style="font-family: sans-serif">\n<h1>{escape(title)}</h1>\n',
    ]
    if not sections:
        parts.append(f"<p>{escape(nothing)}</p>\n")
    for section in sections:
        parts.append(f"<h2>{escape(section.title)} ({len(section.items)})</h2>\n<table>\n")
        parts.extend(_html_row(item) for item in section.items)
        parts.append("</table>\n")
    parts.append("</body></html>\n")
    return "".join(parts)


def _html_row(item: Item) -> str:
    cells = (item.id, item.lane, _name(item), shortened(item.subject), item.waits, item.due, shortened(item.words))
    inner = "".join(f'<td style="padding: 2px 8px; vertical-align: top">{escape(cell)}</td>' for cell in cells)
    return f"<tr>{inner}</tr>\n"


def _name(item: Item) -> str:
    return f"{item.who} <{item.email}>" if item.email and item.email != item.who else item.who


def _plain_in_markdown(text: str) -> str:
    """Take away what Markdown or HTML in it would mean."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()#+!|<>~" else sign for sign in text)


def shortened(text: str, longest: int = 160) -> str:
    """Cut a text that is too long for a report, with an ellipsis."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
