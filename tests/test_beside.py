"""A second process reads as ours does, and whatever becomes of it nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.builders import MONDAY, SHOP
from triage import beside, pipeline
from triage.beside import Readers
from triage.classify.learnt import WEIGHTS_VARIABLE, Learnt
from triage.classify.verdict import classify, read_closely
from triage.errors import ConnectionFailedError
from triage.mail.source import Fetched
from triage.model import Copy, Kind, Role
from triage.pipeline import Known
from triage.settings import AccountSettings, OurAddresses, Settings
from triage.store import Flags, Stored

if TYPE_CHECKING:
    from collections.abc import Iterator

    from triage.model import Message
    from triage.store import Arrival

PLACE = Copy("shop", "INBOX", Role.WATCHED)
SETTINGS = Settings(accounts=(AccountSettings("shop", addresses=OurAddresses.of(SHOP)),))
DERIVATION = pipeline.Derivation(pipeline.our_addresses(SETTINGS), SETTINGS, classify, MONDAY, read_closely)


@pytest.fixture(autouse=True)
def without_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge by cues alone: it is the way that is tested, not the judgement."""
    monkeypatch.setenv(WEIGHTS_VARIABLE, "off")


def fetched(uid: int) -> Fetched:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Klant {uid} <klant{uid}@klant.example>", SHOP, f"Vraag {uid}"
    mail["Message-ID"] = f"<vraag{uid}@klant.example>"
    mail.set_content(f"Hebben jullie deze laarzen nog in maat {30 + uid % 20}?")
    return Fetched(uid, mail.as_bytes(), is_truncated=False, received_at=MONDAY, flags=Flags())


def batches(count: int, size: int = 5) -> list[list[Fetched]]:
    return [[fetched(first + number) for number in range(size)] for first in range(1, count * size, size)]


def by_number(arrivals: Iterator[list[Arrival]]) -> list[Arrival]:
    return sorted((arrival for batch in arrivals for arrival in batch), key=lambda arrival: arrival.uid)


def alone() -> list[Arrival]:
    return by_number(iter([DERIVATION.arrivals(batch, PLACE) for batch in batches(8)]))


def test_what_is_read_beside_us_is_what_we_read() -> None:
    with Readers(DERIVATION, cores=2) as readers:
        read = list(readers.arrivals(batches(8), PLACE, beside.MANY))

        assert readers.is_beside
    assert read == [DERIVATION.arrivals(batch, PLACE) for batch in batches(8)], "in their order, whoever was quicker"


@pytest.mark.parametrize("many", [False, True])
def test_what_is_stored_is_read_again_beside_us_where_it_is_much(
    monkeypatch: pytest.MonkeyPatch, *, many: bool
) -> None:
    stored = [Stored(fetched(uid).source, MONDAY, (PLACE,)) for uid in range(1, 41)]
    known = [[Known(number, each, None)] for number, each in enumerate(stored, 1)]
    monkeypatch.setattr(beside, "MANY", 40 if many else 41)
    with Readers(DERIVATION, cores=2) as readers:
        read = [(batch[0].number, arrival) for batch, (arrival,) in readers.again(iter(known))]

        assert readers.is_beside is many
    alone = [(each.number, DERIVATION.again_bare([each])[0]) for (each,) in known]
    assert sorted(read, key=lambda pair: pair[0]) == alone


@pytest.mark.parametrize(("cores", "expected"), [(1, beside.MANY), (2, beside.MANY - 1)])
def test_with_one_core_or_little_to_read_no_process_is_started(cores: int, expected: int) -> None:
    with Readers(DERIVATION, cores) as readers:
        read = by_number(readers.arrivals(batches(8), PLACE, expected))

        assert not readers.is_beside
    assert read == alone()


def test_what_a_killed_process_did_not_give_back_is_read_here() -> None:
    with Readers(DERIVATION, cores=2) as readers:

        def killing() -> Iterator[list[Fetched]]:
            for number, batch in enumerate(batches(8)):
                if number == 2:
                    [child] = children()
                    os.kill(child, signal.SIGTERM)
                yield batch

        assert by_number(readers.arrivals(killing(), PLACE, beside.MANY)) == alone()


def test_what_cannot_be_said_over_there_is_read_here() -> None:
    without_network = pipeline.Derivation(DERIVATION.ours, SETTINGS, classify, MONDAY)  # it has a lambda instead
    with Readers(without_network, cores=2) as readers:
        assert by_number(readers.arrivals(batches(8), PLACE, beside.MANY)) == alone()


def children() -> list[int]:
    """Name our processes that read beside us."""
    listed = subprocess.run(
        ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(os.getpid())], capture_output=True, text=True, check=True
    )
    return [int(line.split()[0]) for line in listed.stdout.splitlines() if "triage.beside" in line]


def test_what_came_before_the_line_broke_is_given_first() -> None:
    def breaking() -> Iterator[list[Fetched]]:
        yield from batches(8)
        raise ConnectionFailedError("weg")

    given: list[list[Arrival]] = []
    with Readers(DERIVATION, cores=2) as readers, pytest.raises(ConnectionFailedError, match="weg"):
        given.extend(readers.arrivals(breaking(), PLACE, beside.MANY))

    assert by_number(iter(given)) == alone()


def test_the_network_is_asked_about_each_mail_once_and_in_order() -> None:
    mails = [Stored(item.source, MONDAY + timedelta(minutes=item.uid), (PLACE,)) for item in batches(1, 13)[0]]
    known = replace(DERIVATION, read_closely=subject_of)

    with Readers(known, cores=2) as readers:
        learnt = readers.learn(mails)

        assert readers.is_beside
    assert learnt == [learnt_of(f"Vraag {number}") for number in range(1, 14)]


def subject_of(message: Message) -> Learnt:
    """Stand for the network, in both processes."""
    return learnt_of(message.subject)


def learnt_of(subject: str) -> Learnt:
    return Learnt({}, {}, {}, {Kind.BUY: (subject,)})


@pytest.mark.skipif(sys.platform == "win32", reason="signals are others there")
def test_it_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    script = tmp_path / "starts.py"
    script.write_text(
        "import time\n"
        "from tests.test_beside import DERIVATION, PLACE, batches, children, beside, Readers\n"
        "readers = Readers(DERIVATION, cores=2)\n"
        "list(readers.arrivals(batches(2), PLACE, beside.MANY))\n"
        "print(*children(), flush=True)\n"
        "time.sleep(60)\n"
    )
    root = Path(__file__).parents[1]
    with subprocess.Popen(
        [sys.executable, script],
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    ) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        parent.kill()

    assert gone(child)


def gone(process: int) -> bool:
    for _ in range(100):
        state = Path(f"/proc/{process}/stat")
        if not state.exists() or state.read_text().split()[2] == "Z":
            return True
        time.sleep(0.05)
    return False
