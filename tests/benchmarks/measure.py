"""Runs programs, each as a process of its own, and takes the time and the memory they need."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT = Path(__file__).parents[2]
_LOOK_EVERY = 0.02  # seconds, at what a process holds
_COUNT_EVERY = 12  # looks: what processes share is dear to count


class FailedError(Exception):
    """A program that was measured ended with an error; the text is the end of what it said."""


def _nothing() -> None:
    """Prepare nothing."""


@dataclass(frozen=True, slots=True)
class Command:
    """What is run: its words, what it adds to the environment, and what is prepared before it, outside of its time."""

    words: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[], object] = _nothing
    after: Callable[[], object] = _nothing

    @classmethod
    def python(cls, *words: str, environment: Mapping[str, str] | None = None) -> Command:
        """Run this Python."""
        return cls((sys.executable, *words), environment or {})


@dataclass(frozen=True, slots=True)
class Taken:
    """What one run took: seconds by the clock and of the processors, and its peak of memory in MB, of all processes."""

    seconds: float
    processor: float
    peak: float
    processes: int = 1  # at a time, at most


def alternate(
    commands: Mapping[str, Command], rounds: int, patience: float = 600.0, *, in_order: bool = False
) -> dict[str, list[Taken]]:
    """Run them in turn, round by round, so that what disturbs the machine disturbs all.

    The order is another one in each round, unless they need theirs: who runs behind a program like itself finds its
    code in the processor's caches, which is a tenth of 0.25 s. No round is begun that would presumably end after
    `patience` seconds; the first one always is.
    """
    names = list(commands)
    taken: dict[str, list[Taken]] = {name: [] for name in names}
    begun = time.monotonic()
    for done in range(rounds):
        if done and (time.monotonic() - begun) * (done + 1) / done > patience:
            break
        for name in names if in_order else Random(done).sample(names, len(names)):  # noqa: S311 - no secret
            taken[name].append(run(commands[name]))
    return taken


def run(command: Command, *, output: Path | None = None) -> Taken:
    """Run a program to its end.

    Raises:
        FailedError: It ended with another status than 0.

    """
    command.before()
    with tempfile.TemporaryFile() as said, output.open("wb") if output else open(os.devnull, "wb") as out:  # noqa: PTH123
        begun = time.perf_counter()
        process = subprocess.Popen(
            command.words,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=said,
            cwd=ROOT,
            env=os.environ | {"LANG": "C.UTF-8", "COLUMNS": "120"} | dict(command.environment),
        )
        with _Offspring(process.pid) as offspring:
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            tail = said.read().decode("utf-8", "replace").strip()[-300:]
            raise FailedError(f"{' '.join(command.words[:6])} ended with {process.returncode}: {tail}")
    command.after()
    return Taken(seconds, usage.ru_utime + usage.ru_stime, offspring.peak, offspring.processes)


class _Offspring:
    """Looks at the memory of a run, and of the processes that it starts, if any, again and again.

    What `wait4` says of it cannot be used: before a process becomes another program it is as large as this one.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._over = Event()
        self._thread = Thread(target=self._watch, daemon=True)
        self.peak = 0.0
        self.processes = 1

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        looks = 0
        while not self._over.wait(_LOOK_EVERY):
            self.peak = max(self.peak, _most(self._pid))
            looks += 1
            if looks % _COUNT_EVERY == 0 and (children := _children(self._pid)):
                self.processes = max(self.processes, 1 + len(children))
                self.peak = max(self.peak, sum(map(_memory, [self._pid, *children])))


def _children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        direct = [int(word) for task in tasks for word in (task / "children").read_text().split()]
    except OSError:  # it has just ended, or this is no Linux
        return []
    return [*direct, *(further for child in direct for further in _children(child))]


def _most(pid: int) -> float:
    """Give the MB that a process has held at most."""
    return _megabytes(pid, "status", "VmHWM:")


def _memory(pid: int) -> float:
    """Give the MB that a process holds now; what it shares with others counts in proportion."""
    return _megabytes(pid, "smaps_rollup", "Pss:")


def _megabytes(pid: int, file: str, name: str) -> float:
    """Read a figure of Linux's about a process, in kilobytes there; 0 where there is none."""
    try:
        lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(name)), 0.0)
