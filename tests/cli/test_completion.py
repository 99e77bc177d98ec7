"""Tab completes IDs in the shells themselves, and nothing that a customer wrote is run by one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cli.complete import complete_ids, harmless
from tests.cli.terminal import Terminal

if TYPE_CHECKING:
    from tests.cli.on_disk import DiskShop

pytestmark = pytest.mark.skipif(os.name == "nt", reason="shells of Unix")

ROOT = Path(__file__).parents[2]


def needs(shell: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"{shell} is not installed")


@pytest.fixture
def home(disk: DiskShop, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of one's own, with `triage` on the path."""
    folder = disk.folder / "home"
    (folder / "bin").mkdir(parents=True)
    program = folder / "bin" / "triage"
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m cli "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("PATH", f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TRIAGE_CONFIG", str(disk.config))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.chdir(folder)
    return folder


def deliver(disk: DiskShop, subject: str) -> str:
    """Fetch one mail and give its ID."""
    disk.mail.deliver(subject=subject)
    disk.open()
    assert disk.run("sync").status == 0
    return disk.run("export", "--all", "--columns", "id", "--no-sync").csv[0]["id"]


def completed_by_bash(typed: str) -> list[str]:
    script = f"""
        source <(_TRIAGE_COMPLETE=source_bash triage)
        COMP_WORDS=({typed}) COMP_CWORD=2
        _triage_completion triage
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    return said("bash", "--norc", "-c", script).splitlines()


def completed_by_fish(typed: str) -> list[str]:
    return said("fish", "-c", f"_TRIAGE_COMPLETE=source_fish triage | source; complete -C '{typed}'").splitlines()


def said(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""
    return done.stdout


def completed_by_zsh(typed: str, identity: str) -> None:
    """Press Tab in zsh as a person does; it waits for the ID."""
    with Terminal("-f", "-i", environment={}, program=("zsh",)) as shell:
        shell.type("autoload -Uz compinit; compinit -u; source <(_TRIAGE_COMPLETE=source_zsh triage); print rea''dy\n")
        shell.until("ready")
        shell.type(f"{typed}\t")
        shell.until(identity[len(typed.rpartition(" ")[2]) :])
        shell.type("\x01print -r 'typed='\x05\n")  # Ctrl-A, Ctrl-E
        shell.until(f"typed=triage show {identity}")


def offered(identity: str) -> str:
    return f"{identity}\tJan Peeters - Maat 42?"


@needs("bash")
@pytest.mark.usefixtures("home")
def test_bash_completes_an_id(disk: DiskShop) -> None:
    identity = deliver(disk, "Maat 42?")

    assert completed_by_bash(f"triage show {identity[:2]}") == [identity]


@needs("fish")
@pytest.mark.usefixtures("home")
def test_fish_completes_an_id_and_says_whose_it_is(disk: DiskShop) -> None:
    identity = deliver(disk, "Maat 42?")

    assert completed_by_fish(f"triage show {identity[:2]}") == [offered(identity)]


@needs("zsh")
@pytest.mark.usefixtures("home")
def test_zsh_completes_an_id(disk: DiskShop) -> None:
    identity = deliver(disk, "Maat 42?")

    completed_by_zsh(f"triage show {identity[:2]}", identity)


HOSTILE = (
    r"\$(touch run1)",
    r"\\$(touch run2) $(touch run3) `touch run4` \`touch run5\`",
    """') ; touch run6; (' ")) ; touch run7 ((" "$(touch run8)" ${(e):-'$(touch run9)'}""",
    "[/x] [link=x]y ::: a:b \\",
)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("shell", [pytest.param(name, marks=needs(name)) for name in ("bash", "fish", "zsh")])
@pytest.mark.parametrize("subject", HOSTILE)
def test_no_shell_runs_a_subject(disk: DiskShop, home: Path, shell: str, subject: str) -> None:
    before = sorted(home.iterdir())
    identity = deliver(disk, subject)

    if shell == "bash":
        assert completed_by_bash("triage show ''") == [identity]
    elif shell == "fish":
        assert [line.partition("\t")[0] for line in completed_by_fish("triage show ")] == [identity]
    else:
        completed_by_zsh("triage show ", identity)

    assert sorted(path for path in home.iterdir() if not path.name.startswith(".")) == before


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Jan Peeters - Maat 42?", "Jan Peeters - Maat 42?"),
        ("Amélie Lambert - Bottines à lacets en 38 ?", "Amélie Lambert - Bottines à lacets en"),
        (r"\$(x) `y` 'z' \"w\" [/b] {a} (b) a:b;c|d&e>f<g!h#i*j~k=l%m^n", "x y z w b a b a b c d e f g h i j k l"),
        ("鞋" * 100, "鞋" * 38),
        ("\x1b[31m\n\t\x00", "31m"),
        ("$(" * 50_000, ""),
    ],
)
def test_only_what_no_shell_knows_is_kept(text: str, kept: str) -> None:
    assert harmless(text) == kept


def test_without_a_database_nothing_is_offered(disk: DiskShop) -> None:
    assert (complete_ids(""), (disk.folder / "data").exists()) == ([], False)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("shell", "script"),
    [
        pytest.param("bash", ".bash_completions/triage.sh", marks=needs("bash")),
        pytest.param("zsh", ".zfunc/_triage", marks=needs("zsh")),
        pytest.param("fish", ".config/fish/completions/triage.fish", marks=needs("fish")),
    ],
)
def test_the_line_of_the_readme_switches_it_on(home: Path, shell: str, script: str) -> None:
    """The shell that runs it is found by its process; `true` keeps it from handing its process over."""
    line = "triage --install-completion"
    assert f"`{line}`" in (ROOT / "README.md").read_text("utf-8")

    assert f"{shell} completion installed" in said(shell, "-c", f"{line}; true")
    assert (home / script).is_file()
