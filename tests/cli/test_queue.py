"""`triage queue` as people see it: the same mails at the same moment give the same picture."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len

from tests.cli.on_disk import AT, DAY, STORED, DiskShop
from tests.cli.snapshots import assert_snapshot
from tests.shop import NOON

if TYPE_CHECKING:
    from tests.shop import Result

ESCAPE = "\x1b"
ROOT = Path(__file__).parents[2]


def queue(shop: DiskShop, *arguments: str) -> Result:
    return shop.run("queue", *STORED, *arguments)


def ids(result: Result) -> list[str]:
    """The IDs of the rows of a table, in order."""
    return re.findall(r"^ *\d+  ([a-z0-9]{4,}) ", result.out, re.MULTILINE)


def export(shop: DiskShop, *arguments: str) -> list[dict[str, Any]]:
    result = shop.run("queue", "--format", "json", *STORED, *arguments)
    assert result.status == 0
    return result.rows


@pytest.mark.parametrize("width", [40, 80, 120, 200])
@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_queue_looks_like_its_picture(
    wednesday: DiskShop, monkeypatch: pytest.MonkeyPatch, width: int, language: str
) -> None:
    wednesday.open(language)
    monkeypatch.setenv("COLUMNS", str(width))

    result = queue(wednesday)

    assert (result.status, result.err) == (0, "")
    assert_snapshot(f"queue-{language}-{width}.txt", result.out)


@pytest.mark.parametrize("width", [40, 60, 69, 70, 80, 100, 149, 150, 240, 500])
def test_no_row_is_wider_than_the_screen(wednesday: DiskShop, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))

    rows = queue(wednesday).out.splitlines()[:-1]  # the forgotten's IDs stay on one line, to be copied

    assert [row for row in rows if cell_len(row) > width] == []


@pytest.mark.parametrize("language", ["en", "nl"])
def test_plain_is_sentences_without_columns(wednesday: DiskShop, language: str) -> None:
    wednesday.open(language)

    result = queue(wednesday, "--plain")

    assert_snapshot(f"queue-{language}-plain.txt", result.out)


def test_colours_look_like_their_picture(wednesday: DiskShop) -> None:
    assert_snapshot("queue-en-80-colour.txt", queue(wednesday, "--color").out)


@pytest.mark.parametrize(
    ("environment", "option", "is_coloured"),
    [
        pytest.param({}, [], False, id="a pipe"),
        pytest.param({"FORCE_COLOR": "1"}, [], True, id="a pipe, FORCE_COLOR"),
        pytest.param({}, ["--color"], True, id="a pipe, --color"),
        pytest.param({"NO_COLOR": "1"}, ["--color"], True, id="--color beats NO_COLOR"),
        pytest.param({"NO_COLOR": "1", "FORCE_COLOR": "1"}, [], False, id="NO_COLOR beats FORCE_COLOR"),
        pytest.param({"FORCE_COLOR": "1"}, ["--no-color"], False, id="--no-color beats FORCE_COLOR"),
        pytest.param({"FORCE_COLOR": "1"}, ["--plain"], False, id="--plain beats FORCE_COLOR"),
        pytest.param({"NO_COLOR": ""}, ["--color"], True, id="an empty NO_COLOR says nothing"),
    ],
)
def test_colour_is_a_matter_of_the_terminal_and_the_users_wish(
    wednesday: DiskShop,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    option: list[str],
    is_coloured: bool,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert bool(re.search(r"\x1b\[[0-9;]*38;5;", queue(wednesday, *option).out)) is is_coloured


@pytest.mark.parametrize("form", ["csv", "json", "jsonl"])
def test_machine_formats_have_no_colours_even_when_forced(wednesday: DiskShop, form: str) -> None:
    result = queue(wednesday, "--format", form, "--color")

    assert (ESCAPE in result.out, result.err) == (False, "")


def test_triage_alone_is_the_queue(wednesday: DiskShop) -> None:
    assert wednesday.run(*STORED) == queue(wednesday)


def test_options_that_work_everywhere_may_stand_before_the_command(wednesday: DiskShop) -> None:
    from tests.shop import run

    before = run("--config", str(wednesday.config), "--plain", "queue", *STORED)

    assert before == queue(wednesday, "--plain")


@pytest.mark.parametrize(
    ("option", "subjects"),
    [
        pytest.param(["--kind", "angry"], ["DIT IS NIET NORMAAL"], id="one kind"),
        pytest.param(["--kind", "knock", "--kind", "angry"], ["", "DIT IS NIET NORMAAL"], id="two kinds"),
        pytest.param(["--lane", "forgotten"], ["Schoenen voor mijn moeder"], id="a lane"),
        pytest.param(["--status", "answered"], ["Veters"], id="a status"),
        pytest.param(["--account", "shop", "--kind", "other"], ["Factuur 2026-118"], id="an account and a kind"),
        pytest.param(["--for", "Sjoerd"], [], id="nothing is assigned to this person"),
        pytest.param(["--limit", "0"], [], id="none at all"),
    ],
)
def test_what_is_asked_for_is_shown(wednesday: DiskShop, option: list[str], subjects: list[str]) -> None:
    assert [row["subject"] for row in export(wednesday, *option)] == subjects


def test_ranks_are_those_of_the_whole_queue_whatever_is_filtered(wednesday: DiskShop) -> None:
    whole = {row["id"]: row["rank"] for row in export(wednesday)}

    assert sorted(whole.values()) == list(range(1, len(whole) + 1))
    for option in (["--kind", "angry"], ["--lane", "forgotten"], ["--limit", "3"]):
        assert [row["rank"] for row in export(wednesday, *option)] == [
            whole[row["id"]] for row in export(wednesday, *option)
        ]
    assert [row["rank"] for row in export(wednesday, "--lane", "forgotten")] == [8]


def test_the_last_line_is_for_the_forgotten_also_under_a_limit(wednesday: DiskShop) -> None:
    forgotten = export(wednesday, "--lane", "forgotten")[0]["id"]

    result = queue(wednesday, "--limit", "2")

    assert len(ids(result)) == 2
    assert result.out.splitlines()[-1] == f"1 forgotten: answer now, with an apology: {forgotten}"


def test_when_nobody_waits_it_says_so(disk: DiskShop) -> None:
    disk.open()
    disk.run("sync")
    disk.note_sync()

    assert queue(disk).out.splitlines()[1:] == [
        "",
        "Nobody waits. All is answered.",
        "synced 12:00",
        "Nobody is forgotten.",
    ]


def test_before_mail_was_ever_fetched_nobody_is_said_to_be_answered(disk: DiskShop) -> None:
    disk.open()

    assert disk.run("queue", "--no-sync").out.splitlines()[1:] == [
        "",
        "No mail was fetched yet, so nobody can say who waits.",
        "never synced",
        "Nobody is forgotten as far as is known.",
    ]


@pytest.mark.parametrize("command", ["queue", "overdue"])
def test_a_first_sync_that_fails_shows_no_question_mark_for_a_moment(disk: DiskShop, command: str) -> None:
    disk.configure(disk.account(folder="nonesuch"))

    result = disk.run(command)

    assert result.status != 0
    assert "?" not in result.out
    assert "Nobody waits." not in result.out


def test_an_account_that_was_never_fetched_is_named(wednesday: DiskShop) -> None:
    wednesday.run("done", *(row["id"] for row in export(wednesday)))
    (wednesday.folder / "second" / "cur").mkdir(parents=True)
    wednesday.configure(wednesday.account(), wednesday.account("web", "second"))

    out = wednesday.run("queue", "--no-sync").out

    assert "Nobody waits as far as is known: no mail was fetched yet of web." in out.splitlines()


def test_what_is_only_snoozed_is_not_answered(wednesday: DiskShop) -> None:
    names = [row["id"] for row in export(wednesday)]
    wednesday.run("done", *names[2:])
    wednesday.run("snooze", *names[:2], "until-reply")

    both = wednesday.run("queue", "--no-sync").out
    wednesday.run("done", names[0])
    one = wednesday.run("queue", "--no-sync").out

    assert "Nobody waits but 2 that are snoozed." in both.splitlines()
    assert "Nobody waits but 1 that is snoozed." in one.splitlines()


def test_statuses_stand_together_when_several_are_asked_for(wednesday: DiskShop) -> None:
    names = [row["id"] for row in export(wednesday)]
    wednesday.run("done", names[2], names[4])
    wednesday.run("snooze", names[3], "until-reply")

    out = wednesday.run("queue", "--no-sync", "--status", "done", "--status", "answered", "--status", "snoozed").out

    headings = [line for line in out.splitlines() if re.fullmatch(r"[A-Z][a-z]+ \(.*\)", line)]
    assert headings == ["Snoozed (1)", "Answered (1)", "Done (2)"]


def test_when_nothing_is_like_that_it_says_so(wednesday: DiskShop) -> None:
    assert "None of those waiting is like that." in queue(wednesday, "--for", "Sjoerd").out.splitlines()


def test_a_first_sync_folds_what_was_forgotten_before_into_the_last_line(disk: DiskShop) -> None:
    now = datetime.now(UTC)
    for number in range(50):
        disk.mail.deliver(
            received_at=now - (20 + number) * DAY, message_id=f"old{number}@klant.example", subject=f"Oud {number}",
            sender=f"k{number}@klant.example",
        )  # fmt: skip
    disk.mail.deliver(received_at=now - timedelta(minutes=1), message_id="new@klant.example")
    disk.open()

    first, second = disk.run("queue"), disk.run("queue")

    last = first.out.splitlines()[-1]
    assert (len(ids(first)), len(ids(second))) == (1, 51)
    assert last.startswith("50 forgotten: answer now, with an apology: ")
    assert last.endswith(" and 10 more")
    assert "These were waiting before triage came; `triage queue --lane forgotten` lists them:" in first.out
    assert "These were waiting" not in second.out


def test_what_is_folded_has_its_status_lane_and_urgency_as_always(disk: DiskShop) -> None:
    disk.mail.deliver(received_at=datetime.now(UTC) - 30 * DAY)
    disk.open()

    rows = disk.run("queue", "--format", "json").rows

    assert [(row["status"], row["lane"], row["urgency"], row["rank"]) for row in rows] == [
        ("waiting", "forgotten", "forgotten", 1)
    ]


def test_a_limit_counts_what_is_shown_not_what_is_folded(disk: DiskShop) -> None:
    now = datetime.now(UTC)
    for number in range(3):
        disk.mail.deliver(
            received_at=now - 30 * DAY, message_id=f"old{number}@klant.example", sender=f"o{number}@klant.example"
        )
        disk.mail.deliver(
            received_at=now, message_id=f"new{number}@klant.example", sender=f"n{number}@klant.example",
            text="Onze factuur staat nog open.", subject=f"Nota {number}",
        )  # fmt: skip
    disk.open()  # `other` stands behind `forgotten`

    assert len(ids(disk.run("queue", "--limit", "2"))) == 2


def test_at_judges_as_if_it_were_that_moment(wednesday: DiskShop) -> None:
    before = (NOON - timedelta(minutes=90)).isoformat()

    rows = wednesday.run("queue", "--format", "json", "--no-sync", "--at", before).rows

    assert {row["received_at"] for row in rows if row["received_at"] > before} == set()
    assert len(rows) == len(export(wednesday)) - 5


def test_at_without_an_offset_means_the_shops_zone(wednesday: DiskShop) -> None:
    without = wednesday.run("queue", "--format", "json", "--no-sync", "--at", "2026-11-18T12:00")

    assert json.loads(without.out)["at"] == "2026-11-18T12:00:00+01:00"
    assert [row["rank"] for row in without.rows] == [row["rank"] for row in export(wednesday)]


def test_a_mailbox_that_is_not_wholly_known_is_told_loudly(wednesday: DiskShop) -> None:
    from triage.store import Store

    with Store(wednesday.folder / "data") as store, store.transaction():
        known = store.mailboxes()[0]
        store._db.execute("UPDATE mirror_mailbox SET known_count = 7 WHERE id = ?", (known.id,))  # noqa: SLF001

    assert "INBOX: 7 of 10 known" in " ".join(queue(wednesday).out.split())


def test_several_accounts_are_told_apart(wednesday: DiskShop) -> None:
    (wednesday.folder / "second" / "cur").mkdir(parents=True)
    wednesday.configure(wednesday.account(), wednesday.account("web", "second"))
    wednesday.run("sync")

    assert "shop INBOX 10/10 · shop Sent 1/1" in " ".join(queue(wednesday).out.split())


def test_sorted_by_time_each_row_names_its_lane(wednesday: DiskShop) -> None:
    config = wednesday.config.read_text("utf-8")
    wednesday.config.write_text(config + '\n[queue]\nsort = "age"\n', "utf-8")

    assert "[Wants to buy]" in queue(wednesday).out
    assert "Wants to buy (" not in queue(wednesday).out


def test_the_queue_syncs_first(disk: DiskShop) -> None:
    disk.open()
    disk.run("sync")
    disk.mail.deliver(received_at=NOON)

    assert len(ids(disk.run("queue", *AT))) == 1


def test_verbose_says_on_stderr_what_was_fetched(disk: DiskShop) -> None:
    disk.mail.deliver(received_at=NOON)
    disk.open()

    result = disk.run("queue", "--verbose")

    assert result.err == "shop INBOX: 1 new; 1 on the server, 1 known\n"


def test_a_verbose_sync_says_once_what_was_fetched(disk: DiskShop) -> None:
    disk.mail.deliver(received_at=NOON)
    disk.open()

    result = disk.run("sync", "--verbose")

    assert (result.out, result.err) == ("shop INBOX: 1 new; 1 on the server, 1 known\n", "")


def test_a_lane_that_is_cut_short_says_so(wednesday: DiskShop) -> None:
    assert "Wants to buy (1 of 2)" in queue(wednesday, "--limit", "1").out.splitlines()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_no_locale_makes_a_letter_fail(wednesday: DiskShop, encoding: str) -> None:
    """As in a container without a locale: what is piped is UTF-8 all the same."""
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "cli", *STORED, "--config", str(wednesday.config)],
        capture_output=True, check=True, env={**environment, "PYTHONIOENCODING": encoding, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip

    assert (done.stdout.decode().splitlines(), done.stderr) == (queue(wednesday).out.splitlines(), b"")
