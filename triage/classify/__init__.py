"""What a mail is and why, by its words alone: no clock, no network, no configuration. `verdict` is the way in.

`words` cuts a text and finds phrases, `lexicon` holds the cues of a language, `language` tells which one it is;
`facts`, `flags` and `closing` are rules of their own. What is left is judged by what was learnt from labelled mails:
`model` asks the plain reader in `ngrams` and, where it matters, the network in `encoder`, which reads the `pieces` of
words, and gives what they said as `learnt`; `kinds` weighs the cues where neither is there, `learn` adds what the owner
taught, and `decide` makes an answer of it. `doubt` asks what would have changed it.

Importing this package imports nothing: what is taught and kept is needed by commands that judge no mail, and most
runs that ask for new mail find none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from triage.classify.learn import Lessons
    from triage.classify.learnt import Learnt
    from triage.model import Message, Verdict


def classify(message: Message, learnt: Learnt | None, lessons: Lessons) -> Verdict:
    """Do what `verdict.classify` does, imported with the first mail."""
    from triage.classify import verdict

    return verdict.classify(message, learnt, lessons)


def read_closely(message: Message) -> Learnt | None:
    """Do what `verdict.read_closely` does, imported with the first mail."""
    from triage.classify import verdict

    return verdict.read_closely(message)
