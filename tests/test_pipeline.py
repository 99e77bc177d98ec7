"""The whole way: what is stored follows the settings at once, and one account's failure is not another's."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.shop import HOUR, NOON, OURS, ZONE, Shop, write_mail
from triage import pipeline
from triage.clock import open_time_between
from triage.settings import Settings, ShopSettings
from triage.store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence

PROJECT = Path(__file__).parent.parent
AT = ("--at", (NOON + 4 * HOUR).isoformat())


def put(folder: Path, source: bytes, moment: datetime = NOON) -> None:
    """Put a mail into a Maildir."""
    (folder / "cur").mkdir(parents=True, exist_ok=True)
    path = folder / "cur" / f"{len(list((folder / 'cur').iterdir()))}.test"
    path.write_bytes(source)
    os.utime(path, (moment.timestamp(),) * 2)


def account(shop: Shop, name: str = "shop", *addresses: str, folder: str = "") -> str:
    """Write an account on disk."""
    ours = ", ".join(f'"{address}"' for address in addresses or (OURS,))
    return f'name = "{name}"\npath = "{shop.folder / (folder or name)}"\naddresses = [{ours}]\nsince = "3650d"'


def fields(rows: Sequence[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    """Give some fields of each row, sorted."""
    return sorted(tuple(row[name] for name in names) for row in rows)


@pytest.fixture
def filled(shop: Shop) -> Shop:
    """A shop whose owner answers from a private address, with a mail too long to be fetched whole, fetched once."""
    mail = shop.folder / "shop"
    put(mail, write_mail())
    private: dict[str, Any] = {
        "sender": "Kees <kees@thuis.example>",
        "to": "jan@klant.example",
        "message_id": "a1@thuis.example",
    }
    put(mail, write_mail(**private, answers="q1@klant.example", subject="Re: Maat 42?", text="Ja."), NOON + HOUR)
    long: dict[str, Any] = {"sender": "eva@klant.example", "message_id": "q2@klant.example", "subject": "Retour"}
    put(mail, write_mail(**long, text="Ik wil dit graag retour sturen.\n" + "Zie boven.\n" * 3000), NOON + 2 * HOUR)
    broken = write_mail(sender="ans@klant.example", message_id="q3@klant.example", subject="Foto").replace(
        b"text/plain", b'multipart/mixed; boundary="x"'
    )
    put(mail, broken, NOON + 3 * HOUR)
    shop.configure(account(shop))
    assert shop.run("sync").status == 0
    return shop


def fresh(shop: Shop) -> list[dict[str, Any]]:
    """Give the rows of one who sees all mail for the first time, with these settings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRIAGE_DATA_DIR", str(shop.folder / "fresh"))
        return shop.export(*AT)


# -- settings that change ----------------------------------------------------------------------------------------------

RULE = '[[rule]]\nfrom = "@klant.example"\nkind = "other"\nflags = ["legal", "review", "deadline", "repeat"]\n'


@pytest.mark.parametrize(
    ("addresses", "rest", "changed"),
    [
        pytest.param(
            (OURS, "kees@thuis.example"), "",
            [("ans@klant.example", "waiting"), ("eva@klant.example", "waiting"), ("jan@klant.example", "answered")],
            id="an address more is ours",
        ),
        pytest.param(
            (OURS, "@thuis.example"), "",
            [("ans@klant.example", "waiting"), ("eva@klant.example", "waiting"), ("jan@klant.example", "answered")],
            id="a domain more is ours",
        ),
        pytest.param(
            (OURS,), '[[rule]]\nfrom = "eva@klant.example"\nignore = true\n',
            [("ans@klant.example", "waiting"), ("eva@klant.example", "none"), ("jan@klant.example", "waiting")],
            id="a rule",
        ),
    ],
)  # fmt: skip
def test_what_is_stored_follows_the_settings_at_once(
    filled: Shop, addresses: tuple[str, ...], rest: str, changed: list[tuple[str, str]]
) -> None:
    """Without asking any server; and just as if all mail were seen for the first time."""
    before = filled.export("--no-sync", *AT)
    filled.configure(account(filled, "shop", *addresses), rest=rest)

    rows = filled.export("--no-sync", *AT)

    assert fields([row for row in rows if "thuis" not in row["from_email"]], "from_email", "status") == changed
    assert rows == fresh(filled)
    filled.configure(account(filled))
    assert filled.export("--no-sync", *AT) == before


def test_a_command_that_syncs_follows_the_settings_too(filled: Shop) -> None:
    filled.configure(account(filled), rest=RULE)

    eva = next(row for row in filled.export(*AT) if row["from_email"] == "eva@klant.example")

    assert (eva["kind"], eva["flags"]) == ("other", ["deadline", "legal", "repeat", "review"])


def test_settings_have_one_signature_in_every_process(shop: Shop) -> None:
    """A set's order differs from process to process: read with it, all mail would be read again at every run."""
    shop.configure(account(shop, "shop", OURS, "verkoop@shop.example", "@thuis.example"), rest=RULE)
    program = (
        "import sys; from pathlib import Path; from triage import pipeline; from triage.config import load_settings\n"
        "settings = load_settings(Path(sys.argv[1]), {})\n"
        "print(pipeline.signature(settings, pipeline.our_addresses(settings)))"
    )
    signatures = {
        subprocess.run(
            [sys.executable, "-c", program, str(shop.config)],
            cwd=PROJECT, env=os.environ | {"PYTHONHASHSEED": str(seed)}, capture_output=True, text=True, check=True,
        ).stdout
        for seed in range(4)
    }  # fmt: skip

    assert len(signatures) == 1


def test_what_was_read_with_these_settings_is_not_read_again(filled: Shop) -> None:
    with Store(filled.folder / "data") as store:
        before = store.signature(), store.accounts(), store.dirty_families()

    filled.run("queue", "--no-sync")

    with Store(filled.folder / "data") as store:
        assert (store.signature(), store.accounts(), store.dirty_families()) == before


# -- accounts ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def two(shop: Shop) -> Shop:
    """A shop with two accounts, each with one question."""
    put(shop.folder / "shop", write_mail())
    put(shop.folder / "bol", write_mail(sender="eva@klant.example", message_id="q2@klant.example", subject="Retour"))
    shop.configure(account(shop), account(shop, "bol"))
    return shop


def test_the_mail_of_an_account_that_was_taken_out_is_not_shown_and_comes_back_with_it(two: Shop) -> None:
    before = two.export(*AT)

    two.configure(account(two))
    without = two.export("--no-sync", *AT)
    two.configure(account(two), account(two, "bol"))

    assert fields(without, "account", "from_email") == [("shop", "jan@klant.example")]
    assert two.export("--no-sync", *AT) == before


def test_a_mail_that_leaves_a_renamed_account_no_longer_waits(two: Shop) -> None:
    """The places under the old name, where nobody looks any more, hold nothing back."""
    before = two.export(*AT)
    two.configure(account(two, "winkel", folder="shop"), account(two, "bol"))
    two.export(*AT)
    (two.folder / "shop" / "cur" / "0.test").unlink()

    rows = two.export(*AT)

    assert fields(rows, "account", "status") == [("bol", "waiting"), ("winkel", "done")]
    assert {row["id"] for row in rows} == {row["id"] for row in before}


def test_a_mail_in_two_accounts_belongs_to_the_first_in_the_configuration(two: Shop) -> None:
    for name in ("shop", "bol"):
        put(two.folder / name, write_mail(sender="ans@klant.example", message_id="both@klant.example", subject="Beide"))
    found = {}
    for names in (("shop", "bol"), ("bol", "shop")):
        two.configure(*(account(two, name) for name in names))
        found[names] = next(row["account"] for row in two.export(*AT) if row["from_email"] == "ans@klant.example")

    assert found == {("shop", "bol"): "shop", ("bol", "shop"): "bol"}


def _has_no_folder(shop: Shop, name: str) -> None:
    (shop.folder / name).rename(shop.folder / "elsewhere")


def _has_no_mailbox(shop: Shop, name: str) -> None:
    (shop.folder / name / "cur").rename(shop.folder / name / "old")


@pytest.mark.parametrize(
    ("failures", "status", "kept"),
    [
        pytest.param({"shop": _has_no_folder}, 20, ["eva", "jan", "new-bol"], id="the first"),
        pytest.param({"bol": _has_no_mailbox}, 23, ["eva", "jan", "new-shop"], id="the second"),
        pytest.param({"shop": _has_no_folder, "bol": _has_no_mailbox}, 20, ["eva", "jan"], id="both"),
        pytest.param({"shop": _has_no_mailbox, "bol": _has_no_folder}, 23, ["eva", "jan"], id="both, the other way"),
    ],
)
def test_an_account_that_fails_keeps_no_other_from_being_fetched(
    two: Shop, failures: dict[str, Any], status: int, kept: list[str]
) -> None:
    """What is stored is shown all the same; the run ends with the status of the first that failed."""
    two.export(*AT)
    for name in ("shop", "bol"):
        put(two.folder / name, write_mail(sender=f"new-{name}@klant.example", message_id=f"{name}@k", subject=name))
    for name, fail in failures.items():
        fail(two, name)

    result = two.run("export", "--all", "--format", "json", *AT)

    assert (result.status, "Traceback" in result.err) == (status, False)
    assert len(result.err.splitlines()) >= len(failures)
    assert sorted(row["from_email"].partition("@")[0] for row in result.rows) == kept


# -- as of a moment ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "rows"),
    [
        pytest.param(NOON - HOUR, [], id="before the first"),
        pytest.param(NOON, [("jan@klant.example", "waiting", 0)], id="the moment itself counts"),
        pytest.param(
            NOON + 2.5 * HOUR, [("eva@klant.example", "waiting", 30), ("jan@klant.example", "answered", None)],
            id="answered by then",
        ),
        pytest.param(NOON + HOUR / 2, [("jan@klant.example", "waiting", 30)], id="not answered yet"),
    ],
)  # fmt: skip
def test_at_a_moment_nothing_later_exists(filled: Shop, at: datetime, rows: list[tuple[str, str, int | None]]) -> None:
    filled.configure(account(filled, "shop", OURS, "kees@thuis.example"))

    found = filled.export("--no-sync", "--at", at.isoformat())

    assert fields(found, "from_email", "status", "waited_minutes") == rows


def test_a_moment_without_offset_is_the_shops(filled: Shop) -> None:
    zoned = filled.export("--no-sync", "--at", (NOON + HOUR).isoformat())
    bare = filled.export("--no-sync", "--at", (NOON + HOUR).replace(tzinfo=None).isoformat())

    assert bare == zoned


# -- holidays ----------------------------------------------------------------------------------------------------------


def _is_open(store: Store, settings: Settings, day: int) -> bool:
    moment = datetime(2026, 12, day, 10, tzinfo=ZONE)
    hours = pipeline.opening_hours(store, settings, [NOON])
    return open_time_between(moment, moment + HOUR, hours) > timedelta()


DUTCH = Settings(shop=ShopSettings(holidays="NL"))


def test_holidays_are_looked_up_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library takes 0.2 s to be imported: the next run goes without it."""
    with Store(tmp_path) as store:
        first = [_is_open(store, DUTCH, day) for day in (24, 25)]
    monkeypatch.setattr("holidays.country_holidays", pytest.fail)

    with Store(tmp_path) as store:
        assert [_is_open(store, DUTCH, day) for day in (24, 25)] == first == [True, False]


def test_a_new_version_of_the_library_is_asked_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Holidays move, and new ones are proclaimed: what an older version knew is not for ever."""
    import holidays

    with Store(tmp_path / "data") as store:
        _is_open(store, DUTCH, 25)
        upgraded = tmp_path / "__init__.py"
        upgraded.touch()
        assert holidays.__spec__ is not None
        monkeypatch.setattr(holidays.__spec__, "origin", str(upgraded))
        monkeypatch.setattr(
            "holidays.country_holidays", lambda *_, **__: {NOON.date().replace(month=12, day=24): "new"}
        )

        assert [_is_open(store, DUTCH, day) for day in (24, 25)] == [False, True]


def test_another_country_is_right_at_once(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        found = {code: _is_open(store, Settings(shop=ShopSettings(holidays=code)), 8) for code in ("NL", "ES", "")}

    assert found == {"NL": True, "ES": False, "": True}


def test_two_mails_under_one_message_id_have_two_ids_at_every_moment(shop: Shop) -> None:
    folder = shop.folder / "mail"
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir(parents=True)
    for number, sender in enumerate(("jan@klant.example", "x@vreemd.example")):
        path = folder / "cur" / f"{number}:2,S"
        path.write_bytes(write_mail(sender=sender, sent_at=NOON + number * HOUR))
        os.utime(path, ((NOON + number * HOUR).timestamp(),) * 2)
    shop.configure(f'name = "shop"\npath = "{folder.as_posix()}"\naddresses = ["{OURS}"]\nsince = "3650d"')

    live, then = shop.export(), shop.export("--at", (NOON + 3 * HOUR).isoformat())

    assert len({row["id"] for row in live}) == 2
    assert {row["id"] for row in then} == {row["id"] for row in live}
