"""What the benchmarks are taken on: a server with a shop's mail, stores that are synced, stores of several sizes.

Each is made when the first row wants it, and lies in a folder that is removed at the end.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests.benchmarks import fetching, stores
from tests.benchmarks.mailbox import SHOP, make_up, source, write
from tests.benchmarks.measure import Command, run
from tests.benchmarks.proxy import Proxy
from tests.servers.base import HOST, PASSWORD
from tests.servers.dovecot import DovecotServer
from triage.classify.learnt import WEIGHTS_VARIABLE, weights_name
from triage.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from tests.benchmarks.mailbox import Mail

USER = fetching.USER
MAILBOXES = ("INBOX", "Sent")
FAR = 0.040  # seconds of round trip
_READ_MANY = (  # or it would take fifty runs
    "from triage import pipeline; pipeline.MOST_CHECKED = pipeline.MOST_READ_CLOSELY; from cli.__main__ import main;"
    "main()"
)
A_MOMENT = 1.1  # seconds, after which a Maildir counts as at rest


@dataclass(frozen=True, slots=True)
class Size:
    """How much mail, and how often: `rounds` of what takes a moment, `long_rounds` of what takes minutes.

    Of the latter no round is begun that would end after `patience` seconds; the first one always is.
    """

    inbox: int = 20_000
    sent: int = 8_000
    waiting: int = 300
    stores: tuple[int, ...] = (1_000, 10_000, 100_000)
    rounds: int = 7
    long_rounds: int = 3
    patience: float = 240.0

    @property
    def name(self) -> str:
        """Say how large."""
        return f"{self.inbox:,} + {self.sent:,}"

    def smaller(self, share: float) -> Size:
        """Give a share of it, with the same number of open conversations in the stores."""
        return replace(
            self,
            inbox=round(self.inbox * share),
            sent=round(self.sent * share),
            waiting=max(3, round(self.waiting * share)),
            stores=tuple(max(250 * 2**power, round(size * share)) for power, size in enumerate(self.stores)),
        )


class Places:
    """All of it, lazily."""

    def __init__(self, folder: Path, size: Size, tell: Callable[[str], None]) -> None:
        self.folder = folder
        self.size = size
        self.tell = tell
        self._stack = ExitStack()
        self._fresh = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # -- the server ------------------------------------------------

    @cached_property
    def server(self) -> DovecotServer:
        """Dovecot with the shop's mail, all of it read once. Raises UnavailableError where there is none."""
        server = self._stack.enter_context(DovecotServer())
        size = self.size
        self.tell(f"making up {size.name} mails")
        home = server.mailbox_path(USER, "INBOX")
        write(make_up(size.inbox, size.sent, size.waiting, datetime.now(UTC).replace(microsecond=0)), home)
        server.create(USER, "Sent")
        if server.owner is not None:
            for folder, _, files in os.walk(home):
                for name in (".", *files):
                    os.chown(os.path.join(folder, name), *server.owner)  # noqa: PTH118 - tens of thousands
        fetching.read_all(server.port, MAILBOXES)
        return server

    @cached_property
    def far(self) -> Proxy:
        """The same server, 40 ms away."""
        return self._stack.enter_context(Proxy(self.server.port, FAR))

    @cached_property
    def near(self) -> Proxy:
        """The same server by such a line, but next door: what it costs to carry the bytes is in both."""
        return self._stack.enter_context(Proxy(self.server.port, 0))

    def deliver(self, count: int = 20) -> None:
        """Put new mail into the INBOX: what customers and machines write in some hours."""
        self._fresh += 1
        for mail in self._new_mails(count):
            self.server.deliver(USER, "INBOX", source(mail), mail.at)
        time.sleep(A_MOMENT)  # Dovecot looks again at what changed within the same second

    def _new_mails(self, count: int) -> list[Mail]:
        now = datetime.now(UTC).replace(microsecond=0)
        made = make_up(count, 2, count // 3, now, series=f"n{self._fresh}-")
        return [replace(mail, at=now) for mail in made.inbox]

    # -- ours ------------------------------------------------

    def configured(self, name: str, port: int) -> dict[str, str]:
        """Make a folder for a store of ours, and give the environment in which the program uses it."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        (folder / "config.toml").write_text(
            f'[shop]\nholidays = "NL"\n[[account]]\nname = "shop"\nhost = "{HOST}"\nport = {port}\n'
            f'security = "none"\nusername = "{USER}"\npassword_env = "SHOP_PASSWORD"\naddresses = ["{SHOP[1]}"]\n'
            'since = "3650d"\ndeadline = "2h"\n',
            "utf-8",
        )
        return self.environment(name)

    def environment(self, name: str) -> dict[str, str]:
        """Let the program use a folder of ours and nothing else of this machine."""
        folder = self.folder / name
        return {
            "TRIAGE_CONFIG": str(folder / "config.toml"),
            "TRIAGE_DATA_DIR": str(folder),
            "SHOP_PASSWORD": PASSWORD,
            "HOME": str(folder),
        }

    @cached_property
    def synced(self) -> dict[str, str]:
        """A store in which all mail of the server is, and of which the network has read what it wants to."""
        self.tell("syncing until nothing is left to be read")
        if (self.folder / "first").exists():
            shutil.copytree(self.folder / "first", self.folder / "synced")
        return self._settled(self.configured("synced", self.server.port))

    @cached_property
    def synced_by_rules(self) -> dict[str, str]:
        """The same without the network, whose findings so far stay: rules and cues alone judge what comes in."""
        shutil.copytree(self.folder / "synced", self.folder / "synced-by-rules")
        without = self.configured("synced-by-rules", self.server.port) | {WEIGHTS_VARIABLE: "off"}
        return self._settled(without)

    def _settled(self, environment: dict[str, str]) -> dict[str, str]:
        """Sync until the network has read all that it wants to, or patience is over: each run reads so many at most."""
        begun = time.monotonic()
        at_once = Command.python("-c", _READ_MANY, "sync", environment=environment)
        while time.monotonic() - begun < self.size.patience / 3:
            run(at_once)
            if not self.unread(environment):
                break
        return environment

    def unread(self, environment: Mapping[str, str]) -> int:
        """Count the mails that the network still wants to read."""
        weights = "" if environment.get(WEIGHTS_VARIABLE) == "off" else weights_name()
        with Store(Path(environment["TRIAGE_DATA_DIR"])) as store:
            return len(store.unread_keys(weights)) if weights else 0

    def store(self, messages: int) -> dict[str, str]:
        """Give a filled store of so many messages."""
        folder = self.folder / f"store-{messages}"
        if not folder.exists():
            self.tell(f"filling a store of {messages:,} messages")
            stores.fill(folder, messages)
        return self.environment(folder.name)


def ours(*words: str, environment: Mapping[str, str], before: Callable[[], object] | None = None) -> Command:
    """Give a command of ours."""
    command = Command.python("-m", "cli", *words, environment=environment)
    return replace(command, before=before) if before else command


def emptied(folder: Path, then: Callable[[], object] | None = None) -> Callable[[], None]:
    """Say how a store is thrown away, its configuration kept, and what follows."""

    def empty() -> None:
        for path in folder.iterdir():
            if path.name == "config.toml":
                continue
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        if then:
            then()

    return empty
