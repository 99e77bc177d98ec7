"""The borders of the house (`triage/__init__.py`), held by walking what each module imports and calls."""

from __future__ import annotations

import ast
import re
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]

OUTSIDE = {
    "asyncio": "network", "filelock": "file", "fileinput": "file", "ftplib": "network", "glob": "file",
    "http": "network", "imapclient": "network", "imaplib": "network", "importlib.util": "file", "keyring": "outside",
    "logging": "outside", "multiprocessing": "outside", "os": "outside", "pathlib": "file", "platformdirs": "file",
    "random": "chance", "requests": "network", "rich": "terminal", "secrets": "chance", "select": "network",
    "shutil": "file", "signal": "outside", "smtplib": "network", "socket": "network", "sqlite3": "file",
    "ssl": "network", "subprocess": "outside", "sys": "outside", "tempfile": "file", "threading": "outside",
    "time": "clock", "typer": "terminal", "urllib": "network", "uuid": "chance",
}  # fmt: skip
"""Modules through which a program touches what is not its own values."""

EDGES = {
    "triage.config": {"pathlib", "platformdirs"},
    "triage.secrets": {"keyring", "os", "subprocess", "threading"},
    "triage.lock": {"filelock", "os"},
    "triage.i18n": {"pathlib"},  # its catalogues, and the language that the configuration names
    "triage.store": {"os", "shutil", "sqlite3"},
    "triage.classify.learnt": {"os", "pathlib"},  # which weights there are
    "triage.pipeline": {"importlib.util", "pathlib"},  # which edition of the `holidays` library is installed
    "triage.beside": {"os", "signal", "subprocess", "sys", "threading"},  # a process of its own
    "triage.tokens": {"os", "urllib"},  # urllib.parse alone
    "triage.links": {"urllib"},  # urllib.parse alone
    "triage.mail.imap": {"imapclient"},  # how it decodes the names of mailboxes, which touches nothing
    "triage.mail.responses": {"imapclient"},  # its parser alone, which touches nothing
    "triage.mail.imap_connection": {"socket", "ssl"},
    "triage.mail.wire": {"socket", "threading", "time"},
    "triage.mail.ahead": {"threading"},
    "triage.mail.oauth": {"http", "secrets", "ssl", "time", "urllib"},
    "triage.mail.oauth_messages": {"urllib"},  # urllib.parse alone, which touches nothing
    "triage.mail.loopback": {"http", "os", "threading", "time", "urllib"},
    "triage.mail.trust": {"ssl"},
    "triage.mail.autoconfig": {"http", "socket", "ssl", "time", "urllib"},  # the domain of the owner's own address
    "triage.mail.dns": {"pathlib", "secrets", "socket", "sys"},  # its MX and SRV; the number of a question is by chance
    "triage.mail.disk": {"pathlib"},
    "triage.mail.disk_*": {"os"},
    "triage.private": {"os", "pathlib", "tempfile"},
    "triage.demo.maildir": {"os"},
    "triage.demo.server": {"importlib.util", "os", "secrets", "socket", "subprocess", "sys", "time"},
}
"""Who may touch the outside, and by what; every other module of the core is pure."""


def modules(package: str) -> list[Path]:
    return sorted(file for file in (ROOT / package).rglob("*.py") if "__pycache__" not in file.parts)


def name_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def running(tree: ast.AST) -> Iterator[ast.AST]:
    """Walk a module but for what only type checkers see."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        yield node
        yield from running(node)


@cache
def imports(file: Path) -> set[str]:
    """Name the modules that a module imports when it runs."""
    found: set[str] = set()
    for node in running(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def outside(file: Path) -> set[str]:
    """Name the modules of `OUTSIDE` that a module imports."""
    return {known for known in OUTSIDE for name in imports(file) if name == known or name.startswith(f"{known}.")}


@cache
def calls(file: Path) -> set[str]:
    """Name what a module calls, as it is written: `datetime.now`, `print`."""
    tree = ast.parse(file.read_text("utf-8"))
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


def is_training(file: Path) -> bool:
    return "training" in file.parts


CORE = [file for file in modules("triage") if not is_training(file)]


@pytest.mark.parametrize("file", CORE, ids=name_of)
def test_the_core_touches_the_outside_at_its_edges_only(file: Path) -> None:
    name = name_of(file)
    allowed = set().union(*(found for pattern, found in EDGES.items() if fnmatch(name, pattern)))

    for module in outside(file) - allowed:
        pytest.fail(
            f"{name} imports {module} ({OUTSIDE[module]}), but it is pure: let its caller at the edge (config, store, "
            f"mail.imap, cli) do that and hand the value in, or add it to EDGES here with the reason.",
            pytrace=False,
        )


def test_every_edge_is_still_one() -> None:
    used = {
        pattern: set().union(*(outside(file) for file in CORE if fnmatch(name_of(file), pattern))) for pattern in EDGES
    }

    assert {pattern for pattern, found in used.items() if not found} == set(), (
        "no edges any more: take them out of EDGES"
    )


@pytest.mark.parametrize("file", CORE, ids=name_of)
def test_the_core_does_not_print(file: Path) -> None:
    speaking = {call for call in calls(file) if call in {"print", "input"} or call.startswith("sys.std")}

    assert speaking == set(), f"{name_of(file)} speaks: give the text back, and let cli/render.py print it"


@pytest.mark.parametrize("file", CORE, ids=name_of)
def test_the_core_does_not_ask_what_time_it_is(file: Path) -> None:
    asking = {
        call
        for call in calls(file)
        if re.search(r"(^|\.)(datetime|date)\.(now|today|utcnow)$|^time\.(time|time_ns|localtime|gmtime)$", call)
    }

    assert asking == set(), f"{name_of(file)} asks for the time: take `now` as an argument, only cli/ asks for it"


@pytest.mark.parametrize("file", CORE, ids=name_of)
def test_the_core_does_not_know_the_command_line(file: Path) -> None:
    known = {name for name in imports(file) if name == "cli" or name.startswith("cli.")}

    assert known == set(), f"{name_of(file)} imports the command line: move what both need into triage/"


@pytest.mark.parametrize(
    ("module", "users", "instead"),
    [
        ("sqlite3", {"triage.store"}, "ask triage/store.py, or give it a function"),
        ("imapclient", {"triage.mail.imap", "triage.mail.responses"}, "use triage/mail/imap.py by way of MailSource"),
        ("imaplib", set(), "use triage/mail/imap.py by way of MailSource"),
        ("keyring", {"triage.secrets"}, "ask triage.secrets.password_for()"),
        ("filelock", {"triage.lock"}, "use triage.lock.sync_lock()"),
    ],
)
def test_one_module_alone_knows_it(module: str, users: set[str], instead: str) -> None:
    found = {
        name_of(file)
        for package in ("triage", "cli")
        for file in modules(package)
        if not is_training(file) and any(name == module or name.startswith(f"{module}.") for name in imports(file))
    }

    assert found == users, f"{sorted(found - users)} import {module}: {instead}"


@pytest.mark.parametrize("file", modules("cli"), ids=name_of)
def test_only_the_renderer_and_the_table_know_rich(file: Path) -> None:
    known = {name for name in imports(file) if name == "rich" or name.startswith("rich.")}

    assert not known or name_of(file) in {"cli.render", "cli.table"}, "print by way of cli.render.Screen"


def test_only_the_command_line_is_started_quickly() -> None:
    """What is heavy is imported where it is used, so that `triage --help` need not wait for it."""
    heavy = {"holidays", "imapclient", "keyring", "numpy", "selectolax", "filelock", "dateutil", "tomlkit"}
    eager = {
        (name_of(file), module)
        for package in ("cli", "triage")
        for file in modules(package)
        if not is_training(file)
        for node in ast.parse(file.read_text("utf-8")).body
        for module in _imported(node)
        if module.partition(".")[0] in heavy
    }

    assert {found for found in eager if found[1].partition(".")[0] not in {"selectolax", "numpy"}} == set()


def _imported(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    return {node.module} if isinstance(node, ast.ImportFrom) and node.module else set()


def test_every_module_stands_on_the_map() -> None:
    """`triage/__init__.py` is what a newcomer reads first."""
    map_ = ast.get_docstring(ast.parse((ROOT / "triage" / "__init__.py").read_text("utf-8"))) or ""
    listed = re.findall(r"[\w*]+\.py|\w+/", map_)
    rooms = {"classify", "report", "demo"}  # named as a whole
    missing = [
        str(file.relative_to(ROOT))
        for file in modules("triage")
        if file.name != "__init__.py"
        and not rooms & set(file.parts)
        and not any(fnmatch(file.name, pattern) for pattern in listed)
    ]

    assert missing == [], "say in the docstring of triage/__init__.py what these modules are for"
    assert [name for name in listed if name.endswith(".py") and not [*ROOT.rglob(name)]] == []
