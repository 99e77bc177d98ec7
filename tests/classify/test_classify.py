"""What a whole mail is, with the sender's own words as evidence."""

from __future__ import annotations

import json
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from triage.classify.verdict import classify
from triage.model import Address, Automatic, Closing, Flag, Kind, Message, Reason, Sender, Verdict

MAILS = [json.loads(line) for line in (Path(__file__).parent / "mails.jsonl").read_text("utf-8").splitlines()]


def message(text: str, subject: str = "", automatic: Automatic | None = None) -> Message:
    sender = Address("wim@example.net", "Wim")
    now = datetime(2025, 3, 3, 9, tzinfo=UTC)
    return Message("1@example.net", now, sender, sender, subject, text, automatic=automatic or Automatic())


def message_of(row: dict[str, Any]) -> Message:
    signs = tuple(f"{name}: {value}" for name, value in row["headers"].items())
    return message(row["body"], row["subject"], Automatic(proven="Auto-Submitted" in row["headers"], signs=signs))


def test_share_of_right_kinds_and_reasons() -> None:
    """A floor, no boast: the cues were tuned on these; of mails not met before, 35 and 47 in a hundred were right."""
    right: Counter[str] = Counter()
    for row in MAILS:
        verdict = classify(message_of(row))
        right += Counter(kind=verdict.kind == row["kind"], reason=verdict.reason == row["reason"])
    assert {name: count / len(MAILS) > 0.9 for name, count in right.items()} == {"kind": True, "reason": True}


@pytest.mark.parametrize("language", ["nl", "en", "de", "fr"])
def test_share_of_right_kinds_in_each_language(language: str) -> None:
    rows = [row for row in MAILS if row["lang"] == language]
    assert sum(classify(message_of(row)).kind == row["kind"] for row in rows) / len(rows) > 0.9


def test_share_of_right_flags() -> None:
    missed: Counter[str] = Counter()
    for row in MAILS:
        missed.update(set(row["flags"]) ^ {str(flag) for flag in classify(message_of(row)).flags})
    assert missed.total() < 6


def test_everything_about_one_mail() -> None:
    text = "Hallo,\n\nwaar blijft bestelling 100234? PostNL zegt bezorgd maar ik heb niets ontvangen.\n"
    assert classify(message(text, "Pakket")) == Verdict(
        Kind.BOUGHT,
        0.9,
        Reason.WHERE,
        frozenset({Flag.CARRIER}),
        "nl",
        order_numbers=("100234",),
        carrier="PostNL",
        because=("PostNL zegt bezorgd maar ik heb niets ontvangen", "waar blijft bestelling 100234"),
    )


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("Dit is schandalig. U hoeft niet te antwoorden.", Kind.ANGRY, id="no need to answer"),
        pytest.param("Negeer deze mail. Jullie zijn oplichters.", Kind.ANGRY, id="ignore this"),
        pytest.param(
            "This is unacceptable. This is an automated message, do not reply.", Kind.ANGRY, id="posing as a robot"
        ),
        pytest.param("Ik wil mijn geld terug, belachelijk. Bedankt.", Kind.ANGRY, id="thanks at the end"),
    ],
)
def test_no_mail_lowers_its_own_place(text: str, kind: Kind) -> None:
    assert classify(message(text)).kind == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("Ik ben niet boos hoor, maar de lamp is kapot", Kind.BOUGHT, id="not angry"),
        pytest.param(
            "Jammer dat de vaas gebroken is aangekomen. Kan ik een deel terugkrijgen?", Kind.BOUGHT, id="polite"
        ),
        pytest.param("Ik ben woedend. Geef me mijn geld terug!", Kind.ANGRY, id="made whole"),
        pytest.param("Ik ben woedend. Mijn geld terug en een cadeaubon!", Kind.HAGGLE, id="more than whole"),
        pytest.param("Kan er nog iets van de prijs af als ik er twee koop?", Kind.BUY, id="friendly haggling"),
        pytest.param("HEBBEN JULLIE DEZE JAS OOK IN MAAT 42", Kind.BUY, id="capitals are not fury"),
        pytest.param("Geef me de helft terug of ik plaats een slechte review", Kind.HAGGLE, id="blackmail"),
    ],
)
def test_anger(text: str, kind: Kind) -> None:
    assert classify(message(text)).kind == kind


def test_proven_machines_need_no_answer() -> None:
    sign = "Auto-Submitted: auto-replied"
    verdict = classify(
        message("Waar is mijn bestelling?", automatic=Automatic(Sender.AUTO_REPLY, proven=True, signs=(sign,)))
    )
    assert (verdict.kind, verdict.because, verdict.flags, verdict.unsure) == (Kind.NONE, (sign,), frozenset(), False)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("Er is een nieuwe bestelling geplaatst.", Kind.NONE, id="nobody speaks"),
        pytest.param("Waar blijft mijn bestelling?", Kind.BOUGHT, id="a person asks"),
        pytest.param("Ik wil de blauwe jas kopen, hebben jullie maat 42?", Kind.BUY, id="a person wants to buy"),
    ],
)
def test_hints_never_hide_a_person(text: str, kind: Kind) -> None:
    hints = Automatic(Sender.NOTICE, proven=False, signs=("Auto-Submitted: auto-generated",))
    assert classify(message(text, automatic=hints)).kind == kind


def test_nothing_to_read_is_somebody_at_the_door() -> None:
    verdict = classify(message(""))
    assert (verdict.kind, verdict.unsure, verdict.because) == (Kind.KNOCK, True, ())


def test_the_subject_of_a_reply_is_not_the_senders_newest_words() -> None:
    assert [classify(message("Dag", f"{mark}Mijn bestelling is kapot")).kind for mark in ("", "Re: ")] == [
        Kind.BOUGHT,
        Kind.KNOCK,
    ]


def test_closing_words_keep_their_flags() -> None:
    verdict = classify(message("Bedankt, PostNL heeft het zojuist bezorgd", "Re: pakket"))
    assert (verdict.kind, verdict.closing, verdict.flags) == (Kind.NONE, Closing.WITHDRAWN, frozenset({Flag.CARRIER}))


@pytest.mark.parametrize(
    "piece", ["a ", "ik wil ", "!? ", "x" * 50 + " ", "bestelling #1 ", "\n\n", "j'", "kapot, ", "de de de ", "!"]
)
def test_hostile_text_takes_no_longer(piece: str) -> None:
    hostile = message(piece * (50_000 // len(piece)), piece * 100)
    classify(message("warm up"))
    started = time.process_time()
    classify(hostile)
    assert time.process_time() - started < 1.5
