"""`triage evaluate`: the classifier measured on labelled mails, and on what the owner corrected."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_correct import correct, idiom
from tests.shop import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.on_disk import DiskShop

__all__ = ["idiom"]  # a fixture

ROWS = [
    {"id": "1", "lang": "nl", "subject": "", "body": "Heeft u deze schoenen nog in maat 42? Ik wil ze graag kopen.",
     "from": "Jan <jan@klant.example>", "kind": "buy", "reason": "where", "flags": []},
    {"id": "2", "lang": "en", "subject": "", "body": "Out of the office until Monday.", "from": "a@b.example",
     "headers": {"Auto-Submitted": "auto-replied", "Subject": "Automatic reply: hello"}, "kind": "none"},
    {"id": "3", "lang": "nl", "subject": "", "body": "Zijn jullie zaterdag open?", "from": "b@b.example",
     "kind": "angry", "reason": "where", "flags": ["legal"]},
]  # fmt: skip


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """Three labelled mails, of which the last is labelled as nobody would."""
    file = tmp_path / "mails.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in ROWS), "utf-8")
    return file


def test_every_class_is_counted(labelled: Path) -> None:
    found = json.loads(run("evaluate", str(labelled), "--format", "json").out)

    assert (found["mails"], found["people"], found["taken_for_none"]) == (3, 2, 0)
    assert found["kind"] == {
        "buy": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "mails": 1},
        "knock": {"precision": 0.0, "recall": 1.0, "f1": 0.0, "mails": 0},
        "angry": {"precision": 1.0, "recall": 0.0, "f1": 0.0, "mails": 1},
        "none": {"precision": 1.0, "recall": 1.0, "f1": 1.0, "mails": 1},
    }
    assert {"label": "angry", "verdict": "knock", "mails": 1} in found["confusion"]
    assert found["flag"]["legal"] == {"precision": 1.0, "recall": 0.0, "f1": 0.0, "mails": 1}
    assert found["each_ms"] > 0


@pytest.mark.parametrize(
    ("language", "title", "row"),
    [
        pytest.param("en_GB.UTF-8", "kind            precision     recall         F1      mails", "mean", id="en"),
        pytest.param("nl_NL.UTF-8", "soort            precisie   gevonden         F1  berichten", "gemiddeld", id="nl"),
    ],
)
def test_people_get_tables_in_their_language(
    labelled: Path, monkeypatch: pytest.MonkeyPatch, language: str, title: str, row: str
) -> None:
    monkeypatch.setenv("LC_ALL", language)

    lines = run("evaluate", str(labelled)).out.splitlines()

    assert title in lines
    assert any(line.split() == [row, "0.667"] for line in lines)
    assert max(map(len, lines)) <= 80


def test_mistakes_are_listed_with_the_mail(labelled: Path) -> None:
    out = run("evaluate", str(labelled), "--mistakes").out

    assert out.startswith("3  angry -> knock, legal -> - (")
    assert out.splitlines()[1] == "    | Zijn jullie zaterdag open?"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param("", "holds no labelled mail", id="empty"),
        pytest.param('{"kind": "koper"}', "Line 1 is no labelled mail: 'koper' is not a valid Kind.", id="no kind"),
        pytest.param('\n{"kind": "buy"', "Line 2 is no labelled mail", id="no JSON"),
        pytest.param("[]", "Line 1 is no labelled mail", id="no object"),
    ],
)
def test_a_file_that_is_none_is_told_by_its_line(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "mails.jsonl"
    file.write_text(content, "utf-8")

    result = run("evaluate", str(file))

    assert (result.status, result.out, said in result.err) == (2, "", True)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param((), "Name either a file of labelled mails or --corrections.", id="nothing"),
        pytest.param(("nowhere.jsonl",), "nowhere.jsonl cannot be read: No such file or directory.", id="missing"),
    ],
)
def test_wrong_usage_is_told_in_a_sentence(options: tuple[str, ...], said: str) -> None:
    result = run("evaluate", *options)

    assert (result.status, result.err) == (2, f"triage: {said}\n")


def test_corrections_are_measured_by_what_the_others_teach(idiom: DiskShop) -> None:
    before = idiom.run("evaluate", "--corrections")
    for mail in ("k0", "k1", "k2"):
        correct(idiom, mail, "buy")
    found = json.loads(idiom.run("evaluate", "--corrections", "--format", "json").out)

    assert (before.status, before.err) == (
        2, "triage: Nothing was corrected or confirmed yet: `triage correct ID KIND`.\n",
    )  # fmt: skip
    assert (found["mails"], found["kind"]["buy"]["recall"]) == (3, 1.0)
