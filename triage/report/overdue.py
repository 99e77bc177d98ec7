"""The report that cron sends: only what is overdue or forgotten, as text, Markdown or HTML.

Values in, text out. Foreign words are plain text here: cleaned by the caller, escaped where the format needs it.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


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


def to_text(title: str, sections: Sequence[Section]) -> str:
    """Write plain text, each conversation in two or three lines."""
    lines = [title]
    for section in sections:
        lines += ["", f"{section.title} ({len(section.items)})"]
        for item in section.items:
            lines.append(f"  {item.id}  {item.lane}: {_name(item)}, {item.subject}")
            lines.append(f"        {item.waits}; {item.due}")
            lines += [f"        “{item.words}”"] if item.words else []
    return "\n".join(lines) + "\n"


def to_markdown(title: str, sections: Sequence[Section]) -> str:
    """Write Markdown: a heading, and a list a section."""
    lines = [f"# {_plain_in_markdown(title)}"]
    for section in sections:
        lines += ["", f"## {section.title} ({len(section.items)})", ""]
        for item in section.items:
            head = f"**{_plain_in_markdown(_name(item))}**, {_plain_in_markdown(item.subject)}"
            lines.append(f"- `{item.id}` {head} ({item.lane}): {item.waits}; {item.due}")
            lines += [f"  > {_plain_in_markdown(item.words)}"] if item.words else []
    return "\n".join(lines) + "\n"


def to_html(title: str, sections: Sequence[Section]) -> str:
    """Write one self-contained page that mail programs show: no script, no style sheet, no picture from outside."""
    parts = [
        "<!DOCTYPE html>\n",
        f'<html><head><meta charset="utf-8"><title>{escape(title)}</title></head>\n',
        f'<body style="font-family: sans-serif">\n<h1>{escape(title)}</h1>\n',
    ]
    for section in sections:
        parts.append(f"<h2>{escape(section.title)} ({len(section.items)})</h2>\n<table>\n")
        parts.extend(_html_row(item) for item in section.items)
        parts.append("</table>\n")
    parts.append("</body></html>\n")
    return "".join(parts)


def _html_row(item: Item) -> str:
    cells = (item.id, item.lane, _name(item), item.subject, item.waits, item.due, item.words)
    inner = "".join(f'<td style="padding: 2px 8px; vertical-align: top">{escape(cell)}</td>' for cell in cells)
    return f"<tr>{inner}</tr>\n"


def _name(item: Item) -> str:
    return f"{item.who} <{item.email}>" if item.email and item.email != item.who else item.who


def _plain_in_markdown(text: str) -> str:
    """Take away what Markdown or HTML in it would mean."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()#+!|<>~" else sign for sign in text)


def is_empty(sections: Iterable[Section]) -> bool:
    """Say whether there is nothing to report."""
    return not any(section.items for section in sections)
