"""The sender's newest words: HTML to text, without quotes, signature, device line and disclaimer.

The hard truth: nothing in a mail says where the answer ends and the quote begins; every program marks it in its own
words, and a leaked quote makes the shop's words look like the customer's. So everything here looks for proof (a quote
header, `>`, a container that a mail program made), and what is not proven to be quote or signature stays with the
sender.

HTML is turned into the same marks that plain text has: quoted lines get `> `, lines of a signature get `SIGNATURE`
before them. Nothing here raises, and all of it is linear in the length of the mail.
"""

from __future__ import annotations

from dataclasses import dataclass

from triage.mail.html import html_to_text
from triage.mail.marks import SIGNATURE, Part, squeezed, visible
from triage.mail.quotes import history_marked, quotes_someone
from triage.mail.signature import signature_marked
from triage.mail.subject import is_forward_subject, stripped_subject

__all__ = ["SIGNATURE", "Split", "html_to_text", "is_forward_subject", "split_newest", "stripped_subject"]


@dataclass(frozen=True, slots=True)
class Split:
    """A mail in three: the sender's newest words, the quoted history, and what only says who wrote."""

    newest: str
    history: str
    signature: str


def split_newest(text: str) -> Split:
    """Tell the sender's newest words from quoted history and signature.

    Words written between or below quoted lines are the sender's. A mere forward has no newest words. A text that would
    be left without words although it quotes nothing is given back as it stands.
    """
    lines = _lines(text)
    parts = history_marked(lines)
    for start, stop in _runs(parts):
        parts[start:stop] = signature_marked(lines[start:stop])
    split = Split(*(_joined(lines, parts, part) for part in Part))
    if split.newest or quotes_someone(split.history):
        return split
    return Split("\n".join(lines).replace(SIGNATURE, "").strip(), "", "")


def _lines(text: str) -> list[str]:
    tidy = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ")
    return [line.rstrip() for line in visible(tidy).split("\n")]


def _joined(lines: list[str], parts: list[Part], wanted: Part) -> str:
    """Join the lines of one part, with an empty line where others stood between them."""
    chosen: list[str] = []
    for index, line in enumerate(lines):
        if parts[index] is wanted:
            if wanted is Part.NEWEST and index and parts[index - 1] is not wanted:
                chosen.append("")
            chosen.append(line.removeprefix(SIGNATURE))
    if wanted is Part.HISTORY:
        return "\n".join(chosen).strip("\n")
    return "\n".join(squeezed(chosen)).strip()


def _runs(parts: list[Part]) -> list[tuple[int, int]]:
    """Where the sender's own lines stand together: from, up to."""
    edges = [
        index
        for index in range(len(parts) + 1)
        if (index < len(parts) and parts[index] is Part.NEWEST) != (index > 0 and parts[index - 1] is Part.NEWEST)
    ]
    return list(zip(edges[::2], edges[1::2], strict=True))
