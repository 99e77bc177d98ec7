"""The pictures show what the program prints today, name nothing outside, and stand in the documentation with a text."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest

from tests.manual import ROOT
from tests.pictures import FOLDER, LANGUAGES, PICTURES

if TYPE_CHECKING:
    from pathlib import Path

FILES = sorted(FOLDER.iterdir())
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_the_pictures_are_current(tmp_path: Path) -> None:
    """Drawn in a process of their own: as the program does it, numpy gets one thread."""
    command = [sys.executable, "-m", "tests.pictures", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=600)

    drawn = {file.name: file.read_text("utf-8") for file in tmp_path.iterdir()}
    kept = {file.name: file.read_text("utf-8") for file in FILES}
    assert set(kept) == {f"{name}-{language}.svg" for name in PICTURES for language in LANGUAGES}
    changed = {name for name in kept if drawn[name] != kept[name]}
    assert changed == set(), "run `python -m tests.pictures` and look at what it draws"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_picture_fetches_nothing(file: Path) -> None:
    text = file.read_text("utf-8")

    assert ET.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 - our own file
    assert set(re.findall(r"https?://[^\"')\s]+", text)) == {"http://www.w3.org/2000/svg"}


def test_a_page_shows_only_pictures_that_are_there_each_with_a_text() -> None:
    shown = {
        (page.name, text, path)
        for page in PAGES
        for text, path in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", page.read_text("utf-8"))
        if not text or not (page.parent / path).is_file()
    }

    assert shown == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"(?<!!)\[[^\]]+\]\(([^)#]+)[^)]*\)", page.read_text("utf-8"))

    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []
