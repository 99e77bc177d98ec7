"""Whole outputs as text files: `TRIAGE_SNAPSHOTS=write pytest tests/cli` writes them anew; then read the diff."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "snapshots"


def assert_snapshot(name: str, actual: str) -> None:
    """Compare with the stored file, or write it when asked to."""
    file = FOLDER / name
    if os.environ.get("TRIAGE_SNAPSHOTS") == "write":
        file.write_bytes(actual.encode())
    assert file.read_bytes().decode() == actual
