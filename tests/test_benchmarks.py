"""The benchmarks themselves: they run, write what they found, and know noise from change. Nothing here is timed."""

from __future__ import annotations

import socket
import sys
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.benchmarks.__main__ import main
from tests.benchmarks.compare import changes
from tests.benchmarks.mailbox import make_up, source
from tests.benchmarks.measure import Taken
from tests.benchmarks.proxy import Proxy
from tests.benchmarks.results import Results, Row, Unit, row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEWEST = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)


@pytest.mark.skipif(sys.platform == "win32", reason="what a process took is told by wait4()")
def test_a_run_prints_its_rows_and_writes_them_with_every_single_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "results.json"

    main(["--share", "0.005", "--runs", "1", "--only", "export", "memory-export", "--json", str(file)])

    results = Results.read(file)
    found = [(each.key, each.unit, len(each.rounds)) for each in results.rows]
    assert found == [("export", Unit.SECONDS, 1), ("memory-export", Unit.MEGABYTES, 1)]
    assert results.rows[0].note == "400 lines"
    assert [len(runs) for runs in results.rows[0].taken.values()] == [1]
    assert "export --all of 400 conversations" in capsys.readouterr().out


def test_a_row_without_its_program_says_what_to_install() -> None:
    taken = {"ours": [Taken(1.0, 1.0, 50.0)], "mbsync": list[Taken]()}

    found = row("first", "first sync", Unit.TIMES, 0.15, taken, lambda s: s["ours"] / s["mbsync"])

    assert (found.figure, found.holds, found.note) == (None, None, "mbsync is not installed (apt-get install isync).")


def test_a_figure_is_made_of_medians_and_kept_with_those_of_each_round() -> None:
    taken = {
        "ours": [Taken(seconds, 0.0, 0.0) for seconds in (1.0, 9.0, 2.0)],
        "typer": [Taken(seconds, 0.0, 0.0) for seconds in (1.0, 3.0, 1.0)],
    }

    found = row("help", "--help", Unit.TIMES, 1.1, taken, lambda s: s["ours"] / s["typer"])

    assert (found.figure, found.rounds, found.holds) == (2.0, (1.0, 3.0, 2.0), False)


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        pytest.param((1.0, 1.01, 0.99, 1.0, 1.0), (1.2, 1.21, 1.19, 1.2, 1.2), "SLOWER", id="slower"),
        pytest.param((1.0, 1.01, 0.99, 1.0, 1.0), (0.8, 0.81, 0.79, 0.8, 0.8), "faster", id="faster"),
        pytest.param((1.0, 1.01, 0.99, 1.0, 1.0), (1.04, 1.04, 1.04, 1.04, 1.04), "", id="less than five per cent"),
        pytest.param((1.0, 1.4, 0.7, 1.2, 0.8), (1.2, 1.6, 0.9, 1.4, 1.0), "", id="within the noise"),
        pytest.param((1.0, 1.0, 1.0, 1.0, 1.0), (1.0, 1.0, 9.0, 1.0, 1.0), "", id="one outlier"),
        pytest.param((1.0,), (1.1,), "", id="once is little"),
        pytest.param((1.0,), (1.3,), "SLOWER", id="once, but much"),
    ],
)
def test_a_change_is_what_is_larger_than_the_noise(old: tuple[float, ...], new: tuple[float, ...], word: str) -> None:
    assert [change.word for change in changes(results(old), results(new))] == [word]


def test_a_difference_of_long_runs_is_noise_unless_it_is_large_beside_them() -> None:
    def taken(far: float) -> Results:
        runs: dict[str, tuple[Taken, ...]] = {"far": (Taken(far, 0.0, 0.0),), "ours": (Taken(30.0, 0.0, 0.0),)}
        return Results({}, (Row("far", "40 ms away", Unit.SECONDS, far - 30, 2, (far - 30,), runs),))

    found = [change.word for far in (33.0, 40.0) for change in changes(taken(31.0), taken(far))]

    assert found == ["", "SLOWER"]


def test_one_round_trip_more_is_one_too_many() -> None:
    old, new = (Results({}, (Row("trips", "sync", Unit.TRIPS, trips, 8, (trips,)),)) for trips in (8.0, 9.0))

    assert [change.word for change in changes(old, new)] == ["SLOWER"]


def results(rounds: tuple[float, ...]) -> Results:
    middle = sorted(rounds)[len(rounds) // 2]
    return Results({}, (Row("help", "--help", Unit.TIMES, middle, 1.1, rounds),))


@pytest.fixture
def echo() -> Iterator[int]:
    """A server that greets and then says back each line."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, args=(listening,), daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


def serve(listening: socket.socket) -> None:
    while True:
        try:
            connection = listening.accept()[0]
        except OSError:
            return
        threading.Thread(target=talk, args=(connection,), daemon=True).start()


def talk(connection: socket.socket) -> None:
    with connection, connection.makefile("rwb", buffering=0) as stream:
        stream.write(b"hello\n")
        for line in stream:
            stream.write(line)


def test_waits_one_after_another_are_counted_and_the_greeting_is_one(echo: int) -> None:
    with Proxy(echo, 0.02) as proxy, socket.create_connection(("127.0.0.1", proxy.port)) as line:
        said = line.makefile("rwb", buffering=0)
        heard = [said.readline()]
        for asked in (b"one\n", b"two\n"):
            said.write(asked)
            heard.append(said.readline())

        assert (heard, proxy.round_trips(), proxy.carried) == ([b"hello\n", b"one\n", b"two\n"], 3, 14)
        said.close()


def test_what_is_asked_at_once_is_waited_for_once(echo: int) -> None:
    with Proxy(echo, 0.02) as proxy, socket.create_connection(("127.0.0.1", proxy.port)) as line:
        said = line.makefile("rb")
        said.readline()
        line.sendall(b"one\ntwo\n")
        heard = [said.readline(), said.readline()]

        assert (heard, proxy.round_trips()) == ([b"one\n", b"two\n"], 2)
        said.close()


def test_two_connections_side_by_side_wait_once(echo: int) -> None:
    with Proxy(echo, 0.2) as proxy:
        lines = [socket.create_connection(("127.0.0.1", proxy.port)) for _ in range(2)]
        for line in lines:
            line.recv(6)
            line.close()

        assert (proxy.round_trips(), proxy.connections) == (1, 2)


def test_the_same_numbers_give_the_same_mail_and_another_series_other_mail() -> None:
    first, again, other = make_up(40, 8, 2, NEWEST), make_up(40, 8, 2, NEWEST), make_up(40, 8, 2, NEWEST, "n1-")

    assert [source(mail) for mail in (*first.inbox, *first.sent)] == [
        source(mail) for mail in (*again.inbox, *again.sent)
    ]
    assert (len(first.inbox), len(first.sent)) == (40, 8)
    assert {mail.message_id for mail in first.inbox} & {mail.message_id for mail in other.inbox} == set()
