#!/usr/bin/env python3
"""Run all checks on a machine that has only Python 3.11 or later, with pip and venv.

    python3 tests/run.py [--require-servers] [arguments for pytest]

Makes `.venv` in the checkout with the exact versions of `requirements-dev.lock`, installs on Debian and Ubuntu the mail
server that the tests talk to, then runs ruff, mypy and pytest. The first step that fails ends it, with its exit status.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
LOCK = CHECKOUT / "requirements-dev.lock"
ENVIRONMENT = CHECKOUT / ".venv"
BIN = ENVIRONMENT / ("Scripts" if sys.platform == "win32" else "bin")
PYTHON = BIN / ("python.exe" if sys.platform == "win32" else "python")
STAMP = ENVIRONMENT / "made-from"
PACKAGES = {"dovecot": "dovecot-imapd", "openssl": "openssl"}  # program -> package of Debian and Ubuntu
PROGRAM_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])


def main() -> int:
    """Take all steps in order; return the first exit status that is not 0."""
    arguments, for_pytest = parse_arguments()
    if sys.version_info < (3, 11):  # noqa: UP036 -- whoever has an older one is to be told
        say("Python 3.11 or later is needed; this is " + sys.version.split()[0] + ".")
        return 2
    os.chdir(CHECKOUT)
    if arguments.require_servers:
        os.environ["TRIAGE_REQUIRE_SERVERS"] = "1"
    return make_environment() or get_mail_server() or run_checks(for_pytest)


def parse_arguments() -> tuple[argparse.Namespace, list[str]]:
    """Split our own options from those that pytest gets."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").splitlines()[0], epilog="Other arguments go to pytest."
    )
    in_ci = os.environ.get("CI", "").lower() in {"1", "true"}
    parser.add_argument("--require-servers", action="store_true", default=in_ci, help="fail, not skip, without servers")
    return parser.parse_known_args()


def make_environment() -> int:
    """Make `.venv` anew unless it was made from the same lock, project file and Python."""
    recipe = hashlib.sha256(LOCK.read_bytes() + (CHECKOUT / "pyproject.toml").read_bytes() + sys.version.encode())
    if STAMP.is_file() and STAMP.read_text() == recipe.hexdigest():
        return 0
    say(f"Making {ENVIRONMENT.name} from {LOCK.name}")
    venv.create(ENVIRONMENT, with_pip=True, clear=True)
    pip = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    status = step("dependencies", [*pip, "-r", str(LOCK)], quiet=True)
    status = status or step("project", [*pip, "--no-deps", "--editable", str(CHECKOUT)], quiet=True)
    if status == 0:
        STAMP.write_text(recipe.hexdigest())
    return status


def get_mail_server() -> int:
    """Install what is missing where that needs no question; else say in one sentence what to install."""
    missing = [package for program, package in PACKAGES.items() if not shutil.which(program, path=PROGRAM_PATH)]
    if not missing:
        return 0
    administrator = rights()
    if administrator is not None and shutil.which("apt-get"):
        say(f"Installing {' and '.join(missing)}")
        apt = [*administrator, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
        # A failing update is no failure yet: one of the machine's other sources may be gone.
        step("apt-get update", [*apt, "update"], quiet=True)
        if step("apt-get install", [*apt, "install", "-y", "--no-install-recommends", *missing], quiet=True) == 0:
            keep_quiet(administrator, missing)
            return 0
    say(f"Please install {' and '.join(missing)}: the tests that need a real Dovecot are {consequence()} without.")
    return 0


def rights() -> list[str] | None:
    """Say what to put before a command that only root may run, or None where a password would be asked for."""
    if sys.platform == "win32":
        return None
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n"]
    return None


def keep_quiet(administrator: list[str], installed: list[str]) -> None:
    """Stop the mail service that Debian's package starts by itself: the tests start one of their own, on loopback."""
    if "dovecot-imapd" in installed and Path("/run/systemd/system").is_dir():
        step(
            "stop service",
            [*administrator, "systemctl", "disable", "--now", "dovecot.socket", "dovecot.service"],
            quiet=True,
        )


def consequence() -> str:
    """Say what becomes of tests whose server is missing."""
    return "failing" if os.environ.get("TRIAGE_REQUIRE_SERVERS") == "1" else "skipped"


def run_checks(for_pytest: list[str]) -> int:
    """Run ruff, mypy and pytest; stop at the first that fails."""
    module = [str(PYTHON), "-m"]
    # mypy judges for Linux wherever it runs, since the test servers use what only Unix has.
    checks = {
        "ruff check": [*module, "ruff", "check", "--quiet"],
        "ruff format": [*module, "ruff", "format", "--check", "--quiet"],
        "mypy": [*module, "mypy", "--platform", "linux", "--no-error-summary"],
        "pytest": [*module, "pytest", "-n", "2", *for_pytest],
    }
    for name, command in checks.items():
        if status := step(name, command):
            return status
    return 0


def step(name: str, command: list[str], *, quiet: bool = False) -> int:
    """Run one command and print how long it took (pytest says so itself); a quiet one is heard only when it fails."""
    started = time.monotonic()
    output = subprocess.PIPE if quiet else None
    done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=output, stderr=output, text=True)
    if done.returncode and quiet:
        say(done.stdout + done.stderr)
    if name != "pytest":
        outcome = f"failed with status {done.returncode}" if done.returncode else "ok"
        say(f"{name:<16}{time.monotonic() - started:6.1f} s  {outcome}")
    return done.returncode


def say(text: str) -> None:
    """Print at once, so that our lines and those of the programs come in order."""
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
