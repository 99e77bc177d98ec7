"""What a command does not use it does not import: people and cron start `triage` many times a day."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cli.app import COMMANDS
from tests.cli.test_endings import a_mailbox, server_account
from tests.servers.hostile import HostileServer

if TYPE_CHECKING:
    from tests.cli.on_disk import DiskShop

ROOT = Path(__file__).parents[2]

_RUN = """
import atexit, sys
sys.argv[0] = "triage"
from cli.__main__ import main
if __name__ == "__main__":
    atexit.register(lambda: sys.stderr.write("\\n".join(["", *sys.modules])))
    main()
"""

_READING = {
    "email", "numpy", "selectolax", "triage.classify.learn", "triage.classify.verdict", "triage.mail.message",
    "triage.reading",
}  # fmt: skip
_FETCHING = {"filelock", "http.client", "imapclient", "imaplib", "keyring", "ssl", "triage.mail.imap", "triage.sync"}
_ELSEWHERE = {"dateutil", "holidays", "pydantic", "rich.markdown", "tomlkit", "triage.config_edit", "triage.demo"}
_DEAR = {*_READING, *_FETCHING, *_ELSEWHERE}
_SHOWING = {"rich", "cli.render", "cli.table"}
_STORED = {"sqlite3", "triage.store", "triage.pipeline", "cli.session"}
_OTHERS = {"triage.forgotten", "triage.moments", "triage.notes", "triage.proof", "triage.purge"}


def of_others(*own: str) -> set[str]:
    """Name the modules of all commands but these."""
    return set(COMMANDS.values()) - {f"cli.{name}" for name in own}


def imported(disk: DiskShop, *arguments: str, **environment: str) -> set[str]:
    """Run the command line in a process of its own, and name the modules that it imported."""
    done = subprocess.run(
        [sys.executable, "-c", _RUN, *arguments], capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TRIAGE_CONFIG": str(disk.config), **environment},
    )  # fmt: skip
    assert (done.returncode, bool(done.stdout)) == (0, True), done.stderr
    return set(done.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "unused"),
    [
        pytest.param(["--help"], {*_DEAR, *_SHOWING, *_STORED, *_OTHERS, *of_others()}, id="help"),
        pytest.param(["--version"], (_DEAR - {"email"}) | _SHOWING | _STORED | _OTHERS | of_others(), id="version"),
        pytest.param(["queue", "--help"], {*_DEAR, *_SHOWING, *_OTHERS, *of_others("queue")}, id="queue --help"),
        pytest.param(
            ["queue", "--no-sync"],
            {*_DEAR, *_OTHERS, *of_others("queue"), "cli.pager", "csv", "triage.outcomes", "triage.report.export"},
            id="queue",
        ),
        pytest.param(
            ["export", "--no-sync"],
            {*_DEAR, *_OTHERS, *of_others("export", "queue"), "cli.table", "rich.table", "triage.outcomes"},
            id="export",
        ),
        pytest.param(["log"], {*_DEAR, *_OTHERS, "cli.table", "triage.outcomes"}, id="log"),
    ],
)
def test_a_command_imports_what_it_uses(wednesday: DiskShop, arguments: list[str], unused: set[str]) -> None:
    assert imported(wednesday, *arguments) & unused == set()


def test_a_sync_that_finds_nothing_new_imports_no_reader_of_mail(
    disk: DiskShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "secret")
    with HostileServer(a_mailbox()) as server:
        disk.configure(server_account(server.host, server.port))
        assert imported(disk, "sync") >= {"triage.classify.verdict", "triage.mail.message", "triage.reading"}
        again = imported(disk, "sync")

    assert again & {*(_READING - {"triage.classify.learn"}), *_ELSEWHERE} == set()


@pytest.mark.parametrize(("command", "more"), [("done", []), ("snooze", ["2d"]), ("note", ["Called."])])
def test_a_decision_imports_no_reader_of_mail(wednesday: DiskShop, command: str, more: list[str]) -> None:
    identity = wednesday.run("export", "--columns", "id", "--no-sync").csv[0]["id"]

    assert imported(wednesday, command, identity, *more) & {*_DEAR, "cli.table"} == set()


@pytest.mark.parametrize(
    ("typed", "more"),
    [
        pytest.param("triage ", {*_STORED, *of_others()}, id="commands"),
        pytest.param("triage queue --", of_others("queue"), id="options"),
        pytest.param("triage done ", of_others("decide", "show"), id="IDs"),
    ],
)
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_imports_no_more_than_it_offers(wednesday: DiskShop, shell: str, typed: str, more: set[str]) -> None:
    found = imported(
        wednesday,
        _TRIAGE_COMPLETE=f"complete_{shell}",
        COMP_WORDS=typed,
        COMP_CWORD=str(typed.count(" ")),
        _TYPER_COMPLETE_ARGS=typed,
        _TYPER_COMPLETE_FISH_ACTION="get-args",
    )

    assert found & {*_DEAR, *_SHOWING, *more} == set()
