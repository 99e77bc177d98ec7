"""Fixtures: a shop on disk, with and without the mails of a Wednesday at noon."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.cli.on_disk import DiskShop, deliver_a_wednesday

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DiskShop:
    """A shop with an empty Maildir; `open()` it."""
    made = DiskShop(tmp_path)
    made.use(monkeypatch)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("TTY_COMPATIBLE", raising=False)
    (tmp_path / "mail" / "cur").mkdir(parents=True)
    return made


@pytest.fixture(scope="session")
def fetched_wednesday(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a shop whose mail of a Wednesday was fetched at noon; to be copied, not touched."""
    made = DiskShop(tmp_path_factory.mktemp("wednesday"))
    deliver_a_wednesday(made.mail)
    made.open()
    with pytest.MonkeyPatch.context() as patch:
        made.use(patch)
        assert made.run("sync").status == 0
    made.note_sync()
    return made.folder


@pytest.fixture
def wednesday(disk: DiskShop, fetched_wednesday: Path) -> DiskShop:
    """A shop of its own whose mail of a Wednesday was fetched at noon."""
    shutil.copytree(fetched_wednesday, disk.folder, dirs_exist_ok=True)
    disk.open()
    return disk
