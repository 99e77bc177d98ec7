"""The sync against every real server: what is fetched, what is noticed, and that nothing is changed."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.shop import HOUR, NOON, OURS, deliver
from tests.shop import imap_account as shop_account

if TYPE_CHECKING:
    from tests.servers.base import MailAccount
    from tests.servers.dovecot import DovecotServer
    from tests.shop import Shop

AT = NOON + HOUR


@pytest.fixture
def mailbox(imap_account: MailAccount) -> MailAccount:
    """A user on every real server in turn; `imap_account()` of the shop writes its configuration."""
    return imap_account


def test_a_question_is_fetched_and_waits(shop: Shop, mailbox: MailAccount) -> None:
    deliver(mailbox, "INBOX")
    shop.configure(shop_account(mailbox))

    rows = shop.export("--at", AT.isoformat())

    assert [(row["from_email"], row["status"], row["kind"], row["waiting_since"]) for row in rows] == [
        ("jan@klant.example", "waiting", "buy", "2026-11-18T12:00:00+01:00")
    ]


def test_an_answer_among_the_sent_mail_ends_the_waiting(shop: Shop, mailbox: MailAccount) -> None:
    mailbox.create("Sent")
    deliver(mailbox, "INBOX")
    deliver(
        mailbox, "Sent", NOON + HOUR, sender=f"Shop <{OURS}>", to="jan@klant.example",
        message_id="a1@shop.example", answers="q1@klant.example", subject="Re: Maat 42?", text="Ja hoor.",
    )  # fmt: skip
    shop.configure(shop_account(mailbox))

    rows = shop.export("--at", (NOON + 2 * HOUR).isoformat())

    assert [(row["status"], row["answered_at"], row["response_minutes"]) for row in rows] == [
        ("answered", "2026-11-18T13:00:00+01:00", 60)
    ]


def test_a_mail_that_left_the_mailbox_no_longer_waits(shop: Shop, mailbox: MailAccount) -> None:
    name = deliver(mailbox, "INBOX")
    shop.configure(shop_account(mailbox))
    shop.run("sync")
    mailbox.expunge("INBOX", name)

    rows = shop.export("--at", AT.isoformat())

    assert [(row["status"], row["notices"]) for row in rows] == [("done", ["filed"])]


def test_a_mail_marked_as_deleted_no_longer_waits(shop: Shop, mailbox: MailAccount) -> None:
    name = deliver(mailbox, "INBOX")
    shop.configure(shop_account(mailbox))
    shop.run("sync")
    mailbox.flag("INBOX", name, "T")

    assert [row["status"] for row in shop.export("--at", AT.isoformat())] == ["done"]


def test_the_flag_answered_counts_where_no_mail_of_ours_is_found(shop: Shop, mailbox: MailAccount) -> None:
    name = deliver(mailbox, "INBOX")
    shop.configure(shop_account(mailbox))
    shop.run("sync")
    mailbox.flag("INBOX", name, "RS")

    assert [(row["status"], row["answered_at"], row["notices"]) for row in shop.export("--at", AT.isoformat())] == [
        ("answered", None, ["flag"])
    ]


def test_the_count_check_tells_server_and_known(shop: Shop, mailbox: MailAccount) -> None:
    for number in range(3):
        deliver(mailbox, "INBOX", message_id=f"q{number}@klant.example")
    shop.configure(shop_account(mailbox))

    first, second = shop.run("sync"), shop.run("sync")

    assert first.out.splitlines()[0] == "shop INBOX: 3 new; 3 on the server, 3 known"
    assert second.out.splitlines()[0] == "shop INBOX: 0 new; 3 on the server, 3 known"


def test_what_is_older_than_since_is_left_alone(shop: Shop, mailbox: MailAccount) -> None:
    now = datetime.now(UTC)
    deliver(mailbox, "INBOX", now - timedelta(days=40), message_id="old@klant.example")
    deliver(mailbox, "INBOX", now - timedelta(days=3), message_id="new@klant.example", subject="Iets anders")
    shop.configure(shop_account(mailbox, since='"30d"'))

    rows = shop.run("export", "--all", "--format", "json").rows

    assert [row["message_id"] for row in rows] == ["new@klant.example"]


def test_no_name_flag_or_byte_changes_on_the_server(shop: Shop, mailbox: MailAccount) -> None:
    mailbox.create("Sent")
    name = deliver(mailbox, "INBOX")
    deliver(mailbox, "Sent", sender=OURS, to="x@klant.example", message_id="a@shop.example")
    shop.configure(shop_account(mailbox))
    before = mailbox.snapshot()
    identity = shop.export("--at", AT.isoformat())[0]["id"]

    for command in (
        ["sync"], ["queue"], ["queue", "--format", "json"], ["overdue"], ["export", "--all"], ["show", identity],
        ["show", identity, "--raw"], ["check"],
    ):  # fmt: skip
        assert shop.run(*command).status == 0, command

    assert mailbox.snapshot() == before
    assert name


def test_a_new_uidvalidity_keeps_the_conversations_and_their_ids(shop: Shop, mailbox: MailAccount) -> None:
    for number in range(3):
        deliver(mailbox, "INBOX", message_id=f"q{number}@klant.example", subject=f"Vraag {number}")
    shop.configure(shop_account(mailbox))
    before = shop.export("--at", AT.isoformat())
    mailbox.bump_uidvalidity("INBOX")

    after = shop.export("--at", AT.isoformat())

    assert after == before


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_on_the_server_the_mirror_says_the_same(shop: Shop, mailbox: MailAccount, seed: int) -> None:
    """Deliver, flag, expunge and renew at random: who saw it all says the same as who sees it for the first time."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    shop.configure(shop_account(mailbox))
    lying: list[str] = []
    for step in range(25):
        action = chance.choice(["deliver", "deliver", "deliver", "flag", "expunge", "sync", "sync", "renew"])
        if action == "deliver":
            lying.append(_deliver_any(mailbox, chance, step))
        elif action == "flag" and lying:
            mailbox.flag("INBOX", chance.choice(lying), chance.choice(["S", "RS", "T", "ST", ""]))
        elif action == "expunge" and lying:
            mailbox.expunge("INBOX", lying.pop(chance.randrange(len(lying))))
        elif action == "renew" and lying:
            mailbox.bump_uidvalidity("INBOX")
        else:
            assert shop.run("sync").status == 0
    seen_all = [_without_history(row) for row in shop.export("--at", AT.isoformat()) if "filed" not in row["notices"]]
    fresh = type(shop)(shop.folder / "fresh")
    fresh.folder.mkdir()
    fresh.configure(shop_account(mailbox))
    shop.config = fresh.config
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRIAGE_DATA_DIR", str(fresh.folder / "data"))
        seen_now = [_without_history(r) for r in fresh.export("--at", AT.isoformat()) if "filed" not in r["notices"]]
    waiting = [row for row in seen_all if row["status"] == "waiting"]
    assert waiting == [row for row in seen_now if row["status"] == "waiting"]


def _deliver_any(mailbox: MailAccount, chance: random.Random, step: int) -> str:
    return deliver(
        mailbox,
        "INBOX",
        NOON + timedelta(minutes=step),
        message_id=f"q{step}@klant.example",
        sender=f"k{chance.randrange(4)}@klant.example",
        subject=f"Vraag {chance.randrange(5)}",
    )


def _without_history(row: dict[str, object]) -> dict[str, object]:
    """Leave out what depends on mails that have left since, and the ID, which remembers."""
    return {
        name: row[name] for name in ("from_email", "status", "subject", "message_id", "unanswered_messages", "kind")
    }


def test_tls_is_verified_with_the_authority_of_the_owner(shop: Shop, dovecot: DovecotServer) -> None:
    account = dovecot.account()
    deliver(account, "INBOX")
    assert dovecot.certificate is not None
    shop.configure(
        shop_account(
            account,
            security='"tls"',
            port=str(dovecot.tls_port),
            host='"localhost"',
            ca_file=f'"{dovecot.certificate.file}"',
        )
    )

    assert shop.run("sync").status == 0


def test_a_certificate_that_nobody_vouches_for_is_refused(shop: Shop, dovecot: DovecotServer) -> None:
    account = dovecot.account()
    shop.configure(shop_account(account, security='"tls"', port=str(dovecot.tls_port), host='"localhost"'))

    result = shop.run("sync")

    assert result.status == 21
    assert "cannot be trusted" in result.err
    assert "Traceback" not in result.err


def test_starttls_encrypts_before_the_password_is_sent(shop: Shop, dovecot: DovecotServer) -> None:
    account = dovecot.account()
    deliver(account, "INBOX")
    assert dovecot.certificate is not None
    shop.configure(
        shop_account(account, security='"starttls"', host='"localhost"', ca_file=f'"{dovecot.certificate.file}"')
    )

    assert shop.run("sync").status == 0


def test_a_wrong_password_is_told_with_its_own_status(
    shop: Shop, mailbox: MailAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.configure(shop_account(mailbox))
    monkeypatch.setenv("SHOP_PASSWORD", "geheim123")

    result = shop.run("sync")

    assert result.status == 22
    assert f"refused the login of {mailbox.username}" in result.err
    assert "geheim123" not in result.err + result.out


def test_a_mailbox_that_is_not_there_is_told_with_those_that_are(shop: Shop, mailbox: MailAccount) -> None:
    shop.configure(shop_account(mailbox, mailboxes='["Klanten"]'))

    result = shop.run("sync")

    assert result.status == 23
    assert 'has no mailbox "Klanten"' in result.err
