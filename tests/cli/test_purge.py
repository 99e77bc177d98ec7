"""`triage purge`: the words of what is over go, and nothing else changes, now or with the next mail."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.on_disk import DAY, DiskShop
from tests.shop import OURS
from triage.classify.learnt import weights_name
from triage.config import load_settings
from triage.errors import ExitStatus
from triage.purge import moment_before, stale
from triage.store import DATABASE, Store

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime.now(UTC)
WORDS = {"veters", "onderwerpregel", "klapspaan", "bijzondere"}
NOTHING: dict[str, object] = {"subject": "", "snippet": "", "because": [], "from_name": None}


@pytest.fixture
def shop(disk: DiskShop) -> DiskShop:
    """An answered conversation of long ago, one that was never answered, one that is snoozed, and a new one."""
    for name, days, subject, text in (
        ("tine", 200, "Onderwerpregel veters", "Ik wil ze graag kopen. Bijzondere klapspaan!"),
        ("open", 200, "Vraag van open", "Ik wil ze graag kopen."),
        ("zzz", 200, "Vraag van zzz", "Ik wil ze graag kopen."),
        ("nieuw", 2, "Vraag van nieuw", "Ik wil ze graag kopen."),
    ):
        disk.mail.deliver(
            received_at=NOW - days * DAY, message_id=f"{name}@klant.example", sender=f"T <{name}@klant.example>",
            subject=subject, text=text,
        )  # fmt: skip
    disk.mail.deliver(
        "Sent", NOW - 199 * DAY, sender=f"Shop <{OURS}>", to="tine@klant.example", text="Ja hoor, de klapspaan.",
        subject="Re: Onderwerpregel veters", message_id="a@shop.example", answers="tine@klant.example",
    )  # fmt: skip
    disk.open()
    disk.run("sync")
    disk.run("note", rows(disk)["tine"]["id"], "heeft grote voeten")
    disk.run("snooze", rows(disk)["zzz"]["id"], "until-reply")
    return disk


def rows(shop: DiskShop, *options: str) -> dict[str, dict[str, Any]]:
    found = shop.run("export", "--all", "--format", "json", *(options or ("--no-sync",))).rows
    return {row["from_email"].partition("@")[0]: row for row in found}


def words_in(folder: Path) -> set[str]:
    with Store(folder) as store:
        unpacked = "".join(f"{text}{source!r}" for text, source in store.words(e.key for e in store.entries()).values())
        files = b"".join(file.read_bytes() for file in folder.iterdir())
    return {word for word in WORDS if word in unpacked.lower() or word.encode() in files.lower()}


def test_words_of_what_is_over_go_from_the_bytes_of_the_database(shop: DiskShop) -> None:
    assert words_in(shop.folder / "data") == WORDS

    result = shop.run("purge", "--older-than", "6m", "--yes")

    assert (result.status, words_in(shop.folder / "data")) == (0, set())
    assert result.out.startswith("The words of 2 mails in 1 conversation from before ")
    assert " kB.\nDeleted; " in result.out


def test_who_waits_and_who_was_answered_when_stays(shop: DiskShop) -> None:
    before = rows(shop)

    shop.run("purge", "--older-than", "90d", "--yes")
    after = rows(shop)

    assert {name: row for name, row in after.items() if name != "tine"} == {
        name: row for name, row in before.items() if name != "tine"
    }
    assert after["tine"] == before["tine"] | NOTHING
    assert (after["open"]["status"], after["zzz"]["status"]) == ("waiting", "snoozed")


def test_the_next_sync_fetches_none_of_it_again(shop: DiskShop) -> None:
    shop.run("purge", "--older-than", "90d", "--yes")

    said = shop.run("sync")

    assert said.out == "shop INBOX: 0 new; 4 on the server, 4 known\nshop Sent: 0 new; 1 on the server, 1 known\n"
    assert words_in(shop.folder / "data") == set()


def test_neither_does_a_changed_uidvalidity_nor_a_changed_rule(shop: DiskShop) -> None:
    shop.run("purge", "--older-than", "90d", "--yes")
    before = rows(shop)
    with Store(shop.folder / "data") as store, store.transaction():
        for known in store.mailboxes():
            store.renew_mailbox(known, 1)
    shop.open(rest='[[rule]]\nsubject = "iets anders"\nkind = "angry"\n')

    assert rows(shop, "--limit", "99") == before
    assert words_in(shop.folder / "data") == set()


@pytest.mark.parametrize("answers", ["a@shop.example", ""], ids=["names it", "by its subject"])
def test_a_later_reply_finds_its_conversation(shop: DiskShop, answers: str) -> None:
    """By a subject that is only kept as a hash: the silence is measured from the newest mail, so the age is short."""
    shop.mail.deliver(
        received_at=NOW - 20 * DAY, message_id="t2@klant.example", sender="tine@klant.example",
        subject="Re: Onderwerpregel veters", text="Bedankt!", answers=answers,
    )  # fmt: skip
    shop.run("sync")
    identity = [row["id"] for row in shop.export("--no-sync") if row["message_id"] == "t2@klant.example"]
    shop.run("purge", "--older-than", "10d", "--yes")
    shop.mail.deliver(
        received_at=NOW - DAY, message_id="t3@klant.example", sender="tine@klant.example",
        subject="Re: Onderwerpregel veters", text="Ik wil ze graag kopen.", answers=answers,
    )  # fmt: skip
    shop.run("sync")

    found = next(row for row in shop.export("--no-sync") if row["message_id"] == "t3@klant.example")
    assert ([found["id"]], found["status"], found["unanswered_messages"]) == (identity, "waiting", 1)


def test_a_purged_conversation_can_be_shown_and_called_back(shop: DiskShop) -> None:
    tine = rows(shop)["tine"]["id"]
    shop.run("purge", "--older-than", "90d", "--yes")

    shown, raw = shop.run("show", tine), shop.run("show", tine, "--raw")

    assert (shown.status, "(its words were purged)" in shown.out, "heeft grote voeten" in shown.out) == (0, True, True)
    assert (raw.status, raw.err) == (
        ExitStatus.USAGE,
        "triage: The source of that mail was purged here. It still lies on your mail server, if you kept it there.\n",
    )
    assert shop.run("correct", tine, "angry").status == 0


def test_a_dry_run_and_nobody_to_ask_delete_nothing(shop: DiskShop) -> None:
    before = (shop.folder / "data" / DATABASE).read_bytes()

    dry, mute = shop.run("purge", "--older-than", "90d", "--dry-run"), shop.run("purge", "--older-than", "90d")

    assert (dry.status, dry.out) == (0, mute.out)
    assert (mute.status, "Say --yes to delete it." in mute.err) == (ExitStatus.USAGE, True)
    assert (words_in(shop.folder / "data"), (shop.folder / "data" / DATABASE).read_bytes()) == (WORDS, before)


def test_there_may_be_nothing_to_delete(shop: DiskShop) -> None:
    shop.run("purge", "--older-than", "90d", "--yes")

    again = shop.run("purge", "--older-than", "90d", "--yes")

    assert again.out.startswith("Nothing is stored in words from before ")


def test_what_the_network_has_yet_to_read_stays(disk: DiskShop) -> None:
    """It may turn out to wait: other weights are there, or the mail came while they were switched off."""
    disk.mail.deliver(received_at=NOW - 200 * DAY, message_id="n@klant.example", text="Bedankt, alles goed.")
    disk.open()
    disk.run("sync")
    settings = load_settings(disk.config, {})

    with Store(disk.folder / "data") as store:
        found = [stale(store, settings, NOW - 90 * DAY, weights) for weights in (weights_name(), "of tomorrow")]

    assert [len(each.entries) for each in found] == [1, 0]


@pytest.mark.parametrize(
    ("age", "moment"),
    [
        ("36h", "2026-03-30T00:00"),
        ("90d", "2025-12-31T12:00"),
        ("2w", "2026-03-17T12:00"),
        ("1m", "2026-02-28T12:00"),
        ("13 m", "2025-02-28T12:00"),
        ("2Y", "2024-03-31T12:00"),
    ],
)
def test_an_age_is_counted_by_the_calendar(age: str, moment: str) -> None:
    now = datetime(2026, 3, 31, 12, tzinfo=UTC)

    assert moment_before(now, age) == datetime.fromisoformat(moment).replace(tzinfo=UTC)


@pytest.mark.parametrize("age", ["", "0d", "90", "d", "-1d", "1.5y", "9999y", "half a year", "٣d"])
def test_what_is_no_age_is_refused(shop: DiskShop, age: str) -> None:
    result = shop.run("purge", "--older-than", age, "--yes")

    assert (result.status, words_in(shop.folder / "data")) == (ExitStatus.USAGE, WORDS)
