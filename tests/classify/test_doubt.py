"""What would have changed a verdict, found by judging the mail without its evidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from triage.classify.doubt import Doubt, doubt, without
from triage.model import Address, Automatic, Closing, Kind, Message, Sender, Verdict

WIM = Address("wim@klant.example", "Wim")
MAIL = Message(
    "1@a.be", datetime(2025, 3, 3, 9, tzinfo=UTC), WIM, WIM, "Schande!",
    "Dit is een\nschande. Waar blijft hij? Oplichters.",
)  # fmt: skip
ANGRY = Verdict(Kind.ANGRY, 0.9, because=("dit is een schande", "Oplichters"))


def judge(mail: Message) -> Verdict:
    """Call angry what holds an angry word."""
    said = f"{mail.subject} {mail.text}".casefold()
    return Verdict(Kind.ANGRY if "schande." in said or "oplichters" in said else Kind.BOUGHT, 0.9)


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        pytest.param(ANGRY, Doubt(("dit is een schande", "Oplichters"), Kind.BOUGHT), id="both decided"),
        pytest.param(replace(ANGRY, because=("Oplichters",)), Doubt(("Oplichters",), None), id="one is not enough"),
        pytest.param(replace(ANGRY, because=("List-Id: <x>",)), None, id="a header"),
        pytest.param(replace(ANGRY, because=()), None, id="no words"),
        pytest.param(replace(ANGRY, closing=Closing.THANKS), None, id="closing words"),
    ],
)
def test_the_evidence_is_cut_until_the_kind_turns(verdict: Verdict, expected: Doubt | None) -> None:
    assert doubt(MAIL, verdict, judge) == expected


def test_what_headers_prove_no_words_would_change() -> None:
    proven = replace(MAIL, automatic=Automatic(Sender.BOUNCE, proven=True))

    assert doubt(proven, ANGRY, judge) is None


def test_words_are_found_across_lines_and_in_the_subject() -> None:
    rest = without(MAIL, ("DIT IS een schande", "Schande!"))

    assert (rest.subject, rest.text) == ("", ". Waar blijft hij? Oplichters.")


def test_a_mail_of_nothing_but_its_evidence_is_not_judged_empty() -> None:
    mail = replace(MAIL, subject="", text="Oplichters")

    assert doubt(mail, replace(ANGRY, because=("Oplichters",)), judge) is None
