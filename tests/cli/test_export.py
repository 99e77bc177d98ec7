"""`triage export`: bytes that scripts and spreadsheets rely on."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.cli.on_disk import STORED, DiskShop
from tests.cli.snapshots import assert_snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from tests.shop import Result

FIELDS = [
    *("id", "account", "status", "lane", "kind", "confidence", "reason", "flags", "urgency", "rank", "from_name"),
    *("from_email", "subject", "language", "received_at", "waiting_since", "waited_minutes", "target_minutes"),
    *("due_at", "answered_at", "response_minutes", "messages", "unanswered_messages", "order_number", "carrier"),
    *("assigned_to", "snoozed_until", "because", "snippet", "message_id", "mailbox", "notices", "url"),
]
LISTS = {"flags", "because", "notices"}


def export(shop: DiskShop, *arguments: str) -> Result:
    result = shop.run("export", *STORED, *arguments)
    assert (result.status, result.err) == (0, "")
    return result


def test_the_csv_is_what_rfc_4180_says(wednesday: DiskShop) -> None:
    text = export(wednesday).out

    header, *lines = text.removesuffix("\r\n").split("\r\n")
    assert header == ",".join(FIELDS)
    assert (len(lines), text.endswith("\r\n"), "\n" in text.replace("\r\n", "")) == (9, True, False)
    assert [len(row) for row in csv.reader(io.StringIO(text, newline=""))] == [33] * 10


def test_the_bytes_of_the_csv_are_those_of_its_picture(wednesday: DiskShop) -> None:
    columns = "id,status,lane,kind,urgency,rank,from_name,from_email,subject,received_at,waiting_since,waited_minutes,"
    columns += (
        "target_minutes,due_at,answered_at,response_minutes,messages,unanswered_messages,because,message_id,mailbox"
    )

    assert_snapshot("export.csv", export(wednesday, "--all", "--columns", columns).out)


def test_json_is_one_object_with_every_field_in_order(wednesday: DiskShop) -> None:
    content = json.loads(export(wednesday, "--format", "json").out)

    assert list(content) == ["generated_at", "at", "schema", "conversations"]
    assert (content["at"], content["schema"]) == ("2026-11-18T12:00:00+01:00", 1)
    assert {tuple(row) for row in content["conversations"]} == {tuple(FIELDS)}


def test_json_lines_and_json_hold_the_same(wednesday: DiskShop) -> None:
    lines = export(wednesday, "--all", "--format", "jsonl").out

    assert [json.loads(line) for line in lines.splitlines()] == export(wednesday, "--all", "--format", "json").rows
    assert lines.endswith("}\n")


def test_csv_and_json_hold_the_same(wednesday: DiskShop) -> None:
    rows = export(wednesday, "--all", "--raw").csv

    def cell(name: str, value: object) -> str:
        if isinstance(value, list):
            return (" · " if name == "because" else " ").join(value)
        return "" if value is None else str(value)

    expected = export(wednesday, "--all", "--format", "json").rows
    assert rows == [{name: cell(name, value) for name, value in row.items()} for row in expected]


def test_every_type_is_as_promised(wednesday: DiskShop) -> None:
    rows = export(wednesday, "--all", "--format", "json").rows
    numbers = {"rank", "waited_minutes", "target_minutes", "response_minutes", "messages", "unanswered_messages"}

    types = {name: {type(row[name]) for row in rows} - {type(None)} for name in FIELDS}

    assert {name for name in FIELDS if types[name] <= {list} and types[name]} == LISTS
    assert {name for name in FIELDS if types[name] == {int}} == numbers
    assert types["confidence"] == {float}
    assert set().union(*(types[name] for name in FIELDS if name not in {*LISTS, *numbers, "confidence"})) == {str}


def test_what_waits_comes_by_rank_and_the_rest_newest_first(wednesday: DiskShop) -> None:
    rows = export(wednesday, "--all", "--format", "json").rows

    assert [row["rank"] for row in rows] == [*range(1, 10), None]
    assert [row["status"] for row in rows] == ["waiting"] * 9 + ["answered"]


def test_an_answered_conversation_says_when_and_how_fast(wednesday: DiskShop) -> None:
    row = export(wednesday, "--status", "answered", "--format", "json").rows[0]

    names = ("status", "lane", "urgency", "rank", "waiting_since", "waited_minutes", "answered_at", "response_minutes")
    assert [row[name] for name in names] == [
        *("answered", None, None, None, None, None, "2026-11-17T13:00:00+01:00", 60),
    ]


def test_columns_are_chosen_and_ordered(wednesday: DiskShop) -> None:
    text = export(wednesday, "--columns", "rank, id,kind", "--limit", "1").out

    assert text.splitlines()[0] == "rank,id,kind"
    assert text.splitlines()[1].startswith("1,")


def test_an_unknown_column_is_refused_with_those_there_are(wednesday: DiskShop) -> None:
    result = wednesday.run("export", *STORED, "--columns", "id,price")

    assert (result.status, result.out) == (2, "")
    assert result.err == f'triage: There is no column "price". Choose among: {", ".join(FIELDS)}.\n'


def test_excel_opens_it_by_double_click(wednesday: DiskShop) -> None:
    text = export(wednesday, "--excel", "--columns", "rank,confidence,from_name", "--limit", "1").out

    assert text == "\ufeffrank;confidence;from_name\r\n1;1,0;李小龍\r\n"


@pytest.mark.parametrize(
    "subject",
    [
        '=HYPERLINK("http://evil.example";"klik")', "+31 6 12345678", "-2+3+cmd|' /C calc'!A0", "@SUM(1+1)*cmd",
        "＝1＋1", "=1", ";=1", '",=1',
    ],
)  # fmt: skip
def test_no_spreadsheet_runs_a_subject_as_a_formula(disk: DiskShop, subject: str) -> None:
    disk.mail.deliver(subject=subject, sender='"=1+1" <jan@klant.example>')
    disk.open()
    disk.run("sync")

    safe, raw = (export(disk, *option).csv[0] for option in ([], ["--raw"]))

    assert (raw["subject"], raw["from_name"]) == (subject, "=1+1")
    assert safe["from_name"] == "'=1+1"
    assert safe["subject"].removeprefix("'") == subject
    assert not safe["subject"].startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_a_real_spreadsheet_reads_it(wednesday: DiskShop, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    file = tmp_path / "queue.csv"
    export(wednesday, "--output", str(file), "--quiet")
    subprocess.run(
        ["soffice", "--headless", "--convert-to", "xlsx", "--outdir", tmp_path, file], check=True, timeout=50
    )

    rows = list(openpyxl.load_workbook(tmp_path / "queue.xlsx").active.iter_rows(values_only=True))

    assert [row[12] or "" for row in rows[1:]] == [row["subject"] for row in export(wednesday).csv]


def test_a_file_is_written_whole_and_for_its_owner_alone(wednesday: DiskShop, tmp_path: Path) -> None:
    file = tmp_path / "out" / "queue.csv"
    file.parent.mkdir()
    file.write_text("old", "utf-8")

    result = wednesday.run("export", *STORED, "--output", str(file))

    assert (result.status, result.out, result.err) == (0, "", f"9 conversations written to {file}.\n")
    assert file.read_bytes().decode() == export(wednesday).out
    assert list(file.parent.iterdir()) == [file]
    if os.name != "nt":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_dash_means_stdout(wednesday: DiskShop) -> None:
    assert export(wednesday, "--output", "-") == export(wednesday)


def test_quiet_says_nothing_about_the_file(wednesday: DiskShop, tmp_path: Path) -> None:
    result = wednesday.run("export", *STORED, "--quiet", "--output", str(tmp_path / "x.csv"))

    assert (result.status, result.out, result.err) == (0, "", "")


@pytest.mark.skipif(os.name == "nt", reason="symbolic links need rights on Windows")
def test_a_symbolic_link_is_refused_and_what_it_points_to_stays(wednesday: DiskShop, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine", "utf-8")
    (tmp_path / "link.csv").symlink_to(tmp_path / "precious")

    result = wednesday.run("export", *STORED, "--output", str(tmp_path / "link.csv"))

    assert (result.status, (tmp_path / "precious").read_text("utf-8")) == (2, "mine")


def test_a_folder_that_is_not_there_is_told(wednesday: DiskShop, tmp_path: Path) -> None:
    result = wednesday.run("export", *STORED, "--output", str(tmp_path / "none" / "x.csv"))

    assert (result.status, result.err.count("\n"), "none" in result.err) == (2, 1, True)


@pytest.mark.parametrize("form", ["csv", "json", "jsonl"])
def test_the_queue_gives_the_same_as_the_export(wednesday: DiskShop, form: str) -> None:
    queue = wednesday.run("queue", "--format", form, *STORED).out
    exported = export(wednesday, "--format", form).out

    assert [line for line in queue.splitlines() if "generated_at" not in line] == [
        line for line in exported.splitlines() if "generated_at" not in line
    ]
