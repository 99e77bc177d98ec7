"""`triage correct`, `confirm`, `undo`: the owner's word holds at once, teaches, and can be taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.cli.on_disk import MINUTE, DiskShop

if TYPE_CHECKING:
    from tests.shop import Result

NOW = datetime.now(UTC)


@pytest.fixture
def idiom(disk: DiskShop) -> DiskShop:
    """Mails with a word of this shop's own, which no classifier knows."""
    for number, text in enumerate(("de klapspaan graag", "en de klapspaan?", "ook de klapspaan", "klapspaan de grote")):
        disk.mail.deliver(
            received_at=NOW - (number + 1) * 10 * MINUTE, message_id=f"k{number}@klant.example",
            sender=f"klant{number}@klant.example", subject="", text=text,
        )  # fmt: skip
    disk.open()
    disk.run("sync")
    return disk


def kinds(shop: DiskShop, *options: str) -> dict[str, str]:
    """Give the kind of each conversation, by its newest mail."""
    rows = shop.run("export", "--format", "json", "--all", "--no-sync", *options).rows
    return {row["message_id"].partition("@")[0]: row["kind"] for row in rows}


def name_of(shop: DiskShop, mail: str) -> str:
    rows = shop.run("export", "--format", "json", "--all", "--no-sync").rows
    return next(str(row["id"]) for row in rows if row["message_id"].startswith(f"{mail}@"))


def correct(shop: DiskShop, mail: str, kind: str, *options: str) -> Result:
    return shop.run("correct", name_of(shop, mail), kind, *options)


def test_a_correction_holds_at_once_and_says_so(idiom: DiskShop) -> None:
    identity = name_of(idiom, "k0")

    result = correct(idiom, "k0", "bought")

    assert (result.status, result.out) == (0, f"{identity}: Has bought, no longer At the door.\n")
    assert result.err == "`triage undo` takes it back.\n"
    assert kinds(idiom) == {"k0": "bought", "k1": "knock", "k2": "knock", "k3": "knock"}


def test_what_was_corrected_twice_is_known_again(idiom: DiskShop) -> None:
    others = {f"{name_of(idiom, mail)}: Wants to buy as well." for mail in ("k2", "k3")}

    first, second = correct(idiom, "k0", "buy"), correct(idiom, "k1", "buy")

    assert [set(each.out.splitlines()[1:]) for each in (first, second)] == [set(), others]
    assert set(kinds(idiom).values()) == {"buy"}


def test_mail_that_comes_in_later_is_judged_by_what_was_taught(idiom: DiskShop) -> None:
    for mail in ("k0", "k1", "k2"):
        correct(idiom, mail, "buy")
    idiom.mail.deliver(received_at=NOW - MINUTE, message_id="new@klant.example", subject="", text="een klapspaan dan")
    idiom.run("sync")

    assert kinds(idiom)["new"] == "buy"


def test_undo_takes_back_what_was_decided_and_what_was_learnt_from_it(idiom: DiskShop) -> None:
    before = kinds(idiom)
    identity = name_of(idiom, "k2")
    for mail in ("k0", "k1", "k2"):
        correct(idiom, mail, "buy")

    first = idiom.run("undo")
    rest = [idiom.run("undo") for _ in range(3)]

    assert first.out == f"Taken back: {identity}: Wants to buy, confirmed\n"
    assert [(each.status, each.err) for each in rest] == [(0, ""), (0, ""), (2, "triage: There is nothing to undo.\n")]
    assert kinds(idiom) == before


def test_a_decision_does_not_exist_before_it_was_made(idiom: DiskShop) -> None:
    correct(idiom, "k0", "bought")

    assert kinds(idiom, "--at", (NOW - timedelta(seconds=1)).isoformat())["k0"] == "knock"


def test_a_confirmed_guess_is_sure(idiom: DiskShop) -> None:
    identity = name_of(idiom, "k0")

    result = idiom.run("confirm", identity)

    row = next(row for row in idiom.run("export", "--format", "json", "--no-sync").rows if row["id"] == identity)
    assert (result.status, result.out) == (0, f"{identity}: At the door, as you say.\n")
    assert (row["confidence"], row["notices"]) == (1.0, [])


def test_what_needs_no_answer_can_be_said_and_called_back(idiom: DiskShop) -> None:
    correct(idiom, "k0", "none")
    waiting = {row["message_id"] for row in idiom.run("export", "--format", "json", "--no-sync").rows}

    correct(idiom, "k0", "knock")

    assert "k0@klant.example" not in waiting
    assert kinds(idiom)["k0"] == "knock"


def test_a_correction_outlives_the_mirror(idiom: DiskShop) -> None:
    correct(idiom, "k0", "bought")
    idiom.open(rest='[[rule]]\ntext = "iets anders"\nkind = "other"')

    assert kinds(idiom)["k0"] == "bought"


def test_accounts_learn_apart_unless_told(idiom: DiskShop) -> None:
    second = DiskShop(idiom.folder / "second")
    second.mail.deliver(received_at=NOW - MINUTE, message_id="s@klant.example", subject="", text="de klapspaan maar")
    accounts = idiom.account(), second.account("second").replace(str(idiom.folder / "mail"), str(second.mail.folder))
    idiom.configure(*accounts)
    idiom.run("sync")
    for mail in ("k0", "k1"):
        correct(idiom, mail, "buy")
    apart = kinds(idiom)["s"]

    for mail in ("k0", "k1", "k2"):
        correct(idiom, mail, "buy", "--everywhere")

    assert (apart, kinds(idiom)["s"]) == ("knock", "buy")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        pytest.param(("correct", "zzzz", "buy"), 'There is no conversation "zzzz".', id="unknown"),
        pytest.param(("correct", "k", "koper"), "koper", id="no kind"),
        pytest.param(("confirm",), "ID", id="nothing named"),
    ],
)
def test_wrong_usage_is_told_in_a_sentence(idiom: DiskShop, command: tuple[str, ...], said: str) -> None:
    result = idiom.run(*command)

    assert (result.status, result.out, said in result.err) == (2, "", True)


def test_show_says_who_said_so(idiom: DiskShop) -> None:
    identity = name_of(idiom, "k0")
    correct(idiom, "k0", "bought")

    lines = idiom.run("show", identity).out.splitlines()

    assert [line.split(maxsplit=1)[1] for line in lines if line.startswith("  kind")] == [
        "Has bought (bought), as you said"
    ]


def test_show_says_without_which_words_it_would_be_of_another_kind(disk: DiskShop) -> None:
    disk.mail.deliver(
        received_at=NOW - MINUTE, message_id="q@klant.example", subject="", text="Schandalig. Waar is mijn pakket?"
    )
    disk.open()
    disk.run("sync")

    out = disk.run("show", name_of(disk, "q")).out

    assert "without “Schandalig”: Has bought\n" in out
