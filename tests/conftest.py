"""Fixtures: real mail servers, one of each kind per pytest process, and a fresh user of one for each test.

Where a server is missing its tests are skipped with the reason; with TRIAGE_REQUIRE_SERVERS=1 (CI) they fail.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.fetched import by_imapclient, spelt_out
from tests.servers.base import running, short_folder
from tests.servers.cyrus import CyrusServer, cyrus_is_here
from tests.servers.dovecot import DovecotServer
from tests.servers.pymap_server import PymapServer
from tests.shop import Shop
from triage.classify.learnt import WEIGHTS_VARIABLE
from triage.i18n import SOURCE_LANGUAGE, choose_language
from triage.mail.responses import fetch_row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.base import MailAccount, MailServer
    from triage.mail.responses import Row
    from triage.mail.wire import Response

NOBODY = 65534

os.environ[WEIGHTS_VARIABLE] = "off"  # rules and cues judge in a twentieth of the time; subprocesses see it too


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Speak English unless a test asks for Dutch, whatever the locale, and whatever the test before spoke."""
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    choose_language(SOURCE_LANGUAGE)


@pytest.fixture(autouse=True)
def _agrees_with_imapclient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare our reading of each FETCH response, in whatever test, with that of imapclient's parser."""

    def compared(response: Response) -> Row | None:
        row = fetch_row(response)
        assert spelt_out(row) == spelt_out(by_imapclient(response))
        return row

    monkeypatch.setattr("triage.mail.fetching.fetch_row", compared)


@pytest.fixture(scope="session")
def dovecot() -> Iterator[DovecotServer]:
    """Dovecot, with special uses, plain text and TLS."""
    yield from running(DovecotServer(), required=True)


@pytest.fixture(scope="session")
def pymap() -> Iterator[PymapServer]:
    """pymap in plain text: no CONDSTORE, no special uses."""
    yield from running(PymapServer(), required=True)


@pytest.fixture(scope="session")
def cyrus() -> Iterator[CyrusServer]:
    """Cyrus; it cannot be installed beside Dovecot, so no machine has to have it, and its tests appear where it is."""
    yield from running(CyrusServer(), required=False)


@pytest.fixture(scope="session", params=["dovecot", "pymap", *(["cyrus"] if cyrus_is_here() else [])])
def imap_server(request: pytest.FixtureRequest) -> MailServer:
    """Every real server in turn: a test that takes this runs once against each."""
    server: MailServer = request.getfixturevalue(request.param)
    return server


@pytest.fixture
def imap_account(imap_server: MailServer) -> MailAccount:
    """A fresh user with an empty INBOX, on every real server in turn."""
    return imap_server.account()


@pytest.fixture
def dovecot_account(dovecot: DovecotServer) -> MailAccount:
    """A fresh user with an empty INBOX on Dovecot."""
    return dovecot.account()


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop with a data folder of its own; `configure()` it."""
    made = Shop(tmp_path)
    made.use(monkeypatch)
    return made


@pytest.fixture
def weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge with the network, as the program does."""
    monkeypatch.delenv(WEIGHTS_VARIABLE)


@pytest.fixture
def nobody(tmp_path: Path) -> Iterator[Path]:
    """A folder of one to whom permissions apply: root, as in many containers, becomes nobody for the test."""
    if os.name == "nt":
        pytest.skip("Windows has permissions of another kind")
    if os.geteuid() != 0:
        yield tmp_path
        return
    folder = short_folder("tn-")
    os.chown(folder, NOBODY, NOBODY)
    os.seteuid(NOBODY)
    try:
        yield folder
    finally:
        os.seteuid(0)
        shutil.rmtree(folder)
