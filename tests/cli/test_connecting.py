"""Several accounts are connected to at the same time; what came of that early is used, or closed."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from cli import connecting
from cli.connecting import Connections
from tests.cli.test_endings import a_mailbox, server_account
from tests.servers.hostile import HostileServer, ordinary
from triage.errors import ConnectionFailedError, LoginRefusedError
from triage.settings import AccountSettings

if TYPE_CHECKING:
    from pathlib import Path

    from cli.connecting import Way
    from tests.cli.on_disk import DiskShop
    from tests.servers.hostile import Exchange

ONE, TWO = AccountSettings("one", host="one.example"), AccountSettings("two", host="two.example")
PATIENCE = 5.0  # seconds


class Source:
    """A connection of which only the end is of interest here."""

    def __init__(self) -> None:
        self.is_closed = threading.Event()

    def close(self) -> None:
        """Be closed."""
        self.is_closed.set()


@dataclass
class Servers:
    """Connects to anybody, or fails; `made` are the connections by account, and `may` lets them be made."""

    fails: dict[str, Exception] = field(default_factory=dict)
    has_no_password: frozenset[str] = frozenset()
    made: dict[str, list[Any]] = field(default_factory=dict)
    may: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)

    def way_to(self, account: AccountSettings) -> Way:
        """Say how an account is reached; `asked` tells whose passwords were asked for."""
        self.asked.append(account.name)
        if account.name in self.has_no_password:
            raise LoginRefusedError(account.name)

        def connect() -> Source:
            assert self.may.wait(PATIENCE)
            if account.name in self.fails:
                raise self.fails[account.name]
            source = Source()
            self.made.setdefault(account.name, []).append(source)
            return source

        return lambda: connect  # type: ignore[return-value] # nothing is asked of the connection


@pytest.fixture
def servers() -> Servers:
    """Servers that are there at once."""
    found = Servers()
    found.may.set()
    return found


def test_a_connection_that_was_made_early_is_used_and_a_broken_one_replaced(servers: Servers) -> None:
    with Connections((ONE, TWO), servers.way_to) as connections:
        connect = connections.connector(TWO)
        taken = [connect(), connect()]

    assert servers.made["two"] == taken


def test_what_was_not_used_is_closed(servers: Servers) -> None:
    with Connections((ONE, TWO), servers.way_to) as connections:
        used = connections.connector(ONE)()
        connections._begun["two"]._thread.join()  # noqa: SLF001

    assert servers.made["one"] == [used]
    assert not servers.made["one"][0].is_closed.is_set()
    assert servers.made["two"][0].is_closed.is_set()


def test_what_comes_when_all_is_over_is_closed_too(servers: Servers) -> None:
    servers.may.clear()
    with Connections((ONE, TWO), servers.way_to) as connections:
        threads = [begun._thread for begun in connections._begun.values()]  # noqa: SLF001
    servers.may.set()
    for thread in threads:
        thread.join(PATIENCE)

    assert all(source.is_closed.is_set() for made in servers.made.values() for source in made)
    assert servers.made.keys() == {"one", "two"}


def test_one_that_waited_too_long_is_closed_and_made_anew(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "FRESH", -1.0)
    with Connections((ONE, TWO), servers.way_to) as connections:
        connections._begun["two"]._thread.join()  # noqa: SLF001
        source = connections.connector(TWO)()

    early, late = servers.made["two"]
    assert (early.is_closed.is_set(), late.is_closed.is_set(), source is late) == (True, False, True)
    assert servers.asked == ["one", "two"]  # a command behind a password may want a passphrase, each time


def test_a_connection_waits_no_longer_than_a_tenth_of_its_deadline(servers: Servers) -> None:
    hasty = replace(TWO, deadline=timedelta(seconds=0.5))
    with Connections((ONE, hasty), servers.way_to) as connections:
        time.sleep(0.1)
        connections.connector(hasty)()

    assert len(servers.made["two"]) == 2


def test_the_time_in_which_passwords_are_asked_for_is_no_waiting(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def typing(account: AccountSettings) -> Way:
        time.sleep(0.3)
        return servers.way_to(account)

    monkeypatch.setattr(connecting, "FRESH", 0.25)
    with Connections((ONE, TWO), typing) as connections:
        connections.connector(ONE)()

    assert len(servers.made["one"]) == 1


def test_a_mistake_of_ours_is_raised_where_the_account_is_fetched(servers: Servers) -> None:
    servers.fails["two"] = ZeroDivisionError("two")
    with Connections((ONE, TWO), servers.way_to) as connections, pytest.raises(ZeroDivisionError):
        connections.connector(TWO)


def test_what_fails_is_told_when_it_is_that_accounts_turn(servers: Servers) -> None:
    servers.fails["two"] = ConnectionFailedError("two")
    servers.has_no_password = frozenset({"one"})
    with Connections((ONE, TWO), servers.way_to) as connections:
        with pytest.raises(LoginRefusedError):
            connections.connector(ONE)
        with pytest.raises(ConnectionFailedError):
            connections.connector(TWO)


def test_nothing_is_made_early_for_one_server_alone(servers: Servers, tmp_path: Path) -> None:
    on_disk = AccountSettings("disk", path=tmp_path)
    with Connections((ONE, on_disk), servers.way_to) as connections:
        assert servers.made == {}
        connections.connector(ONE)()

    assert len(servers.made["one"]) == 1


def test_a_sync_logs_in_everywhere_at_once(disk: DiskShop) -> None:
    """Each server answers the login only when the other one was asked as well."""
    both = threading.Barrier(2, timeout=PATIENCE)

    def together(exchange: Exchange) -> None:
        both.wait()
        ordinary(exchange)

    with (
        HostileServer(a_mailbox(), {"LOGIN": together}) as one,
        HostileServer(a_mailbox(), {"LOGIN": together}) as two,
    ):
        accounts = [server_account(each.host, each.port, name=f'"at {each.port}"') for each in (one, two)]
        disk.configure(*accounts)
        result = disk.run("sync")

    assert (result.status, result.err, one.connections, two.connections) == (0, "", 1, 1)
    assert result.out.count("3 new; 3 on the server, 3 known") == 2
