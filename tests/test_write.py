"""A report is written whole or not at all, and over nothing that is no report."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.test_store import limited_files
from triage.errors import ExitStatus, StoreError, UsageError
from triage.report.write import write_file

POSIX_ONLY = pytest.mark.skipif(os.name == "nt", reason="Windows has permissions of another kind")


def test_a_text_is_written_byte_for_byte(tmp_path: Path) -> None:
    write_file(tmp_path / "queue.csv", "\ufeffid;naam\r\nbcdf;Zoë\r\n")

    assert (tmp_path / "queue.csv").read_bytes() == b"\xef\xbb\xbfid;naam\r\nbcdf;Zo\xc3\xab\r\n"


@POSIX_ONLY
def test_a_report_is_its_owners_alone_whatever_the_umask_and_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("old")
    (tmp_path / "old.csv").chmod(0o666)
    before = os.umask(0)
    try:
        for name in ("old.csv", "new.csv"):
            write_file(tmp_path / name, "new")
    finally:
        os.umask(before)

    assert {path.name: oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()} == {
        "old.csv": "0o600", "new.csv": "0o600",
    }  # fmt: skip


@POSIX_ONLY
def test_whoever_reads_the_old_file_reads_on_in_it(tmp_path: Path) -> None:
    """The new one takes its place in one step; nobody sees half of it."""
    path = tmp_path / "queue.csv"
    path.write_text("old", "utf-8")
    with path.open(encoding="utf-8") as reader:
        write_file(path, "new")
        assert (reader.read(), path.read_text("utf-8")) == ("old", "new")


def _link(path: Path) -> None:
    (path.parent / "precious").write_text("precious")
    path.symlink_to(path.parent / "precious")


def _dangling_link(path: Path) -> None:
    path.symlink_to(path.parent / "nothing")


def _device(path: Path) -> None:
    os.mkfifo(path)


@POSIX_ONLY
@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        pytest.param(_link, "is a symbolic link", id="link"),
        pytest.param(_dangling_link, "is a symbolic link", id="dangling link"),
        pytest.param(Path.mkdir, "is a folder. Name a file in it.", id="folder"),
        pytest.param(_device, "is no ordinary file", id="pipe"),
    ],
)
def test_what_is_no_file_is_refused_and_left_alone(tmp_path: Path, make: object, sentence: str) -> None:
    path = tmp_path / "queue.csv"
    assert callable(make)
    make(path)
    before = {(found.name, found.lstat().st_ino, found.lstat().st_size) for found in tmp_path.iterdir()}

    with pytest.raises(UsageError, match=sentence):
        write_file(path, "new")

    assert {(found.name, found.lstat().st_ino, found.lstat().st_size) for found in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        pytest.param("missing/queue.csv", "cannot be written: No such file", id="no such folder"),
        pytest.param("file/queue.csv", "cannot be written: Not a directory", id="below a file"),
        pytest.param("x" * 300, "cannot be written: File name too long", id="too long"),
    ],
)
def test_a_place_that_cannot_be_is_told_in_a_sentence(tmp_path: Path, name: str, sentence: str) -> None:
    (tmp_path / "file").write_text("a file")

    with pytest.raises(UsageError, match=sentence) as refused:
        write_file(tmp_path / name, "new")

    assert refused.value.status == ExitStatus.USAGE
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("locked", ["folder", "."])
def test_a_folder_that_is_not_ours_is_told_in_a_sentence(nobody: Path, locked: str) -> None:
    (nobody / "folder").mkdir()
    (nobody / locked).chmod(0)
    try:
        with pytest.raises(UsageError, match="cannot be written: Permission denied"):
            write_file(nobody / "folder" / "queue.csv", "new")
    finally:
        (nobody / locked).chmod(0o700)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit to the size of files")
def test_a_full_disk_leaves_the_old_report_and_no_rest_of_the_new(tmp_path: Path) -> None:
    path = tmp_path / "queue.csv"
    path.write_text("old")

    with limited_files(10_000), pytest.raises(StoreError, match="The disk is full") as full:
        write_file(path, "new" * 10_000)

    assert full.value.status == ExitStatus.STORE
    assert {found.name: found.read_text() for found in tmp_path.iterdir()} == {"queue.csv": "old"}


def test_no_rest_is_left_when_the_text_cannot_be_encoded(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_file(tmp_path / "queue.csv", "\udcff")

    assert list(tmp_path.iterdir()) == []
