"""Ten corrections of a shop's own idiom, and what follows: the simulation that learning is judged by.

Each file holds shops' idioms, which mean there what no outsider would guess; of each, ten mails that the owner corrects
and ten that come later. Their writers were told that each idiom needs a rare word, and nothing of how it is learnt. How
far words pull was set with the six of `idioms.jsonl` in view; the eight of `idioms_later.jsonl` were written later:
63 of their 80 later mails were right at first, 72 since plurals are known for what they are. A network that is right
more often before it is taught is also surer where it is wrong: since then lessons pull a little further.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from triage.classify.learn import Lesson, Lessons, learn, words_of
from triage.classify.rows import message_of, read_rows
from triage.classify.training.data import load, side_of
from triage.classify.verdict import classify, read_closely

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from triage.classify.learnt import Learnt
    from triage.model import Kind, Message

FILES = [Path(__file__).with_name(name) for name in ("idioms.jsonl", "idioms_later.jsonl")]
EVERY = 8  # of the test authors' mails one in so many is judged: each takes the network a tenth of a second


class Read(NamedTuple):
    """A mail, what it is, and what the network read in it."""

    message: Message
    kind: Kind
    learnt: Learnt | None


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def idioms(request: pytest.FixtureRequest, weights: None) -> dict[str, dict[str, list[Read]]]:  # noqa: ARG001
    """The mails of each idiom, taught and later."""
    lines = request.param.read_text("utf-8").splitlines()
    found: dict[str, dict[str, list[Read]]] = defaultdict(lambda: defaultdict(list))
    for line, row in zip(lines, read_rows(lines), strict=True):
        message, values = message_of(row), json.loads(line)
        found[values["idiom"]][values["part"]].append(Read(message, row.kind, read_closely(message)))
    return found


def taught(mails: Iterable[Read]) -> Lessons:
    return learn(Lesson(mail.kind, words_of(mail.message.subject, mail.message.text)) for mail in mails)


def right(mails: Sequence[Read], lessons: Lessons) -> float:
    """Give the share of mails of which the kind is found."""
    hits = sum(classify(mail.message, mail.learnt, lessons).kind is mail.kind for mail in mails)
    return hits / len(mails)


def test_after_ten_corrections_nine_of_ten_later_mails_are_right(idioms: dict[str, dict[str, list[Read]]]) -> None:
    shares = [
        (right(parts["later"], Lessons()), right(parts["later"], taught(parts["taught"]))) for parts in idioms.values()
    ]
    before, after = (sum(column) / len(idioms) for column in zip(*shares, strict=True))

    assert before <= 0.5
    assert after >= 0.9
    assert min(after for _, after in shares) >= 0.7


def test_the_rest_loses_no_more_than_half_a_point(idioms: dict[str, dict[str, list[Read]]]) -> None:
    tested = [each for each in load() if side_of(each.row.author) == "test"][::EVERY]
    mails = [Read(each.message, each.row.kind, read_closely(each.message)) for each in tested]
    everything = taught(mail for parts in idioms.values() for mail in parts["taught"])

    assert right(mails, everything) >= right(mails, Lessons()) - 0.005
