"""`triage notes export`, `import`: what was decided here holds there, whenever the mail comes."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.on_disk import MINUTE, DiskShop
from tests.shop import OURS
from triage.errors import ExitStatus

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime.now(UTC)


@pytest.fixture
def shop(disk: DiskShop) -> DiskShop:
    """A shop in which something was decided about each of four customers."""
    for number, name in enumerate(("jan", "piet", "tine", "joop")):
        disk.mail.deliver(
            received_at=NOW - (90 - number) * MINUTE, message_id=f"{name}@klant.example",
            sender=f"{name}@klant.example", subject=f"Vraag van {name}", text="Ik wil ze graag kopen.",
        )  # fmt: skip
    disk.mail.deliver(
        "Sent", NOW - 5 * MINUTE, sender=f"Shop <{OURS}>", to="tine@klant.example", subject="Re: Vraag van tine",
        text="Ja hoor.", message_id="a@shop.example", answers="tine@klant.example",
    )  # fmt: skip
    disk.open()
    disk.run("sync")
    ids = {row["from_email"].partition("@")[0]: row["id"] for row in rows(disk)}
    disk.run("done", ids["jan"])
    disk.run("correct", ids["piet"], "angry")
    disk.run("note", ids["tine"], "heeft brede voeten")
    disk.run("snooze", ids["joop"], "until-reply")
    disk.run("assign", ids["joop"], "Ans")
    disk.run("undo")
    return disk


def rows(shop: DiskShop) -> list[dict[str, Any]]:
    changing = ("urgency", "waited_minutes", "rank")
    found = shop.run("export", "--all", "--format", "json", "--no-sync").rows
    return sorted(
        ({name: value for name, value in row.items() if name not in changing} for row in found),
        key=lambda row: row["id"],
    )


def another(shop: DiskShop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go on at a machine that has seen nothing yet."""
    monkeypatch.setenv("TRIAGE_DATA_DIR", str(shop.folder / "elsewhere"))


@pytest.mark.parametrize("first", ["import", "sync"])
def test_decisions_hold_on_another_machine(shop: DiskShop, monkeypatch: pytest.MonkeyPatch, first: str) -> None:
    file = str(shop.folder / "notes.json")
    expected, log, said = rows(shop), shop.run("log").out, shop.run("notes", "export", "--output", file)
    another(shop, monkeypatch)

    steps = {"import": shop.run("notes", "import", file), "sync": shop.run("sync")} if first == "import" else {
        "sync": shop.run("sync"), "import": shop.run("notes", "import", file),
    }  # fmt: skip

    assert [result.status for result in (said, *steps.values())] == [0, 0, 0]
    assert (rows(shop), shop.run("log").out) == (expected, log)
    assert shop.run("notes", "export").out == (shop.folder / "notes.json").read_text("utf-8")


def test_what_was_decided_twice_is_one(shop: DiskShop) -> None:
    file = shop.folder / "notes.json"
    shop.run("notes", "export", "-o", str(file))

    result = shop.run("notes", "import", str(file))

    assert (result.status, result.out) == (0, "New here: 0 decisions, 0 IDs, 0 rounds that ended.\n")
    assert shop.run("notes", "export").out == file.read_text("utf-8")


@pytest.mark.skipif(os.name == "nt", reason="Windows has permissions of another kind")
def test_the_file_is_for_its_owner_alone(shop: DiskShop) -> None:
    before = os.umask(0)
    try:
        result = shop.run("notes", "export", "--output", str(shop.folder / "notes.json"))
    finally:
        os.umask(before)

    assert (shop.folder / "notes.json").stat().st_mode & 0o777 == 0o600
    assert result.err.endswith("notes.json: 5 decisions, 4 IDs, 2 rounds that ended.\n")


def test_nothing_of_a_broken_file_is_taken(shop: DiskShop) -> None:
    before = shop.run("notes", "export").out
    content = json.loads(before)
    content["decisions"][0]["value"] = "changed"
    content["outcomes"][0]["kind"] = "bargain"
    (shop.folder / "notes.json").write_text(json.dumps(content), "utf-8")

    result = shop.run("notes", "import", str(shop.folder / "notes.json"))

    assert (result.status, shop.run("notes", "export").out) == (ExitStatus.USAGE, before)
    assert 'number 1 of "outcomes" cannot be read. Nothing was imported;' in result.err


@pytest.mark.parametrize(("content", "said"), [(None, "cannot be read: "), (b"\xff\xfe", "it is no text")])
def test_a_file_that_is_none_is_told_in_a_sentence(shop: DiskShop, content: bytes | None, said: str) -> None:
    if content is not None:
        (shop.folder / "notes.json").write_bytes(content)

    result = shop.run("notes", "import", str(shop.folder / "notes.json"))

    assert (result.status, said in result.err, result.err.count("\n")) == (ExitStatus.USAGE, True, 1)


def test_triage_alone_still_is_the_queue(shop: DiskShop) -> None:
    assert "Vraag van piet" in shop.run("--no-sync").out


def test_the_notes_have_words_of_customers_and_the_help_says_so(shop: DiskShop) -> None:
    assert "klant" in shop.run("notes", "export").out
    assert "It holds words of your customers" in shop.run("notes", "export", "--help").out


@pytest.mark.parametrize("command", ["export", "import"])
def test_options_work_before_and_behind(shop: DiskShop, command: str, tmp_path: Path) -> None:
    file = tmp_path / "notes.json"
    shop.run("notes", "export", "--output", str(file))
    arguments = ("--output", str(file)) if command == "export" else (str(file),)

    behind = shop.run("notes", command, *arguments, "--quiet")
    before = shop.run("--quiet", "notes", command, *arguments)
    assert [(result.status, result.err) for result in (behind, before)] == [(0, ""), (0, "")]
