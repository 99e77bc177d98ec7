"""How commands end: each exit status of the interface with a plain sentence, and never a traceback."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.on_disk import AT, STORED, DiskShop
from tests.servers.base import UnavailableError, make_certificate
from tests.servers.hostile import HostileServer, Mail, Mailbox, bye, ordinary, refuse, refuse_uid, silent
from tests.shop import NOON, OURS, run, write_mail
from triage.store import DATABASE

if TYPE_CHECKING:
    from tests.servers.dovecot import DovecotServer
    from tests.servers.hostile import Behaviour, Exchange
    from tests.shop import Result

OUR_ADDRESSES = f'["{OURS}"]'
ROOT = Path(__file__).parents[2]
TRIAGE = (sys.executable, "-m", "cli")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full and namespaces of Linux")
unix_only = pytest.mark.skipif(os.name == "nt", reason="signals and pipes of Unix")


def server_account(host: str = "127.0.0.1", port: int = 1, **changes: str) -> str:
    keys = {
        "name": '"shop"', "host": f'"{host}"', "port": str(port), "security": '"none"', "timeout": '"5s"',
        "username": '"info@shop.example"', "password_env": '"SHOP_PASSWORD"', "since": '"3650d"', **changes,
    }  # fmt: skip
    return "\n".join(f"{key} = {value}" for key, value in keys.items())


def a_mailbox() -> dict[str, Mailbox]:
    sources = {uid: write_mail(message_id=f"q{uid}@klant.example", subject=f"Vraag {uid}") for uid in (1, 2, 3)}
    return {"INBOX": Mailbox({uid: Mail(source) for uid, source in sources.items()})}


def assert_plain(result: Result, status: int, *, sentences: int = 3) -> str:
    """Assert that stderr is one line of few sentences and give it."""
    assert (result.status, result.err.count("\n")) == (status, 1), result.err
    assert "Traceback" not in result.err
    assert result.err.startswith("triage: ")
    assert len(re.findall(r"[.?!](?=\s)", result.err)) <= sentences
    return result.err


def start(shop: DiskShop, *arguments: str, **more: str) -> subprocess.Popen[str]:
    """Run the command line in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **more}
    command = [*TRIAGE, *arguments, "--config", str(shop.config)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


# -- 2: wrong usage ------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["qeue"], "No such command 'qeue'. Did you mean 'queue'? `triage --help` shows what there is."),
        (["queue", "--zzz"], "No such option: --zzz. `triage queue --help` shows what there is."),
        (["show"], "Missing argument 'ID…'. `triage show --help` shows what there is."),
        (
            ["queue", "--status", "x"],
            (
                "Invalid value for '--status': 'x' is not one of 'waiting', 'answered', 'none', 'done', 'snoozed'. "
                "`triage queue --help` shows what there is."
            ),
        ),
        (
            ["queue", "--at", "tomorrow"],
            '"tomorrow" is no moment. Write --at like 2026-11-23T10:00 or 2026-11-23T10:00+01:00.',
        ),
        (
            ["queue", "--at", "9999-12-31T23:00"],
            '"9999-12-31T23:00" is no moment. Write --at like 2026-11-23T10:00 or 2026-11-23T10:00+01:00.',
        ),
        (["queue", "--account", "web"], 'There is no account "web". The configuration has "shop".'),
        (
            ["show", "zzzz"],
            'There is no conversation "zzzz". `triage queue` and `triage export --all` list the IDs.',
        ),
        (["export", "--excel", "--format", "json"], "--excel is for CSV: leave it out, or --format."),
        (["export", "--no-sync", "--output", "."], ". is a folder. Name a file in it."),
    ],
)
def test_wrong_usage_is_told_in_a_sentence(wednesday: DiskShop, arguments: list[str], sentence: str) -> None:
    result = wednesday.run(*arguments)

    assert (result.status, result.out, result.err) == (2, "", f"triage: {sentence}\n")


def test_an_ambiguous_id_names_those_it_may_be(wednesday: DiskShop) -> None:
    for number in range(40):  # more than there are letters and digits
        sender = f"klant{number}@klant.example"
        wednesday.mail.deliver(received_at=NOON, message_id=f"many{number}@klant.example", sender=sender)
    wednesday.run("sync")
    first = Counter(row["id"][0] for row in wednesday.run("export", "--all", "--columns", "id", *STORED).csv)

    result = wednesday.run("show", first.most_common(1)[0][0])

    assert "is the beginning of several IDs: " in assert_plain(result, 2)


def test_a_conversation_that_did_not_exist_yet_is_told(wednesday: DiskShop) -> None:
    newest = wednesday.run("export", "--columns", "id,received_at", *STORED).csv
    identity = max(newest, key=lambda row: row["received_at"])["id"]

    result = wednesday.run("show", identity, "--at", "2026-11-18T11:00")

    assert f'At that moment the conversation "{identity}" did not exist yet.' in assert_plain(result, 2)


# -- 20: configuration ------------------------------------------------


def test_a_missing_configuration_says_how_to_begin(disk: DiskShop) -> None:
    message = assert_plain(disk.run("queue"), 20)

    assert "There is no configuration at" in message
    assert "triage demo" in message


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[shop\n", id="no TOML"),
        pytest.param("[shop]\nnmae = 'x'\n", id="an unknown key"),
        pytest.param("", id="no account"),
    ],
)
@pytest.mark.parametrize("command", ["queue", "sync", "overdue", "export", "check"])
def test_a_configuration_that_cannot_be_meant_is_refused(disk: DiskShop, command: str, text: str) -> None:
    disk.config.write_text(text, "utf-8")

    result = disk.run(command)

    assert (result.status, result.out, "Traceback" in result.err) == (20, "", False)


def test_a_password_that_is_not_there_is_told(disk: DiskShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOP_PASSWORD")
    disk.configure(server_account())

    assert "The environment variable SHOP_PASSWORD (password_env) is not set." in assert_plain(disk.run("sync"), 20)


# -- 21 to 23, 26: the server ------------------------------------------------


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.mark.parametrize("command", ["queue", "export", "sync"])
def test_no_network_still_shows_what_is_stored(wednesday: DiskShop, command: str) -> None:
    wednesday.configure(server_account(port=closed_port()))

    result = wednesday.run(command)

    assert_plain(result, 21)
    if command == "queue":
        assert result.out.startswith("De Schoenmaker  as of Wednesday 18 Nov")
    if command == "export":
        assert len(result.csv) == 9


def test_an_unknown_host_is_told(disk: DiskShop) -> None:
    disk.configure(server_account("imap.no-such-shop.invalid", 993, security='"tls"'))

    assert "imap.no-such-shop.invalid" in assert_plain(disk.run("sync"), 21)


def test_a_certificate_that_nobody_vouches_for_is_refused(disk: DiskShop, tmp_path: Path) -> None:
    try:
        certificate = make_certificate(tmp_path)
    except UnavailableError as error:
        pytest.skip(str(error))
    with HostileServer(a_mailbox(), security="tls", certificate=certificate) as server:
        disk.configure(server_account(server.host, server.port, security='"tls"'))

        message = assert_plain(disk.run("sync"), 21)

        assert "certificate" in message
        assert server.received == []


def test_a_wrong_password_is_told_without_repeating_it(
    disk: DiskShop, dovecot: DovecotServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "not-the-one")
    mailbox = dovecot.account()
    disk.configure(
        server_account(dovecot.host, dovecot.port, username=f'"{mailbox.username}"', addresses=OUR_ADDRESSES)
    )

    message = assert_plain(disk.run("sync"), 22)

    assert f"refused the login of {mailbox.username}" in message
    assert "not-the-one" not in message


def test_a_missing_mailbox_names_those_that_are_there(disk: DiskShop) -> None:
    with HostileServer(a_mailbox()) as server:
        disk.configure(server_account(server.host, server.port, mailboxes='["Vragen"]'))

        message = assert_plain(disk.run("sync"), 23)

    assert 'Account "shop" has no mailbox "Vragen". It has "INBOX": correct mailboxes or sent.' in message


def test_a_server_that_asks_for_patience_has_a_status_of_its_own(disk: DiskShop) -> None:
    with HostileServer(a_mailbox(), {"LOGIN": refuse("[UNAVAILABLE] Server error, please try again later")}) as server:
        disk.configure(server_account(server.host, server.port))

        assert_plain(disk.run("sync"), 26)


def test_the_first_account_that_fails_gives_the_status_after_the_others_were_done(wednesday: DiskShop) -> None:
    with HostileServer(a_mailbox(), {"LOGIN": refuse("[AUTHENTICATIONFAILED] no")}) as server:
        first = server_account(server.host, server.port)
        second = server_account(port=closed_port(), name='"web"')
        wednesday.configure(first, second, wednesday.account("disk"))

        result = wednesday.run("sync")

    assert (result.status, result.err.count("\n")) == (22, 2)
    assert result.out.splitlines()[0].startswith("disk INBOX:")


def refuse_the_body_of_two(exchange: Exchange) -> None:
    (refuse_uid(2) if "BODY" in exchange.arguments else ordinary)(exchange)


def test_messages_that_cannot_be_fetched_are_told(disk: DiskShop) -> None:
    with HostileServer(a_mailbox(), {"UID FETCH": refuse_the_body_of_two}) as server:
        disk.configure(server_account(server.host, server.port))

        result = disk.run("sync")

    assert (result.status, result.err) == (27, "")
    assert result.out.splitlines()[0] == (
        "shop INBOX: 2 new; 3 on the server, 2 known; 1 could not be fetched, triage will try again"
    )


def test_of_several_accounts_each_error_names_its_own_once(disk: DiskShop) -> None:
    with HostileServer(a_mailbox()) as server:
        disk.configure(
            server_account(name='"closed"', port=closed_port()),
            server_account(name='"unset"', password_env='"NOT_SET"'),
            server_account(server.host, server.port, name='"well"'),
            server_account(server.host, server.port, name='"missing"', mailboxes='["Shop"]'),
        )
        result = disk.run("sync")

    assert result.status == 21
    assert [line[: line.index('"', 17) + 1] for line in result.err.splitlines()] == [
        'triage: Account "closed"', 'triage: Account "unset"', 'triage: Account "missing"',
    ]  # fmt: skip
    assert [line.count("Account") for line in result.err.splitlines()] == [1, 1, 1]


# -- 24: the disk ------------------------------------------------


@linux_only
@pytest.mark.parametrize("command", [["export"], ["queue"]])
def test_a_full_disk_behind_stdout_is_told(wednesday: DiskShop, command: list[str]) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123 - a device
        done = subprocess.run(
            [*TRIAGE, *command, *STORED, "--config", str(wednesday.config)],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip

    assert (done.returncode, done.stderr.splitlines()) == (
        24,
        ["triage: The disk is full. Make room and run triage again; nothing that was stored is lost."],
    )


@linux_only
def test_a_full_disk_under_the_database_loses_nothing(disk: DiskShop) -> None:
    for number in range(120):
        disk.mail.deliver(message_id=f"q{number}@klant.example", sender=f"k{number}@klant.example", text="lang " * 400)
    disk.open()
    data = disk.folder / "small"
    data.mkdir()
    script = (
        f'mount -t tmpfs -o size=260k,mode=700 none "{data}" && shift && "$@"; echo "status $?"; "$@"; echo "status $?"'
    )
    if not shutil.which("unshare"):
        pytest.skip("unshare is not installed")
    done = subprocess.run(
        ["unshare", "--mount", "--map-root-user", "sh", "-c", script, "sh", "-", *TRIAGE, "sync",
         "--config", str(disk.config)],
        capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TRIAGE_DATA_DIR": str(data)},
    )  # fmt: skip
    if "status" not in done.stdout or "mount:" in done.stderr or "unshare:" in done.stderr:
        pytest.skip(f"no file system of a test's own here: {done.stderr.strip()[:200]}")

    assert re.findall(r"status (\d+)", done.stdout) == ["24", "24"]
    assert "Traceback" not in done.stderr
    assert "The disk is full" in done.stderr


@unix_only
def test_a_data_folder_that_is_no_folder_is_told(disk: DiskShop, monkeypatch: pytest.MonkeyPatch) -> None:
    disk.open()
    (disk.folder / "file").touch()
    monkeypatch.setenv("TRIAGE_DATA_DIR", str(disk.folder / "file"))

    assert "Set TRIAGE_DATA_DIR to a folder that is yours." in assert_plain(disk.run("queue"), 24)


def test_a_database_that_is_none_is_told(disk: DiskShop) -> None:
    disk.open()
    (disk.folder / "data").mkdir()
    (disk.folder / "data" / "triage.sqlite3").write_bytes(b"this is no database" * 100)

    assert "is damaged or not a database of triage" in assert_plain(disk.run("queue"), 24)


# -- 10 and 25: overdue ------------------------------------------------


def test_overdue_says_so_by_status_only_when_asked(wednesday: DiskShop) -> None:
    assert [wednesday.run("overdue", *STORED, *flag).status for flag in ([], ["--exit-code"])] == [0, 10]


def test_nothing_overdue_is_refused_when_nobody_looked_for_long(wednesday: DiskShop) -> None:
    result = wednesday.run("overdue", "--kind", "other", "--no-sync", "--at", "2026-11-18T14:01")

    assert result.out == ""
    assert "too long ago to say that nothing is overdue. Run `triage sync`." in assert_plain(result, 25)


def test_nothing_overdue_is_refused_when_nobody_ever_looked(disk: DiskShop) -> None:
    disk.open()

    assert "has never been" in assert_plain(disk.run("overdue", "--no-sync", "--quiet"), 25)


@pytest.mark.parametrize(
    ("greeting", "status"),
    [
        pytest.param("{tag} NO [UNAVAILABLE] try again later", 10, id="overdue beats try later"),
        pytest.param("{tag} NO [AUTHENTICATIONFAILED] no", 22, id="a refused login beats overdue"),
    ],
)
def test_which_status_wins(wednesday: DiskShop, greeting: str, status: int) -> None:
    with HostileServer(a_mailbox(), {"LOGIN": refuse(greeting.removeprefix("{tag} NO "))}) as server:
        wednesday.configure(server_account(server.host, server.port))

        result = wednesday.run("overdue", "--exit-code", *AT)

    assert result.status == status
    assert "De Schoenmaker: overdue and forgotten" in result.out


def test_a_failed_sync_never_says_that_nothing_is_overdue_when_that_is_not_known(disk: DiskShop) -> None:
    disk.configure(server_account(port=closed_port()))

    result = disk.run("overdue")

    assert (result.status, result.out) == (21, "")


# -- 130, pipes, bugs ------------------------------------------------


@unix_only
def test_an_interrupted_sync_says_that_nothing_is_lost(disk: DiskShop) -> None:
    with HostileServer(a_mailbox(), {"UID FETCH": silent()}) as server:
        disk.configure(server_account(server.host, server.port, timeout='"60s"'))
        process = start(disk, "sync")
        deadline = time.monotonic() + 20
        while not any(line.startswith("UID FETCH") for line in server.received) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)

    assert (process.returncode, out, err) == (
        130,
        "",
        "triage: Interrupted. What came in is kept; run triage again to go on.\n",
    )


@unix_only
@pytest.mark.parametrize(("command", "unbuffered"), [("export", ""), ("queue", "1"), ("overdue", ""), ("show", "")])
def test_a_closed_pipe_ends_quietly(wednesday: DiskShop, command: str, unbuffered: str) -> None:
    more = ["--all"] if command == "export" else []
    if command == "show":
        more = [wednesday.run("export", "--columns", "id", *STORED).csv[0]["id"]]
    process = start(wednesday, command, *more, *(AT if command == "show" else STORED), PYTHONUNBUFFERED=unbuffered)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None

    assert (process.stderr.read(), process.wait(20)) == ("", 0)
    process.stderr.close()


@pytest.mark.parametrize(
    "failure",
    [
        pytest.param(bye("too busy"), id="goodbye"),
        pytest.param(refuse("[SERVERBUG] \x1b[31m Internal\x9b31m error"), id="escape sequences"),
    ],
)
def test_what_a_server_says_is_one_line(disk: DiskShop, failure: Behaviour) -> None:
    with HostileServer(a_mailbox(), {"EXAMINE": failure}) as server:
        disk.configure(server_account(server.host, server.port))

        message = disk.run("sync").err

    assert (message.count("\n"), "\x1b" in message, "\x9b" in message) == (1, False, False)


def test_without_arguments_and_configuration_a_newcomer_is_told_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TRIAGE_CONFIG", str(tmp_path / "none.toml"))

    assert "triage demo" in assert_plain(run(), 20)


@unix_only
def test_a_closed_output_ends_quietly(disk: DiskShop) -> None:
    disk.configure(disk.account())
    command = f"{' '.join(TRIAGE)} queue --config '{disk.config}' >&-"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    ended = subprocess.run(["/bin/sh", "-c", command], env=environment, capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_damaged_database_is_not_well(disk: DiskShop) -> None:
    disk.configure(disk.account())
    disk.run("sync")
    with (disk.folder / "data" / DATABASE).open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(4096))

    result = disk.run("check")

    assert (result.status, "All is well" in result.out) == (24, False)
