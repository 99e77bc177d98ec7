"""Where a sign-in is kept, and that nobody else reads it."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backends import fail, null

from tests.test_secrets import MemoryKeyring, system_keyring
from triage.errors import ConfigurationError, LoginRefusedError
from triage.mail.oauth_messages import Tokens
from triage.settings import AccountSettings, Auth
from triage.tokens import KeptTokens

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["system_keyring"]  # a fixture

TOKENS = Tokens("access-7f", "refresh-7f", datetime(2026, 11, 18, 12, 0, tzinfo=UTC))
ACCOUNT = AccountSettings(
    "shop", "imap.example.com", username="info@shop.example", auth=Auth.GOOGLE, oauth_client_id="app"
)
posix_only = pytest.mark.skipif(os.name == "nt", reason="Windows has permissions of another kind")


@pytest.fixture
def no_keyring() -> Iterator[None]:
    """A machine without a keyring, as a server is."""
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]
    yield
    keyring.set_keyring(before)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_sign_in_is_kept_in_the_keyring(tmp_path: Path, system_keyring: dict[tuple[str, str], str]) -> None:
    store = KeptTokens(tmp_path, ACCOUNT)

    assert store.save(TOKENS) is None

    assert KeptTokens(tmp_path, ACCOUNT).load() == TOKENS
    assert list(system_keyring) == [("triage", "oauth2-google:info@shop.example@imap.example.com")]
    assert list(tmp_path.rglob("*")) == []


@posix_only
@pytest.mark.usefixtures("no_keyring")
def test_without_a_keyring_it_is_kept_in_a_file_for_its_owner_alone(tmp_path: Path) -> None:
    data, before = tmp_path / "data", os.umask(0)
    try:
        place = KeptTokens(data, ACCOUNT).save(TOKENS)
        again = KeptTokens(data, ACCOUNT).save(TOKENS)
    finally:
        os.umask(before)

    assert place == again == data / "tokens" / "shop.json"
    assert KeptTokens(data, ACCOUNT).load() == TOKENS
    assert {str(path.relative_to(tmp_path)): oct(mode_of(path)) for path in tmp_path.rglob("*")} == {
        "data": "0o700", "data/tokens": "0o700", "data/tokens/shop.json": "0o600",
    }  # fmt: skip


def test_a_keyring_that_forgets_is_none(tmp_path: Path) -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(null.Keyring())  # type: ignore[no-untyped-call]
    try:
        assert KeptTokens(tmp_path, ACCOUNT).save(TOKENS) == tmp_path / "tokens" / "shop.json"
    finally:
        keyring.set_keyring(before)


def test_it_stays_where_its_owner_wants_it(tmp_path: Path, system_keyring: dict[tuple[str, str], str]) -> None:
    store, later = KeptTokens(tmp_path, ACCOUNT), replace(TOKENS, access="access-8f")
    store.save(TOKENS)

    assert store.save(TOKENS, in_file=True) == store.file
    assert store.save(later) == store.file  # as a renewal by cron does
    assert store.load() == later
    assert store.save(TOKENS, in_file=False) is None
    assert (store.file.exists(), store.load(), len(system_keyring)) == (False, TOKENS, 1)


@posix_only
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777])
@pytest.mark.usefixtures("no_keyring")
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    store = KeptTokens(tmp_path, ACCOUNT)
    store.save(TOKENS)
    store.file.chmod(mode)

    with pytest.raises(ConfigurationError, match=r"Others can read the sign-in in .* `chmod 600 "):
        store.load()


@pytest.mark.parametrize(
    "changes",
    [{"oauth_client_id": "another"}, {"username": "verkoop@shop.example"}, {"auth": Auth.MICROSOFT}],
)
@pytest.mark.usefixtures("no_keyring")
def test_tokens_of_another_app_or_person_are_none(tmp_path: Path, changes: dict[str, object]) -> None:
    KeptTokens(tmp_path, ACCOUNT).save(TOKENS)
    other = replace(ACCOUNT, **changes)  # type: ignore[arg-type]

    with pytest.raises(LoginRefusedError, match=r'^Account "shop" is not signed in\. Sign in: `triage login shop`\.$'):
        KeptTokens(tmp_path, other).load()


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"[]", b"{}", b"null", b'{"auth": 1}', b"[" * 100_000],
    ids=["empty", "no text", "a list", "an empty object", "null", "half", "deep"],
)
@pytest.mark.usefixtures("no_keyring")
def test_a_damaged_file_means_to_sign_in_again(tmp_path: Path, content: bytes) -> None:
    store = KeptTokens(tmp_path, ACCOUNT)
    store.save(TOKENS)
    store.file.write_bytes(content)

    with pytest.raises(LoginRefusedError, match="is not signed in"):
        store.load()


@pytest.mark.usefixtures("no_keyring")
def test_a_run_that_sees_no_keyring_names_the_way_for_cron(tmp_path: Path) -> None:
    with pytest.raises(LoginRefusedError, match=r"\(NoKeyringError\).*`triage login shop --file`"):
        KeptTokens(tmp_path, ACCOUNT).load()


def test_a_locked_keyring_is_told_in_a_sentence(tmp_path: Path) -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(MemoryKeyring({}, is_locked=True))
    try:
        with pytest.raises(LoginRefusedError, match=r"cannot be used here \(KeyringLocked\)"):
            KeptTokens(tmp_path, ACCOUNT).load()
    finally:
        keyring.set_keyring(before)


@pytest.mark.parametrize("name", ["../../etc/shop", "de winkel", "a:b*c?", "..", "ë" * 60])
@pytest.mark.usefixtures("no_keyring")
def test_a_name_of_an_account_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    account = replace(ACCOUNT, name=name)

    place = KeptTokens(tmp_path, account).save(TOKENS)

    assert place is not None
    assert place.parent == tmp_path / "tokens"
    assert KeptTokens(tmp_path, account).load() == TOKENS
    assert [path.name for path in place.parent.iterdir()] == [place.name]


@posix_only
@pytest.mark.usefixtures("no_keyring")
def test_a_folder_that_cannot_be_written_is_told(nobody: Path) -> None:
    (nobody / "data").mkdir()
    (nobody / "data" / "tokens").write_text("a file in its place")

    with pytest.raises(ConfigurationError, match=r"shop\.json cannot be written: "):
        KeptTokens(nobody / "data", ACCOUNT).save(TOKENS)
