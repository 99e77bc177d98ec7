"""How a round ended is recorded once, with the target that held: later changes speak of what is open only."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.shop import HOUR, NOON, OURS, write_mail
from triage.model import Ending, Kind
from triage.outcomes import Outcome
from triage.store import Store

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from tests.shop import Shop

QUESTION = "q1@klant.example"


def put(folder: Path, name: str, received_at: datetime, **fields: object) -> None:
    """Put a mail into the Maildir of the shop."""
    import os

    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    path = folder / "cur" / f"{name}:2,S"
    path.write_bytes(write_mail(sent_at=received_at, **fields))  # type: ignore[arg-type]
    os.utime(path, (received_at.timestamp(), received_at.timestamp()))


def ask(shop: Shop) -> None:
    put(shop.folder / "mail", "1", NOON)


def answer(shop: Shop) -> None:
    put(
        shop.folder / "mail", "2", NOON + 2 * HOUR, sender=OURS, to="jan@klant.example", subject="Re: Maat 42?",
        message_id="a1@shop.example", answers=QUESTION, text="Ja hoor.",
    )  # fmt: skip


def configure(shop: Shop, target: str) -> None:
    account = f'name = "shop"\npath = "{(shop.folder / "mail").as_posix()}"\naddresses = ["{OURS}"]\nsince = "3650d"'
    shop.configure(account, rest=f'[targets]\nbuy = "{target}"\n')


def outcomes(shop: Shop) -> list[Outcome]:
    with Store(shop.folder / "data") as store:
        return store.outcomes()


def test_an_answer_ends_the_round_with_the_target_of_that_day(shop: Shop) -> None:
    ask(shop)
    answer(shop)
    configure(shop, "4h")
    shop.run("sync")

    assert outcomes(shop) == [
        Outcome((QUESTION,), "shop", Kind.BUY, NOON, NOON + 2 * HOUR, Ending.ANSWERED, "4h"),
    ]


def test_a_changed_target_leaves_the_past_alone_and_is_right_at_once_for_what_is_open(shop: Shop) -> None:
    ask(shop)
    put(shop.folder / "mail", "3", NOON, sender="an@klant.example", message_id="q2@klant.example")
    answer(shop)
    configure(shop, "4h")
    shop.run("sync")
    configure(shop, "1h")

    rows = {row["from_email"]: row["target_minutes"] for row in shop.export("--no-sync")}

    assert rows == {"jan@klant.example": 240, "an@klant.example": 60}


def test_the_target_that_held_survives_when_the_conversation_goes_on(shop: Shop) -> None:
    ask(shop)
    answer(shop)
    configure(shop, "4h")
    shop.run("sync")
    configure(shop, "1h")
    put(shop.folder / "mail", "4", NOON + 3 * HOUR, message_id="q3@klant.example", answers="a1@shop.example",
        subject="Re: Maat 42?", text="En heeft u deze schoenen ook in het bruin? Die wil ik ook kopen.")  # fmt: skip
    shop.run("sync")

    assert [(outcome.question_id, outcome.target) for outcome in outcomes(shop)] == [(QUESTION, "4h")]


def test_an_answer_that_bounced_ended_nothing(shop: Shop) -> None:
    ask(shop)
    answer(shop)
    configure(shop, "4h")
    shop.run("sync")
    report = (
        b"From: MAILER-DAEMON@mx.example\r\nTo: info@shop.example\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        b"Return-Path: <>\r\nMessage-ID: <b1@mx.example>\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="x"\r\n\r\n'
        b"--x\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
        b"--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        b"Final-Recipient: rfc822; jan@klant.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        b"\r\n--x\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <a1@shop.example>\r\n\r\n--x--\r\n"
    )
    (shop.folder / "mail" / "cur" / "5:2,S").write_bytes(report)
    shop.run("sync")

    assert outcomes(shop) == []


def test_outcomes_are_notes_and_outlive_the_mirror(shop: Shop) -> None:
    ask(shop)
    answer(shop)
    configure(shop, "4h")
    shop.run("sync")
    before = outcomes(shop)
    for path in (shop.folder / "mail" / "cur").iterdir():
        path.unlink()
    shop.run("sync")

    assert outcomes(shop) == before
    assert timedelta() < before[0].ended_at - before[0].since  # type: ignore[operator]
