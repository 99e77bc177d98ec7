"""List the words that any mail may hold: `python -m triage.classify.training.common_words`.

By these no mail is known again (`triage.classify.learn`).
A word is common when it stands in more than one of three hundred labelled mails of a language, test authors left out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

from triage.classify import learn
from triage.classify.training.data import TEST, load

COMMON = 300  # one mail in so many
_OUTPUT = Path(learn.__file__).with_name(learn.COMMON_WORDS)
_HEADER = """\
# Words that stand in more than one of three hundred of the labelled mails of a language: no mail is known by them.
# Written by triage/classify/training/common_words.py
"""


def main() -> None:
    """Count and write."""
    mails: Counter[str] = Counter()
    holding: dict[str, Counter[str]] = defaultdict(Counter)
    for example in load():
        if example.row.author not in TEST:
            language = example.row.language
            mails[language] += 1
            holding[language].update(set(learn.folded_words(f"{example.message.subject}\n{example.message.text}")))
    common = {
        word
        for language, counts in holding.items()
        for word, count in counts.items()
        if count * COMMON > mails[language] and len(word) >= learn.SHORTEST
    }
    _OUTPUT.write_text(_HEADER + "".join(f"{word}\n" for word in sorted(common)), "utf-8")


if __name__ == "__main__":
    main()
