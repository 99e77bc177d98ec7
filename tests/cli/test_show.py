"""`triage show`: one conversation with its words, its time line and its proofs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cli.on_disk import AT, DAY, STORED, DiskShop
from tests.cli.snapshots import assert_snapshot
from tests.shop import NOON, OURS, write_mail


@pytest.fixture
def answered(disk: DiskShop) -> DiskShop:
    """A question, our answer, which bounced, a second question and an out-of-office."""
    first = NOON - 3 * DAY
    disk.mail.deliver(received_at=first, message_id="q1@klant.example", text="Ik wil ze graag kopen.\n\nGroet, Jan")
    disk.mail.deliver(
        "Sent", first + timedelta(hours=2), sender=f"Shop <{OURS}>", to="jan@klant.example", subject="Re: Maat 42?",
        text="Ja hoor, ze staan klaar.", message_id="a1@shop.example", answers="q1@klant.example",
    )  # fmt: skip
    disk.mail.deliver(
        received_at=NOON - DAY, message_id="q2@klant.example", answers="a1@shop.example", subject="Re: Maat 42?",
        text=f"Ik wil ze graag kopen, ook in het zwart. {'Heel graag. ' * 12}",
    )  # fmt: skip
    disk.mail.put(
        write_mail(
            message_id="x1@klant.example", answers="a1@shop.example", subject="Automatisch antwoord: Maat 42?",
            text="Ik ben er niet.", Auto_Submitted="auto-replied",
        ),
        NOON - DAY + timedelta(minutes=1),
    )  # fmt: skip
    disk.open()
    disk.run("sync")
    return disk


def identity(shop: DiskShop) -> str:
    return shop.run("export", "--all", "--columns", "id", *STORED).csv[0]["id"]


@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_conversation_looks_like_its_picture(answered: DiskShop, language: str) -> None:
    answered.open(language)

    result = answered.run("show", identity(answered), *AT)

    assert (result.status, result.err) == (0, "")
    assert_snapshot(f"show-{language}.txt", result.out)


def test_the_beginning_of_an_id_will_do_in_any_letter_case(answered: DiskShop) -> None:
    whole = identity(answered)

    assert answered.run("show", whole[:2].upper(), *AT) == answered.run("show", whole, *AT)


def test_an_earlier_moment_shows_what_was_known_then(answered: DiskShop) -> None:
    out = answered.run("show", identity(answered), "--at", (NOON - 2 * DAY).isoformat()).out

    assert "ook in het zwart" not in out
    assert "our answer" in out
    assert "Answered" in out.splitlines()


def test_raw_is_the_source_of_the_newest_message_of_the_customer(answered: DiskShop) -> None:
    out = answered.run("show", identity(answered), "--raw", *AT).out

    assert out.startswith("From: Jan Peeters <jan@klant.example>\n")
    assert "Auto-Submitted: auto-replied\n" in out


def test_every_row_of_an_export_can_be_shown(wednesday: DiskShop) -> None:
    for row in wednesday.run("export", "--all", *STORED).csv:
        result = wednesday.run("show", row["id"])
        assert (result.status, result.err) == (0, "")
        assert result.out.startswith(f"{row['id']}  ")


@pytest.mark.parametrize("language", ["en", "nl"])
def test_check_looks_like_its_picture(wednesday: DiskShop, language: str) -> None:
    wednesday.open(language)

    result = wednesday.run("check")

    assert (result.status, result.err) == (0, "")
    lines = result.out.replace(str(wednesday.folder), "FOLDER").splitlines(keepends=True)
    assert_snapshot(f"check-{language}.txt", "".join((*lines[:2], *lines[3:])))  # the third tells the time


def test_quiet_check_prints_nothing_when_all_is_well(wednesday: DiskShop) -> None:
    result = wednesday.run("check", "--quiet")

    assert (result.status, result.out, result.err) == (0, "", "")


def test_an_id_outlives_the_conversation_that_joins_another(disk: DiskShop) -> None:
    disk.mail.deliver(received_at=NOON - 3 * DAY, message_id="q1@klant.example", subject="Maat 42?")
    disk.mail.deliver(
        received_at=NOON - DAY, message_id="q3@klant.example", subject="Nog iets", answers="q2@klant.example"
    )
    disk.open()
    disk.run("sync")
    before = {row["subject"]: row["id"] for row in disk.run("export", "--all", *STORED).csv}
    disk.mail.deliver(
        received_at=NOON - 2 * DAY, message_id="q2@klant.example", subject="Iets anders", answers="q1@klant.example"
    )
    disk.run("sync")
    (after,) = disk.run("export", "--all", "--columns", "id", *STORED).csv

    shown = [disk.run("show", name, *AT) for name in before.values()]

    assert len(before) == 2
    assert after["id"] in before.values()
    assert shown[0] == shown[1]
