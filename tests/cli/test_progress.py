"""What stands on a terminal while a run takes long: what it waits for, and nothing of it at the end."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from cli.options import Manners
from cli.render import Screen
from tests.cli.terminal import Terminal
from tests.cli.test_endings import a_mailbox, server_account
from tests.servers.hostile import HostileServer, silent

if TYPE_CHECKING:
    from tests.cli.on_disk import DiskShop

pytestmark = pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals of Unix")

TERMINAL = {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def lines_shown(terminal: Terminal) -> list[str]:
    """Give what stood on each line at some time, each once, without the sign that turns."""
    lines = (re.sub(r"^[⠀-⣿] ", "", line).strip() for line in re.split(r"[\r\n]+", _CONTROL.sub("", terminal.seen)))
    return [*dict.fromkeys(filter(None, lines))]


@pytest.mark.parametrize(
    ("command", "said"),
    [("sync", "Fetching mail slow"), ("check", 'Connecting to account "slow"')],
)
def test_a_server_that_takes_long_is_named(disk: DiskShop, command: str, said: str) -> None:
    with HostileServer(a_mailbox(), {"GREETING": silent()}) as server:
        slow = server_account(server.host, server.port, name='"slow"', timeout='"2s"')
        disk.configure(disk.account("quick"), slow)
        with Terminal(command, "--config", str(disk.config), environment=TERMINAL) as terminal:
            status = terminal.end()

    assert (status, said in lines_shown(terminal)) == (21, True)
    assert terminal.seen.rindex("\x1b[?25h") > terminal.seen.rindex("\x1b[?25l")  # the cursor is back


def test_nothing_is_written_over_what_a_password_command_asks(disk: DiskShop) -> None:
    ask = "sh -c 'printf Passphrase: >/dev/tty; sleep 2; echo thanks >/dev/tty; echo secret'"
    with HostileServer(a_mailbox()) as server:
        account = server_account(server.host, server.port).replace('password_env = "SHOP_PASSWORD"', "")
        disk.configure(f'{account}\npassword_command = "{ask}"')
        with Terminal("sync", "--config", str(disk.config), environment=TERMINAL) as terminal:
            status = terminal.end()

    assert (status, "Passphrase:thanks\r\n" in terminal.seen) == (0, True)


def test_what_is_in_order_is_broken_between_words(disk: DiskShop) -> None:
    disk.open()
    with Terminal("check", "--config", str(disk.config), environment={**TERMINAL, "COLUMNS": "50"}) as terminal:
        terminal.end()

    shown = lines_shown(terminal)
    assert 'ok   Account "shop": ours are info@shop.example.' in shown
    assert max(len(line) for line in shown if "/" not in line) <= 50, "but for paths, which have no blank"


def test_what_went_wrong_is_broken_between_words(disk: DiskShop) -> None:
    disk.configure(server_account(password_env='"NOT_SET"'))
    with Terminal("queue", "--config", str(disk.config), environment={**TERMINAL, "COLUMNS": "50"}) as terminal:
        terminal.end()

    assert lines_shown(terminal)[-3:] == [
        "triage: The environment variable NOT_SET",
        "(password_env) is not set. Set it to the password",
        "of info@shop.example.",
    ]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        pytest.param(("shop", "", 0, 0), "Fetching mail shop", id="waiting for the server"),
        pytest.param(("shop", "INBOX", 99, 2842), "Fetching mail shop INBOX 99 / 2842", id="fetching"),
        pytest.param(("", "", 0, 0), "Reading mail", id="what came in"),
        pytest.param(("", "", 16, 0), "Reading mail 16", id="nobody knows of how many"),
    ],
)
def test_progress_says_what_is_done(
    told: tuple[str, str, int, int], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = Screen(Manners())
    texts = list[str]()
    monkeypatch.setattr("rich.status.Status.update", lambda _, text: texts.append(text.plain))
    monkeypatch.setattr(screen.err, "_force_terminal", True)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with screen.progress("Fetching mail", "Reading mail") as tell:
        tell(*told)

    assert texts == [said]
