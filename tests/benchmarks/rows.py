"""The rows, by what they are taken on: each function gives some, and says under which keys."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tests.benchmarks.measure import ROOT, Command, alternate, run
from tests.benchmarks.places import A_MOMENT, FAR, MAILBOXES, USER, emptied, ours
from tests.benchmarks.results import OURS, Row, Unit, has, not_installed, row
from tests.servers.base import HOST, PASSWORD
from triage.classify.learnt import WEIGHTS_VARIABLE, weights_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.benchmarks.measure import Taken
    from tests.benchmarks.places import Places

FLOORS = ROOT / "tests" / "benchmarks" / "floors"
MEMORY = 120.0
_MBSYNC = """\
IMAPAccount a
Host {host}
Port {port}
User {user}
Pass {password}
SSLType None
AuthMechs LOGIN

IMAPStore far
Account a

MaildirStore near
Path {folder}/mail/
Inbox {folder}/mail/INBOX
SubFolders Verbatim

Channel shop
Far :far:
Near :near:
Patterns {mailboxes}
Create Near
Sync Pull
SyncState {folder}/state/
"""
_NOTMUCH = """\
[database]
path={folder}/mail
[user]
name=Shop
primary_email=info@sokkenenzo.example
[new]
tags=unread;inbox
[search]
exclude_tags=deleted
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """Rows that are taken together; those that need a server are left out where there is none."""

    keys: tuple[str, ...]
    take: Callable[[Places], list[Row]]
    needs_server: bool = True


# -- beside what others take, too ------------------------------------------------


def floor(name: str, *words: str, environment: Mapping[str, str] | None = None) -> Command:
    """Give a typer command with nothing behind it."""
    return Command.python(str(FLOORS / f"{name}.py"), *words, environment=environment)


def mbsync(places: Places) -> Command:
    """Give mbsync as it is by default, pulling into a folder of its own."""
    folder = places.folder / "mbsync"
    (folder / "state").mkdir(parents=True, exist_ok=True)
    (folder / "mail").mkdir(exist_ok=True)
    port, mailboxes = places.server.port, " ".join(MAILBOXES)
    text = _MBSYNC.format(host=HOST, port=port, user=USER, password=PASSWORD, folder=folder, mailboxes=mailboxes)
    (folder / "rc").write_text(text, "utf-8")
    return Command(("mbsync", "-q", "-c", str(folder / "rc"), "shop"))


def notmuch(places: Places, *words: str) -> Command:
    """Give notmuch over what mbsync has brought."""
    folder = places.folder / "mbsync"
    (folder / "notmuch").write_text(_NOTMUCH.format(folder=folder), "utf-8")
    return Command(("notmuch", *words), {"NOTMUCH_CONFIG": str(folder / "notmuch")})


def mu(places: Places, *words: str) -> Command:
    """Give mu over what mbsync has brought."""
    return Command(("mu", words[0], f"--muhome={places.folder / 'mu'}", *words[1:]))


def cold_mbsync(places: Places) -> Command:
    """Let mbsync begin with nothing."""
    folder = places.folder / "mbsync"

    def empty() -> None:
        for name in ("mail", "state"):
            shutil.rmtree(folder / name, ignore_errors=True)
            (folder / name).mkdir()

    return replace(mbsync(places), before=empty)


def installed(commands: Mapping[str, Command]) -> dict[str, Command]:
    """Leave out what is not installed; notmuch and mu read what mbsync brings."""
    return {
        name: command
        for name, command in commands.items()
        if name == OURS or (has(name) and (name not in {"notmuch", "mu"} or has("mbsync")))
    }


# -- sync ------------------------------------------------


def first_sync(places: Places) -> list[Row]:
    """Take the first sync: here, far away, and by mbsync and notmuch.

    The one far away, and what it is put beside, go by rules alone: the network that reads only hides how long the line
    takes, and its half minute varies by more than that.
    """
    size = places.size
    here, near, far = (
        ours("sync", environment=places.configured(name, port) | more, before=emptied(places.folder / name, then))
        for name, port, more, then in (
            ("first", places.server.port, {}, None),
            ("near", places.near.port, {WEIGHTS_VARIABLE: "off"}, None),
            ("far", places.far.port, {WEIGHTS_VARIABLE: "off"}, places.far.forget),
        )
    )
    others = {"mbsync": cold_mbsync(places), "notmuch": notmuch(places, "new", "--quiet")}
    taken = alternate({OURS: here} | installed(others), size.long_rounds, size.patience, in_order=True)
    beside = {name: taken.get(name, []) for name in (OURS, "mbsync", "notmuch")}
    away = alternate({"near": near, "far": far}, size.long_rounds, size.patience)
    waits = f"{places.far.round_trips()} round trips one after another, connections: {places.far.connections}"
    what = f"first sync of {size.name}, {size.waiting} waiting / (mbsync + notmuch new)"
    environment = places.environment("first")
    note = f"{_waiting(places, environment)} in the queue; left to the network: {places.unread(environment)}"
    farther = f"the same by rules alone, {FAR * 1000:.0f} ms away: more by"
    return [
        row("first", what, Unit.TIMES, 0.15, beside, lambda s: s[OURS] / (s["mbsync"] + s["notmuch"]), note),
        row("far", farther, Unit.SECONDS, 2, away, lambda s: s["far"] - s["near"], waits),
        _memory("first", "first sync", taken[OURS], weights_memory()),
    ]


def _waiting(places: Places, environment: Mapping[str, str]) -> int:
    """Count who waits, to see that the mail is as it was meant."""
    output = places.folder / "queue"
    run(ours("queue", "--no-sync", "--format", "jsonl", environment=environment), output=output)
    return len(output.read_text("utf-8").splitlines())


def sync(places: Places) -> list[Row]:
    """Take a sync with nothing new and one with 20 new mails, with the network that reads and without."""
    rounds = places.size.rounds
    nothing, by_rules = places.synced, places.synced_by_rules
    commands = {
        "20 new": ours("sync", environment=nothing, before=places.deliver),
        "20 new by rules": ours("sync", environment=by_rules),
        OURS: ours("sync", environment=nothing),
        "by rules": ours("sync", environment=by_rules),
        "typer + imapclient": floor("connecting"),
    }
    if has("mbsync"):
        still = mbsync(places)

        def settle() -> None:
            """Let it get the new ones; then wait, for it sleeps when a folder changed within the same second."""
            run(still)
            time.sleep(A_MOMENT)

        commands["mbsync"] = replace(still, before=settle)
    taken = alternate(commands, rounds, places.size.patience / 4, in_order=True)
    idle = {name: taken.get(name, []) for name in (OURS, "typer + imapclient", "mbsync")}
    limit = 2.0 if weights_name() else 0.3
    return [
        row(
            "nothing",
            "sync with nothing new / (typer + imapclient + 2 mbsync)",
            Unit.TIMES,
            1,
            idle,
            lambda s: s[OURS] / (s["typer + imapclient"] + 2 * s["mbsync"]),
            f"left to the network: {places.unread(nothing)}",
        ),
        row(
            "twenty",
            f"sync with 20 new{', by the network' if weights_name() else ''}: more by",
            Unit.SECONDS,
            limit,
            {"20 new": taken["20 new"], OURS: taken[OURS]},
            lambda s: s["20 new"] - s[OURS],
        ),
        row(
            "twenty-by-rules",
            "sync with 20 new, by rules alone: more by",
            Unit.SECONDS,
            0.3,
            {"20 new": taken["20 new by rules"], OURS: taken["by rules"]},
            lambda s: s["20 new"] - s[OURS],
        ),
        _memory("nothing", "sync with nothing new", taken[OURS]),
        _memory("twenty", "sync with 20 new", taken["20 new"], weights_memory()),
    ]


def trips(places: Places) -> list[Row]:
    """Count the round trips of a sync with nothing new."""
    environment = places.synced
    near = (places.folder / "synced" / "config.toml").read_text("utf-8")
    places.configured("synced", places.far.port)
    try:
        places.far.forget()
        run(ours("sync", environment=environment))
    finally:
        (places.folder / "synced" / "config.toml").write_text(near, "utf-8")
    found = float(places.far.round_trips())
    note = f"connections: {places.far.connections}; TCP's handshake not counted, greeting and goodbye are"
    return [Row("trips", "round trips of a sync with nothing new", Unit.TRIPS, found, 8, (found,), note=note)]


def fetch(places: Places) -> list[Row]:
    """Put our fetch of the INBOX beside the raw reading of the same bytes, and beside imapclient's."""
    words = ("-m", "tests.benchmarks.fetching")
    ways = {OURS: "ours", "raw": "raw", "imapclient": "imapclient"}
    port = str(places.server.port)
    commands = {name: Command.python(*words, way, port, "INBOX") for name, way in ways.items()}
    taken = alternate(commands, places.size.long_rounds, places.size.patience / 4)
    note = ", ".join(f"{name} {_printed(places, command) / 1e6:.0f} MB" for name, command in commands.items())
    beside_raw = {name: taken[name] for name in (OURS, "raw")}
    beside_imapclient = {name: taken[name] for name in (OURS, "imapclient")}
    return [
        row("fetch", "fetch of INBOX / raw socket", Unit.TIMES, None, beside_raw, lambda s: s[OURS] / s["raw"], note),
        row(
            "fetch-imapclient",
            "fetch of INBOX / imapclient",
            Unit.TIMES,
            None,
            beside_imapclient,
            lambda s: s[OURS] / s["imapclient"],
        ),
    ]


def _printed(places: Places, command: Command) -> float:
    output = places.folder / "printed"
    run(command, output=output)
    return float(output.read_text())


def search(places: Places) -> list[Row]:
    """Put our queue of the shop's mail beside a search by notmuch and mu, and our first sync beside mu's index."""
    if not has("mbsync"):
        missing = not_installed("mbsync")
        keys = {"search-notmuch": "queue / notmuch search", "search-mu": "queue / mu find", "mu-index": "mu index"}
        return [Row(key, what, Unit.TIMES, None, note=missing) for key, what in keys.items()]
    run(mbsync(places))
    queue = ours("queue", "--no-sync", environment=places.synced)
    commands = {OURS: queue}
    indexed: dict[str, list[Taken]] = {"mu": []}
    if has("notmuch"):
        run(notmuch(places, "new", "--quiet"))
        commands["notmuch"] = notmuch(places, "search", "--limit=300", "tag:inbox and not from:nieuws")
    if has("mu"):
        shutil.rmtree(places.folder / "mu", ignore_errors=True)
        run(mu(places, "init", f"--maildir={places.folder / 'mbsync' / 'mail'}"))
        indexed = alternate({"mu": mu(places, "index", "--quiet")}, 1)
        commands["mu"] = mu(places, "find", "--maxnum=300", "bestelling")
    taken = alternate(commands, places.size.rounds)
    return [
        row(
            f"search-{name}",
            f"queue of {places.size.name} / {name} {word}",
            Unit.TIMES,
            None,
            {OURS: taken[OURS], name: taken.get(name, [])},
            lambda s, name=name: s[OURS] / s[name],  # type: ignore[misc] # mypy knows no defaults of a lambda
        )
        for name, word in (("notmuch", "search"), ("mu", "find"))
    ] + [row("mu-index", f"mu index of {places.size.name}", Unit.SECONDS, None, indexed, lambda s: s["mu"])]


# -- what is stored ------------------------------------------------


def queue(places: Places) -> list[Row]:
    """Take the queue of stores of several sizes, beside a table that typer prints."""
    sizes = places.size.stores
    queues = {f"{size:,}": ours("queue", "--no-sync", environment=places.store(size)) for size in sizes}
    for command in queues.values():
        run(command)  # the first one looks the holidays up
    tables = {"table": floor("table"), "table of 100": floor("table", environment={"ROWS": "100"})}
    taken = alternate(queues | tables, places.size.rounds, places.size.patience / 4)
    rows = [
        row(
            f"queue-{number}",
            f"queue of 100, store of {name} / typer's table",
            Unit.TIMES,
            1.3,
            {OURS: taken[name], "table": taken["table"]},
            lambda s: s[OURS] / s["table"],
        )
        for number, name in enumerate(queues, 1)
    ]
    largest = list(queues)[-1]
    same = {OURS: taken[largest], "table": taken["table of 100"]}
    what = f"queue of 100, store of {largest} / table of 100 rows"
    rows.append(row("queue-table", what, Unit.TIMES, None, same, lambda s: s[OURS] / s["table"]))
    grown = {name: taken[name] for name in queues}
    what = "queue: slowest store / quickest"
    rows.append(row("flat", what, Unit.TIMES, 1.2, grown, lambda s: max(s.values()) / min(s.values())))
    return [*rows, _memory("queue", f"queue, store of {largest}", taken[largest])]


def start(places: Places) -> list[Row]:
    """Take `--help` and completion: of a command's name, and of an ID."""
    environment = places.store(places.size.stores[0])
    commands = {
        "help": (ours("--help", environment=environment), floor("empty", "--help")),
        "help-queue": (ours("queue", "--help", environment=environment), floor("empty", "--help")),
        "completion": (
            ours(environment=environment | asked("_TRIAGE_COMPLETE", "triage ex")),
            floor("empty", environment=asked("_EMPTY_COMPLETE", "empty --h")),
        ),
        "completion-id": (
            ours(environment=environment | asked("_TRIAGE_COMPLETE", "triage show ")),
            floor("empty", environment=asked("_EMPTY_COMPLETE", "empty --h")),
        ),
    }
    names = {
        "help": "triage --help",
        "help-queue": "triage queue --help",
        "completion": "completion of a command",
        "completion-id": "completion of an ID, 100 open",
    }
    taken = alternate({f"{key} {at}": pair[at] for key, pair in commands.items() for at in (0, 1)}, places.size.rounds)
    rows = [
        row(
            key,
            f"{names[key]} / empty typer command's",
            Unit.TIMES,
            1.1,
            {OURS: taken[f"{key} 0"], "typer": taken[f"{key} 1"]},
            lambda s: s[OURS] / s["typer"],
        )
        for key in commands
    ]
    return [*rows, _memory("help", "triage --help", taken["help 0"])]


def asked(variable: str, typed: str) -> dict[str, str]:
    """Ask for completion as bash does."""
    return {variable: "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split(" ")) - 1)}


def export(places: Places) -> list[Row]:
    """Take `export --all` of the largest store."""
    largest = places.size.stores[-1]
    file = places.folder / "export.csv"
    words = ("export", "--no-sync", "--all", "--output", str(file))
    taken = alternate(
        {OURS: ours(*words, environment=places.store(largest))}, places.size.rounds, places.size.patience / 4
    )
    exported = file.read_text("utf-8").count("\n") - 1
    what = f"export --all of {largest * 2 // 5:,} conversations"
    note = f"{exported:,} lines"
    return [
        row("export", what, Unit.SECONDS, 3, taken, lambda s: s[OURS], note),
        _memory("export", what, taken[OURS]),
    ]


# -- memory ------------------------------------------------


def _memory(key: str, what: str, taken: list[Taken], weights: float = 0.0) -> Row:
    """Make a row of the highest peak of a command; each of its processes is taken to have loaded the `weights`."""
    peaks = tuple(each.peak - weights * each.processes for each in taken)
    most = max(taken, key=lambda each: each.peak)
    note = f"{most.peak:.0f} MB in {most.processes} process{'es' if most.processes > 1 else ''}"
    if weights:
        note += f", of which {weights:.0f} MB in each are the network's weights"
    return Row(f"memory-{key}", f"peak memory of {what}", Unit.MEGABYTES, max(peaks), MEMORY, peaks, note=note)


def weights_memory() -> float:
    """Say how many MB it takes to load the network, by a process that does so and one that only could."""
    if not weights_name():
        return 0.0
    could = "from triage.classify import encoder, ngrams"
    loads = f"{could}; kept = encoder.shipped(), ngrams.shipped()"
    return max(0.0, run(Command.python("-c", loads)).peak - run(Command.python("-c", could)).peak)


STAGES = (
    Stage(("help", "help-queue", "completion", "completion-id", "memory-help"), start, needs_server=False),
    Stage(("queue-1", "queue-2", "queue-3", "queue-table", "flat", "memory-queue"), queue, needs_server=False),
    Stage(("export", "memory-export"), export, needs_server=False),
    Stage(("first", "far", "memory-first"), first_sync),
    Stage(("fetch", "fetch-imapclient"), fetch),
    Stage(("nothing", "twenty", "twenty-by-rules", "memory-nothing", "memory-twenty"), sync),
    Stage(("trips",), trips),
    Stage(("search-notmuch", "search-mu", "mu-index"), search),
)
