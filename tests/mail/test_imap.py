"""The IMAP client against servers that break clients (mail-facts, section 5): plain sentences, and nothing lost."""

from __future__ import annotations

import time
from datetime import timedelta
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from tests.servers.hostile import (
    LOGIN_REFUSALS,
    TRY_LATER,
    HostileServer,
    Mail,
    Mailbox,
    after_lines,
    bye,
    changed,
    cut_in_literal,
    drip,
    hang_up,
    huge_literal,
    in_turn,
    ordinary,
    refuse,
    refuse_after_rows,
    refuse_uid,
    silent,
)
from tests.shop import NOON, OURS, imap_account, write_mail
from triage.errors import ConfigurationError
from triage.mail.fetching import abridge, text_parts
from triage.mail.imap import Deadline, ImapSource
from triage.mail.providers import login_advice
from triage.mail.source import uid_set
from triage.settings import AccountSettings, Security

if TYPE_CHECKING:
    from tests.servers.base import MailAccount
    from tests.servers.hostile import Behaviour
    from tests.shop import Result, Shop

CONTROLS = [chr(code) for code in (*range(9), *range(11, 32), *range(127, 160))]


def a_mailbox(count: int = 3) -> Mailbox:
    sources = {
        uid: write_mail(message_id=f"q{uid}@klant.example", subject=f"Vraag {uid}") for uid in range(1, count + 1)
    }
    return Mailbox({uid: Mail(source) for uid, source in sources.items()})


def configure(shop: Shop, server: HostileServer, **changes: str) -> None:
    keys = {
        "name": '"shop"', "host": f'"{server.host}"', "port": str(server.port), "security": '"none"',
        "username": '"info@shop.example"', "password_env": '"SHOP_PASSWORD"', "since": '"3650d"', "timeout": '"2s"',
        **changes,
    }  # fmt: skip
    shop.configure("\n".join(f"{key} = {value}" for key, value in keys.items()))


def sync_against(shop: Shop, on: dict[str, Behaviour], mailbox: Mailbox | None = None, **changes: str) -> Result:
    with HostileServer({"INBOX": mailbox or a_mailbox()}, on) as server:
        configure(shop, server, **changes)
        return shop.run("sync")


@pytest.mark.parametrize("server", LOGIN_REFUSALS)
def test_a_refused_login_is_told_in_the_servers_words_made_harmless(shop: Shop, server: str) -> None:
    result = sync_against(shop, {"LOGIN": refuse(LOGIN_REFUSALS[server])})

    assert result.status == 22
    assert "refused the login of info@shop.example" in result.err
    assert not [sign for sign in CONTROLS if sign in result.err]
    assert "secret" not in result.err


@pytest.mark.parametrize("server", TRY_LATER)
def test_a_server_that_asks_to_try_later_has_its_own_status(shop: Shop, server: str) -> None:
    result = sync_against(shop, {"LOGIN": refuse(TRY_LATER[server])})

    assert (result.status, "asks to try later" in result.err) == (26, True)


@pytest.mark.parametrize(
    ("command", "behaviour"),
    [
        pytest.param("LIST", silent(), id="silence while listing"),
        pytest.param("GREETING", silent(), id="silence instead of a greeting"),
        pytest.param("UID FETCH", silent(), id="silence while fetching"),
        pytest.param("LIST", hang_up(), id="hangs up"),
        pytest.param("UID FETCH", cut_in_literal(), id="ends inside a literal"),
        pytest.param("EXAMINE", bye("Server going down"), id="says goodbye"),
        pytest.param("UID FETCH", huge_literal(), id="announces four gigabytes"),
    ],
)
def test_a_broken_connection_is_told_in_plain_words(shop: Shop, command: str, behaviour: Behaviour) -> None:
    result = sync_against(shop, {command: behaviour}, timeout='"1s"')

    assert result.status == 21
    assert "Traceback" not in result.err
    assert len(result.err.strip().splitlines()) == 1


def test_one_byte_at_a_time_does_not_outlive_the_deadline(shop: Shop) -> None:
    begun = time.monotonic()

    result = sync_against(shop, {"UID FETCH": drip(0.2)}, deadline='"3s"')

    assert (result.status, "deadline" in result.err) == (21, True)
    assert time.monotonic() - begun < 10


def test_a_connection_that_breaks_once_is_made_again(shop: Shop) -> None:
    result = sync_against(shop, {"UID FETCH": in_turn(hang_up(), ordinary)})

    assert result.status == 0
    assert result.out.splitlines()[0] == "shop INBOX: 3 new; 3 on the server, 3 known"


def test_what_came_before_the_break_is_kept_and_the_next_run_goes_on(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triage.mail.imap.BATCH", 2)
    with HostileServer({"INBOX": a_mailbox(6)}, {}) as server:
        configure(shop, server)
        server.on["UID FETCH"] = in_turn(ordinary, *[hang_up()] * 40)
        first = shop.run("sync")
        kept = shop.run("export", "--all", "--no-sync", "--format", "json").rows
        del server.on["UID FETCH"]
        fetched_before = [command for command in server.received if command.startswith("UID FETCH")]
        second = shop.run("sync")
        fetched_after = [c for c in server.received if c.startswith("UID FETCH") and "BODY" in c][len(fetched_before) :]

    assert (first.status, len(kept)) == (21, 2)
    assert second.out.splitlines()[0] == "shop INBOX: 4 new; 6 on the server, 6 known"
    assert not any("5:6" in command for command in fetched_after)


def test_a_refusal_after_some_rows_loses_no_message(shop: Shop) -> None:
    result = sync_against(shop, {"UID FETCH": in_turn(refuse_after_rows(), *[ordinary] * 20)})

    assert result.out.splitlines()[0] == "shop INBOX: 3 new; 3 on the server, 3 known"


def test_one_message_that_the_server_cannot_give_spoils_no_other(shop: Shop) -> None:
    with HostileServer({"INBOX": a_mailbox(5)}, {}) as server:
        configure(shop, server)

        def refuse_bodies_of_three(exchange: object) -> None:
            is_body = "BODY" in str(getattr(exchange, "arguments", ""))
            (refuse_uid(3) if is_body else ordinary)(exchange)  # type: ignore[arg-type]

        server.on["UID FETCH"] = refuse_bodies_of_three
        first = shop.run("sync")
        del server.on["UID FETCH"]
        second = shop.run("sync")

    assert first.status == 27
    assert first.out.splitlines()[0].startswith("shop INBOX: 4 new; 5 on the server, 4 known; 1 could not be fetched")
    assert (second.status, second.out.splitlines()[0]) == (0, "shop INBOX: 1 new; 5 on the server, 5 known")


def test_an_unasked_for_fetch_without_uid_is_not_taken_for_one(shop: Shop) -> None:
    with HostileServer({"INBOX": a_mailbox(3)}, {"UID FETCH": after_lines(r"* 2 FETCH (FLAGS (\Answered))")}) as server:
        server.mailboxes["INBOX"].mails = {
            uid + 1: mail for uid, mail in server.mailboxes["INBOX"].mails.items()
        }  # sequence number 2 is then UID 3, and UID 2 is another message
        configure(shop, server)
        rows = shop.run("export", "--all", "--format", "json").rows

    assert {row["message_id"]: row["status"] for row in rows}["q1@klant.example"] == "waiting"


def test_a_mailbox_name_that_is_no_modified_utf7_harms_nothing(shop: Shop) -> None:
    with HostileServer({"INBOX": a_mailbox(), "R&D": Mailbox(), "Verzonden items": Mailbox()}, {}) as server:
        configure(shop, server)
        result = shop.run("sync")

    assert result.status == 0
    assert [line.split(":")[0] for line in result.out.splitlines()] == ["shop INBOX", "shop Verzonden items"]


def test_a_server_that_forbids_plain_logins_gets_no_password(shop: Shop) -> None:
    with HostileServer({"INBOX": a_mailbox()}, {}, capabilities="IMAP4rev1 LOGINDISABLED") as server:
        configure(shop, server)
        result = shop.run("sync")

    assert result.status == 22
    assert not [command for command in server.received if "secret" in command]


always_found = changed(lambda answer: answer.replace(b"* SEARCH\r\n", b"* SEARCH 1\r\n"))


@pytest.mark.parametrize("moment", ["NIL", '"01-Jan-0001 00:00:00 +0000"', '"31-Dec-9999 23:59:59 -1200"'])
def test_an_absurd_internaldate_loses_no_message(shop: Shop, moment: str) -> None:
    mailbox = Mailbox({1: Mail(write_mail(), received_at=moment)})

    with HostileServer({"INBOX": mailbox}, {"UID SEARCH": always_found}) as server:
        configure(shop, server)
        rows = shop.run("export", "--all", "--format", "json").rows

    assert [row["message_id"] for row in rows] == ["q1@klant.example"]


def test_only_reading_commands_are_sent(shop: Shop) -> None:
    with HostileServer({"INBOX": a_mailbox(), "Sent": Mailbox()}, {}) as server:
        configure(shop, server)
        for command in (["sync"], ["queue"], ["overdue"], ["export", "--all"], ["check"]):
            assert shop.run(*command).status == 0

    verbs = {" ".join(command.split()[: 2 if command.startswith("UID") else 1]) for command in server.received}
    assert verbs <= {"CAPABILITY", "LOGIN", "LIST", "EXAMINE", "UID SEARCH", "UID FETCH", "NOOP", "LOGOUT"}
    assert all("BODY[" not in command for command in server.received)


def test_a_photo_before_the_words_does_not_hide_them(shop: Shop, dovecot_account: MailAccount) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "jan@klant.example", OURS, "Foto"
    mail["Message-ID"] = "<photo@klant.example>"
    mail.make_mixed()
    mail.add_attachment(bytes(range(256)) * 4000, maintype="image", subtype="jpeg", disposition="inline")
    words = EmailMessage()
    words.set_content("De zool laat los van de schoenen die ik kocht, zie de foto hierboven.")
    mail.attach(words)
    dovecot_account.deliver("INBOX", mail.as_bytes(), NOON, "")
    shop.configure(imap_account(dovecot_account))

    assert [row["snippet"] for row in shop.export()] == [
        "De zool laat los van de schoenen die ik kocht, zie de foto hierboven."
    ]


def test_text_parts_are_found_behind_pictures() -> None:
    picture = (b"image", b"jpeg", (), None, None, b"base64", 100, None, (b"inline", None), None)
    words = (b"text", b"plain", (b"charset", b"utf-8"), None, None, b"7bit", 10, 1, None, None)
    attached = (b"text", b"plain", (), None, None, b"7bit", 10, 1, None, (b"attachment", None), None)

    assert text_parts(([picture, words, attached], b"mixed")) == ["2"]
    assert text_parts(words) == ["1"]


def test_an_abridged_message_keeps_the_header_and_the_words() -> None:
    head = b"Subject: Foto\r\nContent-Type: multipart/mixed;\r\n boundary=x\r\nFrom: a@b.example\r\n\r\n--x"

    made = abridge(head, [(b"Content-Type: text/plain\r\n\r\n", b"Hallo")])

    assert made == (
        b"Subject: Foto\r\nFrom: a@b.example\r\n"
        b'Content-Type: multipart/mixed; boundary="=_abridged_by_triage"\r\n\r\n'
        b"--=_abridged_by_triage\r\nContent-Type: text/plain\r\n\r\nHallo\r\n--=_abridged_by_triage--\r\n"
    )


def test_numbers_are_written_as_ranges() -> None:
    assert uid_set([7, 1, 2, 3, 9, 10]) == "1:3,7,9:10"


@pytest.mark.parametrize(
    ("host", "words", "advice"),
    [
        ("imap.gmail.com", "Invalid credentials (Failure)", "app password"),
        ("outlook.office365.com", "LOGIN failed.", "oauth2-microsoft"),
        ("imap.mail.me.com", "Authentication failed", "app-specific"),
        ("imap.mail.yahoo.com", "LOGIN Invalid credentials", "app password"),
        ("mail.shop.example", "Basic authentication is disabled.", "oauth2-microsoft"),
        ("mail.shop.example", "Authentication failed.", "Check username and password"),
        ("gmail.com.evil.example", "no", "Check username and password"),
    ],
)
def test_a_refused_login_comes_with_what_its_provider_wants(host: str, words: str, advice: str) -> None:
    assert advice in login_advice(host, words)


def test_a_message_whose_very_flags_are_refused_spoils_no_run(shop: Shop) -> None:
    with HostileServer({"INBOX": a_mailbox(5)}, {"UID FETCH": refuse_uid(3)}) as server:
        configure(shop, server)
        results = [shop.run("sync") for _ in range(2)]

    assert [result.status for result in results] == [27, 27]
    assert "1 could not be fetched" in results[1].out


def test_a_mailbox_named_in_raw_utf8_can_be_opened(shop: Shop) -> None:
    with HostileServer({"INBOX": a_mailbox(), "Éléments envoyés": Mailbox()}, {}) as server:
        configure(shop, server)
        result = shop.run("sync")

    assert (result.status, result.err) == (0, "")
    assert "Éléments envoyés" in result.out


def test_no_password_is_sent_in_the_clear_whatever_the_configuration_says() -> None:
    account = AccountSettings("shop", "192.0.2.1", 143, Security.NONE, username="info@shop.example")

    with pytest.raises(ConfigurationError, match="Without encryption everybody on the way"):
        ImapSource(account, "secret", Deadline(timedelta(seconds=1)))
