"""A second process that reads mails beside ours, where there are many: Python computes on one core at a time.

The hard truth: processes die. So it is given work over a pipe, which closes and ends it however ours ends; and whatever
becomes of it, what it did not give back is read here. What goes over the pipe is pickled, for both ends are ours.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections import deque
from dataclasses import replace
from itertools import chain
from queue import SimpleQueue
from threading import Thread
from typing import IO, TYPE_CHECKING, Any, Generic, Self, TypeVar, cast

from triage.errors import TriageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from triage.classify.learnt import Learnt
    from triage.mail.source import Fetched
    from triage.model import Copy
    from triage.pipeline import Derivation, Known
    from triage.store import Arrival, Stored

Batched = TypeVar("Batched")
Given = TypeVar("Given")

MANY = 400
"""Messages from which on it is worth the 0.3 s that starting it takes."""

MANY_CLOSELY = 12
"""The same for mails that the network reads, for which it loads the weights as well."""

_IN_HAND = 2  # batches that it has at a time: one that it reads, and the next
_HELD = 4  # batches that wait for one before them, at most
_LOST = (OSError, EOFError, pickle.PickleError)
_START = "import sys; sys.path[:] = sys.argv[1:]; from triage.beside import serve; serve()"


class Readers:
    """Reads mails as a `Derivation` does: here, and where there are many and a second core, beside us as well."""

    def __init__(self, derivation: Derivation, cores: int | None = None) -> None:
        self._derivation = derivation
        self._cores = cores or _cores()
        self._companion: _Companion | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._companion:
            self._companion.close()

    @property
    def is_beside(self) -> bool:
        """Say whether a process reads beside us."""
        return self._companion is not None

    def arrivals(self, batches: Iterable[list[Fetched]], copy: Copy, expected: int) -> Iterator[list[Arrival]]:
        """Read what is fetched, lying in this place, batch by batch, in their order.

        `expected` is how many messages will come. Where the line breaks, what came before is given first.
        """
        for batch, read in self._read(batches, copy, are_many=expected >= MANY, how="arrivals_bare"):
            yield [replace(arrival, source=item.source) for arrival, item in zip(read, batch, strict=True)]

    def again(self, batches: Iterable[list[Known]]) -> Iterator[tuple[list[Known], list[Arrival]]]:
        """Read anew what is stored, batch by batch, in their order; sources are left out."""
        rest = iter(batches)
        first: list[list[Known]] = []
        while sum(map(len, first)) < MANY and (batch := next(rest, None)):
            first.append(batch)
        return self._read(chain(first, rest), are_many=sum(map(len, first)) >= MANY, how="again_bare")

    def _read(
        self, batches: Iterable[list[Batched]], *more: object, are_many: bool, how: str
    ) -> Iterator[tuple[list[Batched], list[Arrival]]]:
        """Read batches by a method of the derivation, here and beside us.

        They are given in their order, whoever was quicker: the IDs of conversations would depend on it.
        """
        companion = self._beside(is_worth_it=are_many)
        under_way: deque[tuple[list[Batched], _Answer[list[Arrival]]]] = deque()
        broken: TriageError | None = None
        try:
            for batch in batches:
                in_hand = sum(not read.is_there for _, read in under_way)
                if companion and in_hand < _IN_HAND:
                    under_way.append((batch, companion.ask(how, batch, *more)))
                else:
                    under_way.append((batch, _Answer.known(getattr(self._derivation, how)(batch, *more))))
                while under_way and (under_way[0][1].is_there or len(under_way) > _HELD):
                    yield self._back(*under_way.popleft(), how, *more)
        except TriageError as error:
            broken = error
        while under_way:
            yield self._back(*under_way.popleft(), how, *more)
        if broken:
            raise broken

    def _back(
        self, batch: list[Batched], read: _Answer[list[Arrival]], how: str, *more: object
    ) -> tuple[list[Batched], list[Arrival]]:
        try:
            return batch, read.take()
        except _LOST:
            return batch, getattr(self._derivation, how)(batch, *more)

    def learn(self, mails: Sequence[Stored]) -> list[Learnt | None]:
        """Let the network read mails."""
        companion = self._beside(is_worth_it=len(mails) >= MANY_CLOSELY)
        if companion is None:
            return self._derivation.learn(mails)
        asked: _Answer[list[Learnt | None]] = companion.ask("learn", mails[1::2])
        learnt: list[Learnt | None] = [None] * len(mails)
        learnt[::2] = self._derivation.learn(mails[::2])
        try:
            learnt[1::2] = asked.take()
        except _LOST:
            learnt[1::2] = self._derivation.learn(mails[1::2])
        return learnt

    def _beside(self, *, is_worth_it: bool) -> _Companion | None:
        """Give the process beside us, started now if that is worth it."""
        if self._companion is None and is_worth_it and self._cores > 1 and sys.executable:
            try:
                self._companion = _Companion(self._derivation)
            except _LOST:
                self._cores = 1
        return self._companion if self._companion and self._companion.is_alive else None


class _Companion:
    """The process, and a thread that waits for it: each question is asked when the one before is answered."""

    def __init__(self, derivation: Derivation) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-P", "-c", _START, *sys.path],  # -P: nothing is imported from where we happen to stand
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._questions: SimpleQueue[tuple[object, _Answer[Any]] | None] = SimpleQueue()
        self._thread = Thread(target=self._talk, args=(derivation,), daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Say whether it is there to be asked."""
        return self._process.poll() is None

    def ask(self, what: str, *given: object) -> _Answer[Any]:
        """Have a method of the derivation called over there; when it is gone, the answer raises one of `_LOST`."""
        answer = _Answer[Any]()
        self._questions.put(((what, given), answer))
        return answer

    def _talk(self, derivation: Derivation) -> None:
        """Ask one question after the other; once that failed, all fail."""
        failed: Exception | None = None
        try:
            self._send(derivation)
        except Exception as error:  # noqa: BLE001 - raised where an answer is taken
            failed = error
        while question := self._questions.get():
            content, answer = question
            try:
                if not failed:
                    answer.give(self._answer_to(content))
            except Exception as error:  # noqa: BLE001 - as above
                failed = error
            if failed:
                answer.fail(failed)

    def _answer_to(self, content: object) -> object:
        self._send(content)
        return pickle.load(cast("IO[bytes]", self._process.stdout))  # noqa: S301 - written by ourselves

    def _send(self, content: object) -> None:
        questions = cast("IO[bytes]", self._process.stdin)
        pickle.dump(content, questions, pickle.HIGHEST_PROTOCOL)
        questions.flush()

    def close(self) -> None:
        """End it, whatever it is doing."""
        self._process.kill()
        self._questions.put(None)
        self._thread.join()
        self._process.communicate()


class _Answer(Generic[Given]):
    """What will come back of a question.

    No `Future`: Ctrl-C may come while one is looked at, whose lock then stays locked, and all would wait for ever.
    """

    def __init__(self) -> None:
        self._box: SimpleQueue[tuple[Given, None] | tuple[None, Exception]] = SimpleQueue()

    @classmethod
    def known(cls, given: Given) -> Self:
        """Give an answer that is there."""
        answer = cls()
        answer.give(given)
        return answer

    def give(self, given: Given) -> None:
        """Answer."""
        self._box.put((given, None))

    def fail(self, error: Exception) -> None:
        """Say that there will be none."""
        self._box.put((None, error))

    @property
    def is_there(self) -> bool:
        """Say whether `take` would not wait."""
        return not self._box.empty()

    def take(self) -> Given:
        """Wait for it, and take it, once."""
        given, error = self._box.get()
        if error is not None:
            raise error
        return cast("Given", given)


def serve() -> None:
    """Do what is asked over standard input until it ends. This is the process beside us."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is meant for the one who asks
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing else may speak on that line
    questions = sys.stdin.buffer
    try:
        derivation: Derivation = pickle.load(questions)  # noqa: S301 - as above
        while True:
            what, given = pickle.load(questions)  # noqa: S301
            pickle.dump(getattr(derivation, what)(*given), answers, pickle.HIGHEST_PROTOCOL)
            answers.flush()
    except _LOST:
        return  # nobody asks any more


def _cores() -> int:
    """Count the cores that we may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
