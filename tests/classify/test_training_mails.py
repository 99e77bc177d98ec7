"""The labelled mails that the classifier learns from, and their split."""

from __future__ import annotations

from collections import Counter

import pytest

from triage.classify.rows import read_rows
from triage.classify.training.data import DEVELOPMENT, MAILS, TEST, Example, load, near_duplicates, side_of
from triage.model import Kind, Reason


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    return load()


def test_every_mail_has_a_name_of_its_own(examples: list[Example]) -> None:
    names = Counter(example.row.id for example in examples)
    assert [name for name, count in names.items() if count > 1] == []


def test_a_file_holds_one_authors_mails() -> None:
    wrong = [
        (path.stem, row.id)
        for path in sorted(MAILS.glob("*.jsonl"))
        for row in read_rows(path.read_text("utf-8").split("\n"))
        if row.author != path.stem
    ]
    assert wrong == []


def test_who_is_no_customer_has_no_reason(examples: list[Example]) -> None:
    kinds = {Kind.OTHER, Kind.NONE}
    wrong = [each.row.id for each in examples if each.row.kind in kinds and each.row.reason is not Reason.ELSE]
    assert wrong == []


def test_every_mail_can_be_read(examples: list[Example]) -> None:
    assert [example.row.id for example in examples if example.message.defects] == []


def test_no_author_is_on_two_sides_and_every_language_is_tested(examples: list[Example]) -> None:
    sides = Counter((side_of(example.row.author), example.row.language) for example in examples)
    assert not TEST & DEVELOPMENT
    assert {language for side, language in sides if side == "test"} == {"nl", "en", "de", "fr"}


def test_no_two_mails_are_almost_the_same(examples: list[Example]) -> None:
    assert [(first.id, second.id) for _, first, second in near_duplicates(examples)] == []
