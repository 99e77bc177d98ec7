"""Work that goes on while its first results are used."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Ended:
    """How the work ended: by `StopIteration` when all is done."""

    by: BaseException


def read_ahead(items: Iterator[T], most: int, stop: Callable[[], None]) -> Iterator[T]:
    """Give what an iterator gives, while a thread already asks it for the next, `most` of them at a time.

    When the user of it leaves early, `stop` has to make the iterator end, wherever it waits.
    """
    ready: SimpleQueue[T | _Ended] = SimpleQueue()
    room: SimpleQueue[None] = SimpleQueue()  # no Semaphore: Ctrl-C within its release would leave it locked for good
    for _ in range(most):
        room.put(None)
    is_over = False

    def work() -> None:
        try:
            room.get()
            while not is_over:
                ready.put(next(items))
                room.get()
        except BaseException as error:  # noqa: BLE001 - it is raised again below
            ready.put(_Ended(error))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    item: T | _Ended | None = None
    try:
        while not isinstance(item := ready.get(), _Ended):
            yield item
            room.put(None)
        if not isinstance(item.by, StopIteration):
            raise item.by
    finally:
        is_over = True
        room.put(None)
        if not isinstance(item, _Ended):
            stop()
        thread.join()
