"""What stands in docs/ works: each block is run, verified or read by the program that it is for, where that is here.

Commands find triage as an owner's do: in `~/.local/bin`, with the sample shop as its configuration.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer.main

from cli.app import program
from triage.config import load_settings
from triage.demo import demo_config, sample_shop, write_maildir
from triage.secrets import password_for

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
"""Of a crontab: minute, hour, day of the month, month, weekday."""

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="folders and shells of Linux")


def blocks(language: str, *, readme: bool = False) -> list[Any]:
    """Every block of a language, named after its page."""
    return [
        pytest.param(block, id=f"{page.stem}-{number}")
        for page in PAGES
        if readme or page.name != "README.md"
        for number, block in enumerate(re.findall(rf"^```{language}\n(.*?)^```$", text(page), re.MULTILINE | re.DOTALL))
    ]


def text(page: Path) -> str:
    return page.read_text("utf-8")


def make_home(folder: Path, *, is_empty: bool = False) -> Path:
    """Make the home of an owner who has installed triage and set it up."""
    program = folder / ".local" / "bin" / "triage"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nTRIAGE_WEIGHTS=off PYTHONPATH="{ROOT}" exec "{sys.executable}" -m cli "$@"\n')
    program.chmod(0o755)
    write_maildir(folder / "mail", [] if is_empty else sample_shop(datetime.now(UTC)))
    config = folder / ".config" / "triage" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(f'language = "en"\n{demo_config(folder / "mail")}', "utf-8")
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of an owner some of whose customers wait too long."""
    return make_home(tmp_path_factory.mktemp("home"))


@pytest.fixture
def quiet_home(tmp_path: Path) -> Path:
    """The home of an owner who gets no mail."""
    return make_home(tmp_path / "home", is_empty=True)


def run(home: Path, script: str, cwd: Path, path: str = "/usr/bin:/bin") -> tuple[int, str, str]:
    """Run a script as cron does: with `/bin/sh` and next to no environment."""
    environment = {"HOME": str(home), "LOGNAME": "owner", "SHELL": "/bin/sh", "PATH": path}
    done = subprocess.run(["/bin/sh", "-c", script], env=environment, cwd=cwd, capture_output=True, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


# -- cron ------------------------------------------------


def cron_commands(table: str) -> list[str]:
    """Read a crontab as cron does: variables, comments, five fields and a command in which `%` is a line's end."""
    commands = []
    for line in table.splitlines():
        if not line.strip() or line.startswith("#") or re.match(r"[A-Z_]+=", line):
            continue
        *fields, command = line.split(maxsplit=5)
        for field, (least, most) in zip(fields, FIELDS, strict=True):
            numbers = [int(number) for number in re.findall(r"\d+", field.partition("/")[0])]
            assert all(least <= number <= most for number in numbers), line
            assert re.fullmatch(r"(\*|\d+(-\d+)?)(,\d+(-\d+)?)*(/\d+)?", field), line
        assert "%" not in command
        commands.append(command)
    return commands


CRON = [
    pytest.param(command, id=f"{block.id}-{number}")
    for block in blocks("cron", readme=True)
    for number, command in enumerate(cron_commands(block.values[0]))
]


@linux_only
@pytest.mark.parametrize("command", CRON)
def test_cron_mails_nothing_when_nothing_is_overdue(quiet_home: Path, command: str) -> None:
    assert run(quiet_home, command, quiet_home) == (0, "", "")


@linux_only
@pytest.mark.parametrize("command", CRON)
def test_cron_reports_who_waits_too_long(home: Path, command: str) -> None:
    status, said, complaint = run(home, command, home)

    report = text(home / "overdue.html") if ".html" in command else said
    assert (status, complaint, "Overdue" in report) == (0, "", "sync" not in command)


@linux_only
@pytest.mark.parametrize("command", CRON)
def test_cron_mails_that_nobody_could_look(quiet_home: Path, command: str) -> None:
    shutil.rmtree(quiet_home / "mail")

    status, said, complaint = run(quiet_home, command, quiet_home)

    assert (status, said, complaint.count("\n"), complaint[:8]) == (20, "", 1, "triage: ")


# -- shell ------------------------------------------------


@linux_only
@pytest.mark.parametrize("script", blocks("sh"))
def test_a_script_runs_on_the_sample_shop(home: Path, tmp_path: Path, script: str) -> None:
    missing = [name for name in ("jq", "python3") if re.search(rf"\b{name}\b", script) and not shutil.which(name)]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not installed")
    path = f"{home}/.local/bin:/usr/local/bin:/usr/bin:/bin"

    status, said, complaint = run(home, f"set -eu\n{script}", tmp_path, path)

    made = [file for file in (*tmp_path.iterdir(), *(home / ".config" / "triage").glob("password")) if file.is_file()]
    assert (status, re.findall("^triage: .*|.*[Ee]rror.*", complaint, re.MULTILINE)) == (0, [])
    assert said or made


@linux_only
def test_the_script_of_exit_statuses_knows_that_somebody_waits(home: Path, tmp_path: Path) -> None:
    script = next(block.values[0] for block in blocks("sh") if "--exit-code" in block.values[0])

    path = f"{home}/.local/bin:/usr/bin:/bin"
    assert run(home, f"set -eu\n{script}", tmp_path, path)[1] == "somebody waits too long\n"


# -- systemd ------------------------------------------------


def units() -> dict[str, str]:
    """Each unit by the name that begins the paragraph before it."""
    page = text(ROOT / "docs" / "systemd.md")
    names = re.findall(r"^`([\w-]+\.(?:service|timer))` ", page, re.MULTILINE)
    return dict(zip(names, (block.values[0] for block in blocks("ini")), strict=True))


@linux_only
def test_systemd_finds_no_fault_with_the_units(home: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    for name, unit in units().items():
        (tmp_path / name).write_text(unit, "utf-8")

    places = {"HOME": str(home), "XDG_RUNTIME_DIR": str(tmp_path), "SYSTEMD_UNIT_PATH": f"{tmp_path}:"}
    files = [str(tmp_path / name) for name in units()]
    command = ["systemd-analyze", "--user", "verify", "--man=no", *files]
    done = subprocess.run(command, env={**os.environ, **places}, capture_output=True, text=True, check=False)

    ours = [line for line in done.stderr.splitlines() if "triage" in line or "Failed to" in line]
    assert (sorted(units()), ours) == (["triage-overdue.service", "triage-overdue.timer", "triage-tell.service"], [])


@linux_only
def test_the_timer_knows_its_days(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    moments = re.findall(r"^OnCalendar=(.*)$", units()["triage-overdue.timer"], re.MULTILINE)

    done = subprocess.run(["systemd-analyze", "calendar", *moments], capture_output=True, cwd=tmp_path, check=False)

    assert (len(moments), done.returncode) == (2, 0)


@linux_only
def test_the_service_fails_when_somebody_waits_too_long(home: Path, quiet_home: Path) -> None:
    """A failure is what calls the message."""
    service = units()["triage-overdue.service"]
    command = re.findall(r"^ExecStart=%h/(.*)$", service, re.MULTILINE)[0]

    assert "OnFailure=triage-tell.service" in service
    assert [run(each, f"{each}/{command}", each)[0] for each in (home, quiet_home)] == [10, 0]


# -- Windows ------------------------------------------------


def task_line() -> str:
    [task] = blocks("xml")
    action = ET.fromstring(task.values[0]).find(f"{TASK}Actions/{TASK}Exec")  # noqa: S314 - our own page
    assert action is not None
    assert action.findtext(f"{TASK}Command") == "cmd.exe"
    return (action.findtext(f"{TASK}Arguments") or "").removeprefix("/c ")


@linux_only
def test_the_task_opens_a_report_only_when_there_is_one(home: Path, quiet_home: Path, tmp_path: Path) -> None:
    """The same line in a shell of Unix, where redirections and `||` mean what they mean to cmd.exe."""
    line = task_line().replace("%TEMP%\\", f"{tmp_path}/")
    script = f'start() {{ printf "opened %s" "$2"; }}; {line}'

    opened = run(home, script, tmp_path, f"{home}/.local/bin:/usr/bin:/bin")[1]
    silent = run(quiet_home, script, tmp_path, f"{quiet_home}/.local/bin:/usr/bin:/bin")

    assert (opened, silent) == (f"opened {tmp_path}/triage-overdue.html", (0, "", ""))


def test_the_task_runs_on_working_days() -> None:
    [task] = blocks("xml")
    days = ET.fromstring(task.values[0]).find(f".//{TASK}DaysOfWeek")  # noqa: S314 - our own page

    assert days is not None
    assert [day.tag.removeprefix(TASK) for day in days] == ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]


# -- passwords ------------------------------------------------


@pytest.mark.parametrize("account", blocks("toml"))
def test_an_account_is_a_configuration(tmp_path: Path, account: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text(account, "utf-8")

    [read] = load_settings(config, {}).accounts
    assert read.username == "info@shop.example"


@linux_only
def test_the_password_file_of_the_page_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    [make] = [block.values[0] for block in blocks("sh") if "password" in block.values[0]]
    [account] = [block.values[0] for block in blocks("toml") if "password_file" in block.values[0]]

    assert run(tmp_path, make, tmp_path)[0] == 0
    with (tmp_path / ".config" / "triage" / "password").open("a") as file:
        file.write("geheim é\n")
    config = tmp_path / "config.toml"
    config.write_text(account, "utf-8")

    assert password_for(load_settings(config, os.environ).accounts[0], {}) == "geheim é"


# -- every command ------------------------------------------------


def commands() -> list[Any]:
    """Every `triage …` in code on a page of docs/, up to what the shell makes of it."""
    code = [(page, each) for page in PAGES[1:] for each in re.findall(r"```.*?```|`[^`]+`", text(page), re.DOTALL)]
    typed = [
        (page.stem, re.split(r"[|>;`&)]|\s2$", line)[0].strip())
        for page, each in code
        for line in re.findall(r'(?<!echo ")(?<![\w.-])triage"? ([a-z][^`\n]*)', each)
    ]
    return [pytest.param(line, id=f"{page}: {line}") for page, line in dict.fromkeys(typed)]


@pytest.mark.parametrize("typed", commands())
def test_every_command_is_one(typed: str) -> None:
    name, *arguments = shlex.split(typed)
    command: Any = typer.main.get_command(program()).commands[name]  # type: ignore[attr-defined]

    with suppress(typer.Exit):
        command.make_context(name, arguments)
