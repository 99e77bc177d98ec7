"""Subjects without what reply and forward put before them."""

from __future__ import annotations

from triage.mail.marks import visible, words
from triage.mail.patterns import compiled

_FORWARDS = words("fw fwd wg tr doorst doorgestuurd doorgezonden vs rv enc pd")
_SUBJECT_MARK = (
    r"\s*(?:"
    r"(re|ré|r|aw|antw|antwoord|antwort|betr|sv|res|odp|ynt|rif|fwd?|wg|tr|doorst|doorgestuurd|doorgezonden|vs|rv|enc|pd)"
    r"\.?\s{0,3}(?:\[\d{1,4}\]|\(\d{1,4}\)|\^\d{1,4})?\s{0,3}[:：]"
    r"|\[(?:external|ext|extern|externe|extern bericht|spam|suspected spam|possible spam|caution)\]:?"
    r"|\*{2,5}\s?(?:suspected )?spam\s?\*{2,5}|\*spam\*|\{spam\??\}"
    r")"
)


def stripped_subject(subject: str) -> str:
    """Take reply and forward marks and list tags off a subject; the rest casefolded, with single spaces."""
    folded = visible(subject).casefold()
    return " ".join(folded[_after_marks(folded)[0] :].split())


def is_forward_subject(subject: str) -> bool:
    """Tell whether the outermost mark says "forwarded"; `Re: Fwd: …` answers a forward and is none itself."""
    return _after_marks(visible(subject).casefold())[1] in _FORWARDS


def is_reply_subject(subject: str) -> bool:
    """Tell whether the outermost mark says "reply", in whatever language."""
    outermost = _after_marks(visible(subject).casefold())[1]
    return bool(outermost) and outermost not in _FORWARDS


def _after_marks(folded: str) -> tuple[int, str]:
    """Where the marks end, and the outermost of them."""
    position, outermost = 0, ""
    while found := compiled(_SUBJECT_MARK).match(folded, position):
        position, outermost = found.end(), outermost or found[1] or ""
    return position, outermost
