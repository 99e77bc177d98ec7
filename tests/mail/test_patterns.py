"""Words that a pattern cannot match without: proven from the pattern itself."""

from __future__ import annotations

from re import _constants as op  # type: ignore[attr-defined]  # the same reader of patterns that `re` has
from re import _parser as parser  # type: ignore[attr-defined]
from typing import TYPE_CHECKING, Any

import pytest

from triage.mail import html, signature
from triage.mail.patterns import Phrases

if TYPE_CHECKING:
    from collections.abc import Iterable

PHRASES = {
    f"{module.__name__} {name}": value
    for module in (html, signature)
    for name, value in vars(module).items()
    if isinstance(value, Phrases)
}


def needs_a_word(pieces: Iterable[tuple[Any, Any]], words: frozenset[str], letters: str = "") -> bool:
    """Whether a part of a pattern, read by `re` itself, holds one of the words in all that it can match.

    `letters` are those that stand before it: `re` takes out what alternatives begin with.
    """
    for code, value in pieces:
        if code is op.LITERAL:
            letters += chr(value)
        elif _branches_need_a_word(code, value, words, letters):
            return True
        else:
            letters = ""
        if any(word in letters for word in words):
            return True
    return False


def _branches_need_a_word(code: Any, value: Any, words: frozenset[str], letters: str) -> bool:  # noqa: ANN401  # as `re`
    if code is op.BRANCH:
        return all(needs_a_word(branch, words, letters) for branch in value[1])
    if code is op.SUBPATTERN:
        return needs_a_word(value[3], words, letters)
    return code is op.MAX_REPEAT and value[0] > 0 and needs_a_word(value[2], words)


@pytest.mark.parametrize("phrases", PHRASES.values(), ids=PHRASES.keys())
def test_a_pattern_cannot_match_without_one_of_its_words(phrases: Phrases) -> None:
    tree = parser.parse(phrases.pattern)
    assert tree.state.flags & parser.SRE_FLAG_IGNORECASE == 0
    assert needs_a_word(tree, phrases.words), "name a word for each alternative of the pattern"


def test_a_forgotten_word_is_noticed() -> None:
    tree = parser.parse(r"disclaimer\s?:|denk aan het milieu|(?:spaar )?papier")
    assert not needs_a_word(tree, frozenset({"disclaimer", "milieu"}))
    assert needs_a_word(tree, frozenset({"disclaimer", "milieu", "papier"}))
