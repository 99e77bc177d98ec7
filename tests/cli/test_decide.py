"""`done`, `reopen`, `snooze`, `assign`, `note`, `undo`, `log`: the owner decides with one word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from cli.complete import complete_ids
from tests.cli.on_disk import DAY, MINUTE, DiskShop
from tests.shop import OURS

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime.now(UTC)
HINT = "`triage undo` takes it back.\n"


@pytest.fixture
def two(disk: DiskShop) -> DiskShop:
    """Two customers wait, a third was answered."""
    for number, name in enumerate(("jan", "piet", "tine")):
        disk.mail.deliver(
            received_at=NOW - (30 - number) * MINUTE, message_id=f"{name}@klant.example",
            sender=f"{name}@klant.example", subject=f"Vraag van {name}", text="Ik wil ze graag kopen.",
        )  # fmt: skip
    disk.mail.deliver(
        "Sent", NOW - 5 * MINUTE, sender=f"Shop <{OURS}>", to="tine@klant.example", subject="Re: Vraag van tine",
        text="Ja hoor.", message_id="a@shop.example", answers="tine@klant.example",
    )  # fmt: skip
    disk.open()
    disk.run("sync")
    return disk


def rows(shop: DiskShop, *options: str) -> dict[str, dict[str, Any]]:
    found = shop.run("export", "--format", "json", "--no-sync", *(options or ("--all",))).rows
    return {row["subject"].rpartition(" ")[2]: row for row in found}


def name_of(shop: DiskShop, person: str) -> str:
    return str(rows(shop)[person]["id"])


def statuses(shop: DiskShop, *options: str) -> dict[str, str]:
    return {person: row["status"] for person, row in rows(shop, *options).items()}


def later(shop: DiskShop, person: str) -> None:
    """Let a customer write again, as an answer to the own mail."""
    shop.mail.deliver(
        received_at=NOW - MINUTE, message_id=f"again-{person}@klant.example", sender=f"{person}@klant.example",
        subject=f"Re: Vraag van {person}", text="Ik wil ze graag kopen, en wel nu.", answers=f"{person}@klant.example",
    )  # fmt: skip
    shop.run("sync")


def test_what_is_done_waits_no_more(two: DiskShop) -> None:
    jan, piet = name_of(two, "jan"), name_of(two, "piet")

    result = two.run("done", jan, piet)

    assert (result.status, result.out, result.err) == (0, f"{jan}: done\n{piet}: done\n", HINT)
    assert statuses(two) == {"jan": "done", "piet": "done", "tine": "answered"}
    assert "Nobody waits. All is answered." in two.run("queue", "--no-sync").out


def test_a_new_mail_of_the_customer_waits_for_itself(two: DiskShop) -> None:
    two.run("done", name_of(two, "jan"))
    later(two, "jan")
    row = rows(two)["jan"]

    assert (row["status"], row["unanswered_messages"], row["notices"]) == ("waiting", 1, [])
    assert row["waiting_since"] == row["received_at"], "what was done before is not waited for"


def test_done_by_hand_is_not_filed_away(two: DiskShop) -> None:
    two.run("done", name_of(two, "jan"))

    assert rows(two)["jan"]["notices"] == []


def test_reopen_brings_back_what_was_done_and_what_left_the_mailbox(two: DiskShop) -> None:
    jan, piet = name_of(two, "jan"), name_of(two, "piet")
    two.run("done", jan)
    (mail,) = [file for file in _files(two.mail.folder) if b"piet@klant" in file.read_bytes()]
    mail.unlink()
    two.run("sync")
    before = statuses(two)

    result = two.run("reopen", jan, piet)

    assert (before["jan"], before["piet"]) == ("done", "done")
    assert (result.status, result.out) == (0, f"{jan}: waits again\n{piet}: waits again\n")
    assert statuses(two) == {"jan": "waiting", "piet": "waiting", "tine": "answered"}


def _files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*.mail*") if file.is_file()]


def test_what_is_snoozed_comes_back_at_its_moment(two: DiskShop) -> None:
    jan = name_of(two, "jan")

    result = two.run("snooze", jan, "3d")

    row = rows(two)["jan"]
    assert (result.status, result.out.startswith(f"{jan}: snoozed until "), result.err) == (0, True, HINT)
    assert (row["status"], row["rank"], row["urgency"], row["lane"]) == ("snoozed", None, None, "buy")
    assert datetime.fromisoformat(row["snoozed_until"]) > NOW + 2 * DAY
    assert statuses(two, "--at", (NOW + 9 * DAY).isoformat(), "--all")["jan"] == "waiting"
    assert set(statuses(two, "--limit", "9")) == {"piet"}, "only what waits is exported"
    assert set(statuses(two, "--status", "snoozed")) == {"jan"}


def test_several_ids_and_a_moment_of_several_words(two: DiskShop) -> None:
    jan, piet = name_of(two, "jan"), name_of(two, "piet")

    result = two.run("snooze", jan, piet, "over", "2", "weken")

    assert [line.partition(":")[0] for line in result.out.splitlines()] == [jan, piet]
    assert set(statuses(two).values()) == {"snoozed", "answered"}


@pytest.mark.parametrize("when", ["until-reply", "tot antwoord"])
def test_snoozed_until_the_customer_writes(two: DiskShop, when: str) -> None:
    jan = name_of(two, "jan")
    said = two.run("snooze", jan, *when.split())
    year = statuses(two, "--at", (NOW + 365 * DAY).isoformat(), "--all")["jan"]
    row = rows(two)["jan"]
    later(two, "jan")

    assert said.out == f"{jan}: snoozed until the customer writes\n"
    assert (row["status"], row["snoozed_until"], year) == ("snoozed", None, "snoozed")
    assert statuses(two)["jan"] == "waiting"


def test_a_word_of_thanks_ends_a_snooze_too(two: DiskShop) -> None:
    two.run("snooze", name_of(two, "jan"), "until-reply")
    two.mail.deliver(
        received_at=datetime.now(UTC) + MINUTE, message_id="t@klant.example", sender="jan@klant.example",
        subject="Re: Vraag van jan", text="Bedankt!", answers="jan@klant.example",
    )  # fmt: skip
    two.run("sync")

    assert statuses(two)["jan"] == "waiting"


def test_a_mail_that_was_not_seen_when_snoozed_ends_it(two: DiskShop) -> None:
    two.run("snooze", name_of(two, "jan"), "3d")
    two.mail.deliver(
        received_at=NOW - 35 * MINUTE, message_id="early@klant.example", sender="jan@klant.example",
        subject="Vraag van jan", text="Dit is een schande!",
    )  # fmt: skip
    two.run("sync")

    assert statuses(two)["jan"] == "waiting"


def test_after_reopen_a_mail_can_be_filed_again(two: DiskShop) -> None:
    jan = name_of(two, "jan")
    two.run("done", jan)
    two.run("reopen", jan)
    (mail,) = [file for file in _files(two.mail.folder) if b"<jan@klant" in file.read_bytes().split(b"In-Reply-To")[0]]
    mail.unlink()
    two.run("sync")

    assert rows(two)["jan"]["notices"] == ["filed"]


def test_what_only_a_flag_answered_can_be_reopened(two: DiskShop) -> None:
    two.mail.deliver(
        received_at=NOW - 9 * MINUTE, flags="RS", message_id="rik@klant.example", sender="rik@klant.example",
        subject="Vraag van rik", text="Ik wil ze graag kopen.",
    )  # fmt: skip
    two.run("sync")
    before = statuses(two)["rik"]

    two.run("reopen", name_of(two, "rik"))

    assert (before, statuses(two)["rik"]) == ("answered", "waiting")


def test_mails_that_share_a_message_id_are_decided_apart(two: DiskShop) -> None:
    for name in ("els", "bob"):
        two.mail.deliver(
            received_at=NOW - 8 * MINUTE, message_id="same@form.example", sender=f"{name}@klant.example",
            subject=f"Vraag van {name}", text=f"Ik wil ze graag kopen, {name}.",
        )  # fmt: skip
    two.run("sync")
    two.run("done", name_of(two, "els"))

    assert (statuses(two)["els"], statuses(two)["bob"]) == ("done", "waiting")
    assert "graag kopen, bob." in two.run("show", name_of(two, "bob")).out


def test_the_queue_counts_what_is_snoozed_and_lists_it_when_asked(two: DiskShop) -> None:
    jan = name_of(two, "jan")
    two.run("snooze", jan, "until-reply")

    plain, asked = two.run("queue", "--no-sync").out, two.run("queue", "--no-sync", "--status", "snoozed").out

    assert ("1 snoozed" in plain, jan in plain) == (True, False)
    assert ("Snoozed (1)" in asked, jan in asked, "until reply" in asked) == (True, True, True)


def test_what_is_assigned_is_found_by_person_and_stays_with_the_conversation(two: DiskShop) -> None:
    jan = name_of(two, "jan")
    result = two.run("assign", jan, "Sanne")
    later(two, "jan")

    assert result.out == f"{jan}: for Sanne\n"
    assert {row["assigned_to"] for row in rows(two, "--for", "sanne").values()} == {"Sanne"}
    assert "[for Sanne, " in two.run("queue", "--no-sync").out
    two.run("assign", jan, "--nobody")
    assert rows(two)["jan"]["assigned_to"] is None


def test_notes_are_shown_in_order(two: DiskShop) -> None:
    jan = name_of(two, "jan")
    two.run("note", jan, "belt", "terug")
    two.run("note", jan, "is op vakantie")

    assert "  noted     belt terug · is op vakantie\n" in two.run("show", jan).out


def test_undo_takes_back_one_command_at_a_time(two: DiskShop) -> None:
    jan, piet = name_of(two, "jan"), name_of(two, "piet")
    two.run("done", jan, piet)
    two.run("reopen", jan)

    first, between = two.run("undo"), statuses(two)
    second, after = two.run("undo"), statuses(two)

    assert (first.out, between["jan"]) == (f"Taken back: {jan}: waits again\n", "done")
    assert second.out == f"Taken back: {jan}: done\nTaken back: {piet}: done\n"
    assert (after["jan"], after["piet"]) == ("waiting", "waiting")


def test_the_log_tells_what_was_decided_and_taken_back(two: DiskShop) -> None:
    jan, piet = name_of(two, "jan"), name_of(two, "piet")
    two.run("done", jan)
    two.run("undo")
    two.run("assign", piet, "Sanne")

    everything, one = two.run("log").out.splitlines(), two.run("log", piet).out.splitlines()

    assert [line.partition("  ")[2] for line in everything] == [f"{jan}: done (taken back)", f"{piet}: for Sanne"]
    assert one == everything[1:]


def test_decisions_do_not_exist_before_they_were_made(two: DiskShop) -> None:
    two.run("done", name_of(two, "jan"))

    assert statuses(two, "--at", (NOW - timedelta(seconds=1)).isoformat(), "--all")["jan"] == "waiting"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        pytest.param(("done", "zzzz"), 'There is no conversation "zzzz".', id="unknown"),
        pytest.param(("done", "{tine}"), "Nobody waits in {tine}.", id="answered already"),
        pytest.param(("reopen", "{jan}"), "{jan} was not closed: there is nothing to reopen.", id="waits already"),
        pytest.param(("snooze", "{jan}"), "Until when? Write for example tomorrow 9:00", id="no moment"),
        pytest.param(("snooze", "{jan}", "gisteren"), '"gisteren" is no moment that triage understands.', id="odd"),
        pytest.param(("assign", "{jan}"), "Name at least one ID, and who is to answer", id="nobody named"),
        pytest.param(("assign", "{jan}", "{tine}"), "Name at least one ID, and who is to answer", id="an ID as person"),
        pytest.param(("note", "{jan}", ""), "What is to be noted?", id="an empty note"),
        pytest.param(("done", ""), 'There is no conversation "".', id="an empty ID"),
        pytest.param(("undo",), "There is nothing to undo.", id="nothing decided"),
    ],
)
def test_wrong_usage_is_told_in_a_sentence_and_decides_nothing(
    two: DiskShop, command: tuple[str, ...], said: str
) -> None:
    names = {person: name_of(two, person) for person in ("jan", "tine")}

    result = two.run(*(word.format(**names) for word in command))

    assert (result.status, result.out, said.format(**names) in result.err) == (2, "", True)
    assert two.run("log").out == "Nothing was decided yet.\n"


def test_all_or_nothing(two: DiskShop) -> None:
    result = two.run("done", name_of(two, "jan"), "zzzz")

    assert (result.status, statuses(two)["jan"]) == (2, "waiting")


def test_the_shell_offers_ids_with_who_asks_what(two: DiskShop) -> None:
    jan, piet = name_of(two, "jan"), name_of(two, "piet")

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("_TRIAGE_COMPLETE", "complete_zsh")
        patch.setenv("_TYPER_COMPLETE_ARGS", "triage done ")
        offered = two.run("done").out

    assert [f'"{name}":"{person}@klant.example' in offered for name, person in ((jan, "jan"), (piet, "piet"))] == [
        True,
        True,
    ]


def test_without_a_database_the_shell_offers_nothing(disk: DiskShop) -> None:
    disk.configure(disk.account())

    assert list(complete_ids("")) == []


def test_to_reopen_the_shell_offers_what_was_closed(two: DiskShop) -> None:
    jan = name_of(two, "jan")
    two.run("done", jan)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("_TRIAGE_COMPLETE", "complete_zsh")
        patch.setenv("_TYPER_COMPLETE_ARGS", "triage reopen ")
        offered = two.run("reopen").out

    assert (f'"{jan}":"jan@klant.example' in offered, "piet@klant.example" in offered) == (True, False)
