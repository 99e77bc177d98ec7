"""What a run of the benchmarks found: rows, each a figure with its limit, as a table for people and as JSON."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from importlib.metadata import version
from statistics import median
from typing import TYPE_CHECKING, Any

from tests.benchmarks.measure import Taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from pathlib import Path

    Formula = Callable[[Mapping[str, float]], float]
    Series = Mapping[str, list[Taken]]

OURS = "ours"
TOOLS = {
    "dovecot": ("dovecot --version", "dovecot-imapd"),
    "mbsync": ("mbsync --version", "isync"),
    "notmuch": ("notmuch --version", "notmuch"),
    "mu": ("mu --version", "maildir-utils"),
}
"""The programs beside which ours are put: how each tells its version, and its package in Debian and Ubuntu."""
_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])


class Unit(StrEnum):
    """What a figure counts; less is better in each of them."""

    TIMES = "x"
    SECONDS = "s"
    MEGABYTES = "MB"
    TRIPS = "trips"


@dataclass(frozen=True, slots=True)
class Row:
    """One figure with what it was made of: the figure of each single round, and each run of each program.

    `limit` is what the figure may be at most (None: it is there to be known); a `figure` of None could not be taken,
    and the `note` says why.
    """

    key: str
    what: str
    unit: Unit
    figure: float | None
    limit: float | None = None
    rounds: tuple[float, ...] = ()
    taken: dict[str, tuple[Taken, ...]] = field(default_factory=dict)
    note: str = ""

    @property
    def holds(self) -> bool | None:
        """Say whether the figure is within its limit; None where there is nothing to say."""
        return None if self.figure is None or self.limit is None else self.figure <= self.limit


def row(key: str, what: str, unit: Unit, limit: float | None, taken: Series, formula: Formula, note: str = "") -> Row:
    """Make a row by a formula over the medians in seconds; the single rounds go through the same formula."""
    missing = [name for name in taken if name in TOOLS and not taken[name]]
    kept = {name: tuple(each) for name, each in taken.items() if each}
    if missing:
        said = "; ".join(not_installed(name) for name in missing)
        return Row(key, what, unit, None, limit, (), kept, f"{said} {note}".strip())
    rounds = zip(*kept.values(), strict=False)
    return Row(
        key,
        what,
        unit,
        formula({name: median(each.seconds for each in runs) for name, runs in kept.items()}),
        limit,
        tuple(formula(dict(zip(kept, (each.seconds for each in one), strict=True))) for one in rounds),
        kept,
        note,
    )


def has(tool: str) -> bool:
    """Say whether a program is installed."""
    return shutil.which(tool, path=_PATH) is not None


def not_installed(tool: str) -> str:
    """Say what to install."""
    return f"{tool} is not installed (apt-get install {TOOLS[tool][1]})."


@dataclass(frozen=True, slots=True)
class Results:
    """All rows of a run, and the machine on which they were taken."""

    facts: dict[str, str]
    rows: tuple[Row, ...]

    def to_json(self) -> str:
        """Write it all."""
        return json.dumps({"schema": 1, "facts": self.facts, "rows": [asdict(each) for each in self.rows]}, indent=1)

    @classmethod
    def read(cls, file: Path) -> Results:
        """Read what `to_json()` wrote."""
        values = json.loads(file.read_text("utf-8"))
        return cls(values["facts"], tuple(_read_row(each) for each in values["rows"]))


def _read_row(values: dict[str, Any]) -> Row:
    taken = {name: tuple(Taken(**each) for each in runs) for name, runs in values["taken"].items()}
    changed = {"unit": Unit(values["unit"]), "rounds": tuple(values["rounds"]), "taken": taken}
    return Row(**values | changed)


def facts(size: str, now: datetime) -> dict[str, str]:
    """Say on what machine and beside which programs this is measured."""
    return {
        "date": now.isoformat(timespec="seconds"),
        "size": size,
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {_processor()}",
        "load": " ".join(f"{load:.1f}" for load in os.getloadavg()),
        "python": platform.python_version(),
        "packages": ", ".join(f"{name} {version(name)}" for name in ("imapclient", "numpy", "rich", "typer")),
        "commit": _said("git describe --always --dirty"),
        **{name: _said(command) if has(name) else "not installed" for name, (command, _) in TOOLS.items()},
        "caches": "warm: all mail was read once before; Dovecot's index is there",
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123
            return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    except OSError:
        return platform.processor()


def _said(command: str) -> str:
    """Give the first line of what a program says of itself."""
    program, *words = command.split()
    found = shutil.which(program, path=_PATH)
    if found is None:
        return ""
    said = subprocess.run([found, *words], capture_output=True, text=True, check=False).stdout
    return said.splitlines()[0].strip() if said.strip() else ""


def table(rows: Iterable[Row]) -> str:
    """Lay the rows out for people."""
    lines = [("what", "figure", "limit", "holds", "made of (medians)")]
    lines.extend((each.what, _figure(each), _limit(each), _holds(each), made_of(each)) for each in rows)
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    return "\n".join(
        f"{what:<{widths[0]}}  {figure:>{widths[1]}}  {limit:>{widths[2]}}  {holds:<{widths[3]}}  {made}".rstrip()
        for what, figure, limit, holds, made in lines
    )


def _figure(row: Row) -> str:
    return "-" if row.figure is None else written(row.figure, row.unit)


def _limit(row: Row) -> str:
    return "" if row.limit is None else f"{row.limit:g} {row.unit}"


def _holds(row: Row) -> str:
    return {True: "yes", False: "NO", None: ""}[row.holds]


def written(figure: float, unit: Unit) -> str:
    """Write a figure with as many digits as it deserves."""
    digits = {Unit.TIMES: 2, Unit.SECONDS: 2, Unit.MEGABYTES: 0, Unit.TRIPS: 0}[unit]
    return f"{figure:.{digits}f} {unit}"


def made_of(row: Row) -> str:
    """Say what the figure was made of, and what there is to know about it."""
    parts = [f"{name} {median(each.seconds for each in runs):.2f} s" for name, runs in row.taken.items()]
    return "; ".join(part for part in (", ".join(parts), row.note) if part)
