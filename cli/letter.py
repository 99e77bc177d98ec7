"""The words of a mail as a person reads them: what is new in it first, and what it quotes folded away."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING

from triage.i18n import N_
from triage.model import Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cli.session import Session
    from triage.model import Conversation, Member

_WIDEST = 100  # cells; longer lines are hard to read
_INDENT = "  "
_QUOTE = (">", "|")
_BEGINS_ANEW = (*_QUOTE, "-", "*", "•", "–", "#", " ", "\t", *"0123456789")
_WITHOUT_WORDS = frozenset({Part.AUTOMATIC, Part.BOUNCE, Part.ACKNOWLEDGEMENT, Part.DISCARDED})


@dataclass(frozen=True, slots=True)
class Reading:
    """How much is read: also what mails quote (`history`), and not the newest round alone (`everything`)."""

    history: bool = False
    everything: bool = False


def print_words(session: Session, conversation: Conversation, reading: Reading) -> None:
    """Print what the customer wrote in the newest round, else the newest mail that is not ours; or all that is there.

    Several mails come in order of receipt, each under who wrote it when.
    """
    members = _to_read(conversation, reading)
    stored = session.store.words([member.entry.key for member in members])
    for member in members:
        text, source = stored.get(member.entry.key, ("", b""))
        if len(members) > 1 or reading.everything:
            _print_author(session, member)
        is_purged = not text and not source
        empty = N_("(its words were purged)") if is_purged else N_("(no words)")
        _print_text(session, text or session.words.say(empty))
        _print_history(session, _history(member, source), reading)
        session.screen.line()


def _to_read(conversation: Conversation, reading: Reading) -> Sequence[Member]:
    if reading.everything:
        return [member for member in conversation.members if member.part not in _WITHOUT_WORDS] or conversation.members
    if conversation.rounds:
        return conversation.rounds[-1].questions
    return [member for member in conversation.members if not member.is_ours][-1:]


def _print_author(session: Session, member: Member) -> None:
    from cli.render import QUIET_STYLE

    person = member.entry.sender if member.is_ours else member.entry.person
    when = session.words.full(member.entry.received_at)
    session.screen.wrapped((person.name or person.email or "?", "bold"), (f"  {when}", QUIET_STYLE))


def _print_text(session: Session, text: str, style: str = "") -> None:
    room = min(session.screen.width, _WIDEST) - len(_INDENT)
    for line in flowed(text.splitlines(), room):
        for piece in _quoted(line, room) if line.startswith(_QUOTE) else (line,):
            session.screen.wrapped((piece, style), label=_INDENT, at_most=_WIDEST)


def _quoted(line: str, room: int) -> Iterator[str]:
    """Break a quoted line so that every piece of it stands behind the marks of the quote."""
    words = line.lstrip("".join(_QUOTE) + " ")
    marks = line[: len(line) - len(words)][: room // 2]
    yield from (marks + piece for piece in wrap(words, room - len(marks)) or ("",))


def flowed(lines: Sequence[str], room: int) -> list[str]:
    """Join a line that is too long to stand on one with the line that goes on with it.

    What a mail program broke at its own width would else be broken twice: a full line, half a line, a full line.
    """
    found: list[str] = []
    goes_on = False
    for line in lines:
        if goes_on and line.strip() and not line.startswith(_BEGINS_ANEW):
            found[-1] = f"{found[-1].rstrip()} {line.strip()}"
        else:
            found.append(line)
        goes_on = len(line) > room and " " in line.strip() and not line.startswith(_QUOTE)
    return found


def _history(member: Member, source: bytes) -> str:
    from triage.mail.message import read_message

    return read_message(source, member.entry.received_at, truncated=True).history.strip("\n")


def _print_history(session: Session, history: str, reading: Reading) -> None:
    """Print what a mail quotes and how it is signed; folded it is one line that says how much there is."""
    from cli.render import QUIET_STYLE

    if not history:
        return
    if reading.history:
        session.screen.line()
        _print_text(session, history, QUIET_STYLE)
        return
    lines = sum(bool(line.strip()) for line in history.splitlines())
    folded = session.words.count(
        lines,
        "… 1 line of quotes and signature; --history shows it",
        "… {n} lines of quotes and signature; --history shows them",
    )
    session.screen.wrapped((folded, QUIET_STYLE), label="  ")
