"""A configuration that triage writes can be read, and what it changes in one keeps every comment of its owner."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from cli.hours import parse_hours
from triage.config import load_settings, read_settings
from triage.config_edit import AccountDraft, ShopDraft, new_config, with_account
from triage.i18n import translate
from triage.settings import Auth, OurAddresses, Security

PATH = Path("config.toml")
SHOP = ShopDraft("nl", "De Schoenmaker", "Europe/Brussels", "BE", parse_hours("ma-vr 9-12:30 13-17:30, za 10-16"))
ACCOUNT = AccountDraft(
    "shop", "imap.example.com", 993, Security.TLS, "info@shop.example", ("info@shop.example", "jan@shop.example")
)
MICROSOFT = replace(ACCOUNT, auth=Auth.MICROSOFT)


def english(text: str, /) -> str:
    return text


def dutch(text: str, /) -> str:
    return translate(text, "nl")


def test_what_was_answered_is_what_is_read() -> None:
    settings = read_settings(new_config(SHOP, ACCOUNT, english), PATH, {})
    account = settings.accounts[0]

    assert (settings.language, settings.shop.name, settings.shop.holidays) == ("nl", "De Schoenmaker", "BE")
    assert (settings.shop.timezone.key, settings.shop.hours) == ("Europe/Brussels", SHOP.hours)
    assert (account.name, account.host, account.port, account.security) == ("shop", "imap.example.com", 993, "tls")
    assert account.username == "info@shop.example"
    assert account.addresses == OurAddresses.of("info@shop.example", "jan@shop.example")
    assert (account.password_env, account.password_command, account.password_file) == ("", "", None)


def test_targets_are_shown_but_not_set_for_a_preset_would_not_change_them() -> None:
    text = new_config(SHOP, ACCOUNT, english)

    assert tomllib.loads(text)["targets"] == {}
    assert read_settings(text.replace("# buy", "buy"), PATH, {}) == read_settings(text, PATH, {})


@pytest.mark.parametrize("say", [english, dutch])
def test_every_key_is_explained(say: object) -> None:
    text = new_config(SHOP, replace(ACCOUNT, kept_by="password_command", kept_at="pass show shop"), say)  # type: ignore[arg-type]
    lines = text.splitlines()
    plain = [
        line.partition(" = ")[0]
        for before, line in pairwise(lines)
        if " = " in line and " # " not in line and not before.startswith("#")
    ]

    assert set(plain) <= {"timezone", "mon", "tue", "wed", "thu", "fri", "sat", "name", "port", "security", "username"}


@pytest.mark.parametrize(
    "odd",
    ['De "Schoen" \\ maker', "Café ☕ 👟", "a\tb\x7f", "# geen commentaar", "'''", '"""', "x = 1\n[y]"],
)
def test_odd_letters_stay_what_they_are(odd: str) -> None:
    text = new_config(replace(SHOP, name=odd), replace(ACCOUNT, kept_by="password_command", kept_at=odd), english)
    table = tomllib.loads(text)

    assert (table["shop"]["name"], table["account"][0]["password_command"]) == (odd, odd)


def test_an_app_without_an_id_leaves_a_place_for_it() -> None:
    text = new_config(SHOP, MICROSOFT, english)

    assert tomllib.loads(text)["account"][0]["oauth_client_id"] == ""
    assert read_settings(text.replace('_id = ""', '_id = "abc"'), PATH, {}).accounts[0].oauth_client_id == "abc"


# -- added and changed -------------------------------------------------------------------------------------------------

WRITTEN = """\
# Mijn winkel.
language = "nl"   # Nederlands

[[account]]  # de eerste
name = "info"
host = "imap.oud.example"   # verhuist in mei
port = 993
username = "info@shop.example"
password_env = "GEHEIM"
addresses = [
  "info@shop.example",   # de balie
]
since = "30d"

# De leverancier wacht nooit.
[[rule]]
from = "@grossist.example"
kind = "other"
"""
NEW = replace(ACCOUNT, name="verkoop", username="verkoop@shop.example", addresses=("verkoop@shop.example",))


def test_an_account_is_added_behind_the_others() -> None:
    added = with_account(WRITTEN, NEW, english)
    before, after = WRITTEN.split("\n# De leverancier")

    assert added.startswith(before)
    assert added.endswith("\n# De leverancier" + after)
    assert [account["name"] for account in tomllib.loads(added)["account"]] == ["info", "verkoop"]


@pytest.mark.parametrize(
    "written",
    [
        pytest.param('[shop]\nname = "x"\n', id="no account yet"),
        pytest.param("", id="empty"),
        pytest.param(WRITTEN.replace("\n", "\r\n"), id="Windows"),
        pytest.param(WRITTEN.rstrip(), id="no end of line"),
        pytest.param(
            '[[account]]\npath = "~/Mail"\naddresses = ["a@b.example"]\nname = """\n[[account]]\n"""', id="a trap"
        ),
        pytest.param('[[ account ]]\nname = "a"\n[queue]\nsort = "age"\n[[account]]\nname = "b"\n', id="scattered"),
    ],
)
def test_adding_changes_nothing_else(written: str) -> None:
    before, after = tomllib.loads(written), tomllib.loads(with_account(written, NEW, english))

    assert after.pop("account")[:-1] == before.pop("account", [])
    assert after == before


def test_accounts_on_one_line_are_not_touched() -> None:
    with pytest.raises(ValueError, match=r"\[\[account\]\]"):
        with_account('account = [{ name = "a", path = "x" }]\n', NEW, english)


def test_a_changed_account_keeps_its_comments_and_what_was_not_asked() -> None:
    moved = replace(ACCOUNT, name="info", host="imap.nieuw.example", kept_by="password_file", kept_at="info.password")
    changed = with_account(WRITTEN, moved, english)

    assert tomllib.loads(changed)["account"][0] == {
        "name": "info",
        "host": "imap.nieuw.example",
        "port": 993,
        "security": "tls",
        "username": "info@shop.example",
        "password_file": "info.password",
        "addresses": ["info@shop.example", "jan@shop.example"],
        "since": "30d",
    }
    for comment in (
        "# Mijn winkel.",
        "# Nederlands",
        "# de eerste",
        "# verhuist in mei",
        "# De leverancier wacht nooit.",
    ):
        assert comment in changed


def test_an_account_that_stays_the_same_is_not_touched() -> None:
    text = new_config(SHOP, ACCOUNT, english)

    assert with_account(text, ACCOUNT, english) == text


def test_the_example_takes_another_account() -> None:
    example = (Path(__file__).parents[1] / "config.example.toml").read_text("utf-8")
    added = with_account(example, NEW, english)

    assert [line for line in example.splitlines() if line not in added.splitlines()] == []
    assert tomllib.loads(added)["account"][-1]["name"] == "verkoop"


def test_it_is_read_from_where_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(new_config(SHOP, ACCOUNT, dutch), "utf-8")

    assert load_settings(path, {}) == read_settings(new_config(SHOP, ACCOUNT, english), path, {})
